"""Runs inside Home Assistant's own environment: adds a broker as a user would, looks at the device that it finds there,
and uses it. For scripts/try-home-assistant; PORT is the broker's. Exits 1 where something is not as it should be."""

import asyncio
import json
import logging
import sys
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path

from homeassistant import bootstrap, runner
from homeassistant.helpers import device_registry, entity_registry

PORT = int(sys.argv[1])
WANTED = {
    "sensor.kitchen_state": "idle",
    "switch.kitchen_mute": "off",
    "number.kitchen_volume": "100",
    "binary_sensor.kitchen_link": "on",
    "binary_sensor.kitchen_findings": "off",
    "event.kitchen_button": "unknown",
    "button.kitchen_forget": "unknown",
    "button.kitchen_restart": "unknown",
    "button.kitchen_cancel_timers": "unknown",
    "update.kitchen_update": "off",
}
PRESS = "somebody presses the button"
complaints = []


class Complaints(logging.Handler):
    """What it says of MQTT, from warnings on, and of what it did not match."""

    def emit(self, record):
        words = record.getMessage()
        if "mqtt" in record.name and (record.levelno >= logging.WARNING or "matching" in words):
            complaints.append(f"{record.levelname} {record.name}: {words}")


async def until(holds, patience_s=20):
    async with asyncio.timeout(patience_s):
        while not holds():  # noqa: ASYNC110 - as somebody who looks
            await asyncio.sleep(0.05)


async def add_broker(hass):
    form = await hass.config_entries.flow.async_init("mqtt", context={"source": "user"})
    other = {"set_client_cert": False, "set_ca_cert": "off"}
    given = {"broker": "127.0.0.1", "port": PORT, "protocol": "5", "other_settings": other}
    made = await hass.config_entries.flow.async_configure(form["flow_id"], given)
    assert made["type"] == "create_entry", made


def state(hass, entity):
    found = hass.states.get(entity)
    return found.state if found else "missing"


async def use(hass, entity, service, wanted, **data):
    await hass.services.async_call(*service.split("."), {"entity_id": entity, **data}, blocking=True)
    await until(lambda: state(hass, entity) == wanted)
    print(f"{service} {data or ''}".strip() + f": {entity} is {state(hass, entity)}")


async def look(hass):
    with suppress(TimeoutError):  # what is not there is told below
        await until(lambda: all(state(hass, entity) == wanted for entity, wanted in WANTED.items()))
    await hass.async_block_till_done()
    registry = entity_registry.async_get(hass)
    (entry,) = hass.config_entries.async_entries("mqtt")
    devices = device_registry.async_entries_for_config_entry(device_registry.async_get(hass), entry.entry_id)
    (device,) = (it for it in devices if it.name == "Kitchen")
    print(f"device {device.name}: {device.manufacturer} {device.model}, version {device.sw_version}")
    entities = entity_registry.async_entries_for_device(registry, device.id, include_disabled_entities=True)
    for entity in sorted(entities, key=lambda it: it.entity_id):
        shown = hass.states.get(entity.entity_id)
        unit = shown.attributes.get("unit_of_measurement", "") if shown else ""
        print(f"  {entity.entity_id:36} {state(hass, entity.entity_id)} {unit}".rstrip())
    findings = hass.states.get("binary_sensor.kitchen_findings").attributes
    print(f"  findings: {findings['codes'] or 'none'}")
    return [
        f"{entity}: {state(hass, entity)}"
        for entity, wanted in WANTED.items()
        if state(hass, entity) != wanted
    ]


async def main():
    folder = Path(tempfile.mkdtemp())
    (folder / "configuration.yaml").write_text(
        "homeassistant:\n  name: Home\nlogger:\n  default: critical\n  logs:\n    homeassistant.components.mqtt: info\n"
    )
    logging.getLogger("homeassistant.components.mqtt").addHandler(Complaints())
    hass = await bootstrap.async_setup_hass(runner.RuntimeConfig(config_dir=str(folder), skip_pip=True))
    await hass.async_start()
    await add_broker(hass)
    wrong = await look(hass)
    await use(hass, "switch.kitchen_mute", "switch.turn_on", "on")
    await until(
        lambda: state(hass, "sensor.kitchen_level") == "unknown"
    )  # muted, it does not tell how loud it is
    await use(hass, "switch.kitchen_mute", "switch.turn_off", "off")
    await use(hass, "number.kitchen_volume", "number.set_value", "35", value=35)
    call = hass.services.async_call
    await call(
        "notify", "send_message", {"entity_id": "notify.kitchen_announce", "message": "Hi."}, blocking=True
    )
    print("notify.send_message {'message': 'Hi.'}: to notify.kitchen_announce")
    await hass.services.async_call("button", "press", {"entity_id": "button.kitchen_forget"}, blocking=True)
    told = {"installed_version": "0.2.0", "latest_version": "9.9.9", "in_progress": True}  # as of a fleet
    told_at = {"topic": "edge-agent/kitchen/update", "payload": json.dumps(told)}
    await call("mqtt", "publish", told_at, blocking=True)
    await until(lambda: state(hass, "update.kitchen_update") == "on")
    print(f"{told_at['topic']} {told}: update.kitchen_update is on")
    print(PRESS, flush=True)
    await until(lambda: state(hass, "event.kitchen_button") != "unknown")
    print(f"event.kitchen_button: {hass.states.get('event.kitchen_button').attributes['event_type']}")
    print(f"complaints of Home Assistant: {complaints or 'none'}")
    await hass.async_stop()
    return 1 if wrong or complaints else 0


try:
    code = asyncio.run(main())
except Exception:  # Home Assistant's own hook would only log it
    traceback.print_exc()
    code = 1
sys.exit(code)
