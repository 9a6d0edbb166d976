"""The dialects of APIs that have turns, responses and items: all but GPT-Live's."""

from __future__ import annotations

from edge_agent.realtime.wire.dialects import DIALECTS

TURN_DIALECTS = {name: dialect for name, dialect in DIALECTS.items() if dialect.greets}
