"""Whether the MQTT broker takes this device."""

from __future__ import annotations

from importlib.util import find_spec

from ..config.mqtt_settings import MqttSettings
from ..mqtt.troubles import BrokerTrouble, missing_package
from .result import Check, failed, ok

NAME = "broker"


async def broker(settings: MqttSettings) -> Check:
    """Under another name than the running device has there, which stays connected."""
    if not find_spec("aiomqtt"):
        return _failed(missing_package())
    from ..mqtt.session import try_broker

    try:
        await try_broker(settings)
    except BrokerTrouble as trouble:
        return _failed(trouble)
    allowed = ", ".join(sorted(settings.allowed)) or "nothing"
    group = f"; of group {settings.group} the nearest answers" if settings.group else ""
    return ok(NAME, f"{settings.address} takes the device; it may ask for: {allowed}{group}")


def _failed(trouble: BrokerTrouble) -> Check:
    return failed(NAME, trouble.finding.what, trouble.finding.todo)
