"""Settings of turns, by the names of the configuration."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from edge_agent.config.model import Limits, TurnTaking
from edge_agent.conversation.settings import TurnSettings


def turn_settings(**settings: Any) -> TurnSettings:
    """Where nothing else is said, a visit has no end and the link stays open."""
    personas = settings.pop("personas", frozenset())
    taking = {item.name: settings.pop(item.name) for item in fields(TurnTaking) if item.name in settings}
    is_greeted = settings.pop("is_greeted", False)
    limits = Limits(**{"visit_idle_s": 0.0, "idle_close_s": 0.0} | settings)
    return TurnSettings(TurnTaking(**taking), limits, personas, is_greeted=is_greeted)
