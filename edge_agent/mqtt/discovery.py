"""What Home Assistant is told of the device: one message for all of it. Pure.

https://www.home-assistant.io/integrations/mqtt#device-discovery-payload. It refuses the whole message for one thing
that it does not know at its top, or for a component without `unique_id`; a component that is left out stays, and goes
only when it is named with its platform alone.
"""

from __future__ import annotations

from typing import Any

from .. import __version__
from ..config.model import Config
from .entities import ENTITIES, Entity
from .topics import Topics, slug

ORIGIN = {"name": "edge-agent", "sw_version": __version__}


def document(config: Config, topics: Topics, name: str) -> dict[str, Any]:
    """`name`: of the device, for people."""
    return {
        "device": {
            "identifiers": [_unique(topics)],
            "name": name,
            "manufacturer": "edge-agent",
            "model": config.board or "voice device",
            "sw_version": __version__,
        },
        "origin": ORIGIN,
        "availability_topic": topics.availability,
        "components": {entity.key: _component(entity, config, topics, name) for entity in ENTITIES},
    }


def _unique(topics: Topics) -> str:
    return f"edge-agent-{topics.device}"


def _component(entity: Entity, config: Config, topics: Topics, name: str) -> dict[str, Any]:
    if not entity.is_shown(config.mqtt):
        return {"platform": entity.platform}
    made: dict[str, Any] = {
        "platform": entity.platform,
        "unique_id": f"{_unique(topics)}-{entity.key}",
        "default_entity_id": f"{entity.platform}.{slug(name, topics.device)}_{entity.key.replace('-', '_')}",
        "name": entity.name,
        **entity.more,
    }
    if entity.state or entity.event:
        made["state_topic"] = topics.state(entity.topic or entity.key)
    if entity.details or entity.words:
        made["json_attributes_topic"] = topics.attributes(entity.key)
    if entity.command:
        made["command_topic"] = topics.command(entity.command)
    if entity.category:
        made["entity_category"] = entity.category
    if made.get("device_class") == "monetary":
        made["unit_of_measurement"] = config.prices.currency
    return made
