"""What the address of a voice agent says beside its name: which version, and values for its templates. Pure.

The reference and the clients of the service spell both differently, so they are sent in each spelling: those of the
REST reference, and those of `azure-ai-projects` 2.10.0 (findings/azure-ai-projects-structured-input.sh).
"""

from __future__ import annotations

import json
from urllib.parse import urlencode

from ..config.agent_inputs import parse_inputs
from ..config.service_settings import ServiceSettings

VERSION = ("agent_version_override", "x-agent-version-override")
INPUTS = ("structured_inputs", "structured_input")


def agent_query(service: ServiceSettings) -> str:
    """Begins with an &; empty: neither is set."""
    said: list[tuple[str, str]] = []
    if service.agent_version:
        said += [(name, service.agent_version) for name in VERSION]
    if inputs := parse_inputs(service.agent_inputs):
        said += [(name, json.dumps(inputs, ensure_ascii=False)) for name in INPUTS]
    return f"&{urlencode(said)}" if said else ""
