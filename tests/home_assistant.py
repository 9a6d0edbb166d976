"""What Home Assistant 2026.11.0 takes of a device's discovery message, as it was seen there (docs/mqtt.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Payload = dict[str, Any]
Rule = Callable[[Payload], bool]  # whether it is kept

TOPIC = re.compile(r"homeassistant/device/([A-Za-z0-9_-]+/)?[A-Za-z0-9_-]+/config")
TOP = {
    "device", "origin", "components", "availability", "availability_topic", "availability_mode",
    "availability_template", "payload_available", "payload_not_available", "state_topic", "command_topic", "encoding",
    "qos", "message_expiry_interval", "child_devices",
}  # fmt: skip
COMMON = {
    "platform", "unique_id", "default_entity_id", "name", "icon", "entity_category", "device_class", "state_topic",
    "command_topic", "json_attributes_topic", "unit_of_measurement", "state_class", "suggested_display_precision",
    "options", "min", "max", "step", "mode", "event_types", "title",
}  # fmt: skip
NEEDS = {
    "sensor": {"state_topic"},
    "binary_sensor": {"state_topic"},
    "switch": {"command_topic"},
    "number": {"command_topic"},
    "button": {"command_topic"},
    "event": {"state_topic", "event_types"},
    "notify": {"command_topic"},
    "update": {"state_topic"},
}

# what is asked of the whole message: else all of it is refused
OF_DEVICE: dict[str, Rule] = {
    "origin has a name": lambda made: bool(made.get("origin", {}).get("name")),
    "the device has identifiers": lambda made: bool(made.get("device", {}).get("identifiers")),
    "nothing unknown stands at the top, such as ~": lambda made: made.keys() <= TOP,
    "there are components": lambda made: bool(made.get("components")),
    "each has its own unique_id": lambda made: _all_differ("unique_id", made),
    "each has its own entity id": lambda made: _all_differ("default_entity_id", made),
}
# and of each component that is not only to go
OF_COMPONENT: dict[str, Rule] = {
    "unique_id is there": lambda made: bool(made.get("unique_id")),
    "the platform is known": lambda made: made["platform"] in NEEDS,
    "what the platform needs is there": lambda made: NEEDS[made["platform"]] <= made.keys(),
    "nothing is dropped in silence": lambda made: made.keys() <= COMMON,
    "default_entity_id names the domain": lambda made: bool(
        re.fullmatch(made["platform"] + r"\.[a-z0-9_]+", made["default_entity_id"])
    ),
    "money is not measured": lambda made: (
        made.get("device_class") != "monetary" or made.get("state_class") in (None, "total")
    ),
    "an enum has options and no unit": lambda made: (
        made.get("device_class") != "enum"
        or (bool(made.get("options")) and not {"unit_of_measurement", "state_class"} & made.keys())
    ),
}


def _shown(made: Payload) -> list[Payload]:
    return [one for one in made.get("components", {}).values() if one.keys() != {"platform"}]


def _all_differ(key: str, made: Payload) -> bool:
    values = [one.get(key) for one in _shown(made)]
    return len(values) == len(set(values))


def complaints(topic: str, made: Payload) -> list[str]:
    """What it would refuse, or pass over."""
    return list(_complaints(topic, made))


def _complaints(topic: str, made: Payload) -> Iterator[str]:
    if not TOPIC.fullmatch(topic):
        yield f"the topic {topic} is illegal"
    yield from (f"the message: {rule}" for rule, holds in OF_DEVICE.items() if not holds(made))
    for one in _shown(made):
        yield from (f"{one.get('name')}: {rule}" for rule, holds in OF_COMPONENT.items() if not holds(one))
