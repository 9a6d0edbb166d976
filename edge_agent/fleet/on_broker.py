"""What came of a fleet's settings on all its devices, as the broker has kept it."""

from __future__ import annotations

import asyncio
from secrets import token_hex

import aiomqtt

from ..config.mqtt_settings import MqttSettings
from ..mqtt.session import client_for, enter, leave, refuses, troubles_of
from ..mqtt.topics import Topics
from ..mqtt.troubles import BrokerTrouble
from ..vocabulary.text import harmless
from .outcome import DeviceReport, read_report

KEEPALIVE_S = 60
QUIET_S = 3.0  # after the last, where nothing says that it was
LONGEST_S = 20.0
MOST = 2_000  # messages that wait: of any size, with MQTT 3.1.1


class NoOutcomes(Exception):
    """Why they cannot be read, a sentence; and what to do."""


async def read_reports(settings: MqttSettings, device: str = "") -> dict[str, DeviceReport]:
    """By device. Anybody who may write there can pretend to be one. `device`: who asks, as it is called in the topics;
    empty: somebody who may not write. Raises NoOutcomes."""
    mark, own = token_hex(8).encode(), Topics.of(settings, device)
    try:
        client = await client_for(
            settings, f"edge-agent-fleet-{mark.decode()}", KEEPALIVE_S, None, most_waiting=MOST
        )
        with troubles_of(settings):
            await enter(client, settings)
            try:
                everybody = Topics.of(settings, "+").fleet
                if refuses(await client.subscribe(everybody)):
                    raise NoOutcomes(
                        f"the broker {settings.address} does not let this user read {everybody}; see docs/fleet.md"
                    )
                if device:  # what comes back after it is not older: then all that was kept has come
                    await client.publish(own.fleet, mark)
                found, marked = await _collect(client, mark, LONGEST_S if device else QUIET_S)
            finally:
                await leave(client)
    except BrokerTrouble as known:
        raise NoOutcomes(str(known)) from None
    if device and not marked:
        raise NoOutcomes(f"the broker {settings.address} does not give back what was written to {own.fleet}")
    return found


async def _collect(
    client: aiomqtt.Client, mark: bytes, quiet_s: float
) -> tuple[dict[str, DeviceReport], bool]:
    """Until so long after the last, or until the mark, and whether that has come."""
    found: dict[str, DeviceReport] = {}
    try:
        async with asyncio.timeout(LONGEST_S), asyncio.timeout(quiet_s) as quiet:
            async for message in client.messages:
                quiet.reschedule(asyncio.get_running_loop().time() + quiet_s)
                payload = message.payload if isinstance(message.payload, bytes) else b""
                if payload == mark:
                    return found, True
                if report := read_report(payload):
                    found[harmless(message.topic.value.split("/")[-2])] = report
    except TimeoutError:
        pass
    return found, False
