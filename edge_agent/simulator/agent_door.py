"""The door of voice agents: who may come in, to which agent, and in which of its versions.

Sources: the client in the `azure-ai-projects` package 2.10.0, the reference of the connect operation, 2026-09.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from ..realtime.wire import Json
from ..vocabulary.frozen import frozen
from ..vocabulary.sound import ServicePcm
from .answers import Speech
from .proofs import bearer_of, is_good
from .refusal import HttpRefusal

PATH = re.compile(r"/api/projects/([^/]+)/agents/([^/]+)/endpoint/protocols/voice")
FEATURE = "VoiceAgents=V1Preview"
SUBPROTOCOL = "realtime"
TEMPLATE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@frozen
class AgentVersion:
    """What a version says. In `instructions` and `greeting`, {{NAME}} is one of the inputs; `requires`: these must be
    given. `greeting` empty: it does not greet. `sound`: of the greeting."""

    instructions: str = "You are a guide."
    greeting: str = ""
    sound: ServicePcm = b""
    voice: str = "marin"
    model: str = "gpt-realtime-2.1"
    transcription: str = ""
    requires: tuple[str, ...] = ()


@frozen
class SimulatedAgent:
    """`current`: the version for those who name none."""

    versions: Mapping[str, AgentVersion]
    current: str
    disabled: bool = False


@frozen
class AgentDoor:
    """What was asked for, with the values in their places."""

    name: str
    version: str
    model: str
    voice: str
    instructions: str
    greeting: Speech | None
    transcription: str = ""


Agents: TypeAlias = Callable[[str, str], SimulatedAgent | None]  # of a project, by name


def nobody(_: str, __: str) -> SimulatedAgent | None:
    return None


def is_agent_path(target: str) -> bool:
    return PATH.fullmatch(urlsplit(target).path) is not None


def agent_door(
    target: str,
    headers: Mapping[str, str],
    key: str | None,
    agents: Agents,
) -> AgentDoor | HttpRefusal | None:
    """Who asks for what. `key`: the only token that is good; None: any that is not empty. The result None: it
    is not this door."""
    parts = urlsplit(target)
    found = PATH.fullmatch(parts.path)
    if found is None:
        return None
    query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    project, name = unquote(found[1]), unquote(found[2])
    agent = agents(project, name)
    if agent and agent.disabled:
        return HttpRefusal(HTTPStatus.CONFLICT, "agent_disabled", f"The agent '{name}' is disabled.")
    if headers.get("api-key") or not is_good(bearer_of(headers), key):
        words = "Unauthorized. Voice agents take a token of Microsoft Entra ID."
        return HttpRefusal(HTTPStatus.UNAUTHORIZED, "401", words)
    if refusal := _unfit(query, headers):
        return refusal
    if agent is None:
        words = f"The agent '{name}' was not found in project '{project}'."
        return HttpRefusal(HTTPStatus.NOT_FOUND, "not_found", words)
    wanted = query.get("agent_version_override") or query.get("x-agent-version-override") or agent.current
    version = agent.versions.get(wanted)
    if version is None:
        return HttpRefusal(HTTPStatus.NOT_FOUND, "not_found", f"'{name}' has no version '{wanted}'.")
    return _rendered(name, wanted, version, query)


def _unfit(query: Mapping[str, str], headers: Mapping[str, str]) -> HttpRefusal | None:
    """What is wrong with the request, whatever the agent."""
    if FEATURE not in (headers.get("Foundry-Features", ""), query.get("foundry_features", "")):
        words = f"This preview feature needs the header 'Foundry-Features: {FEATURE}'."
        return HttpRefusal(HTTPStatus.FORBIDDEN, "preview_feature_required", words)
    if query.get("api-version") != "v1":
        return HttpRefusal(HTTPStatus.BAD_REQUEST, "UnsupportedApiVersion", "API version not supported")
    if SUBPROTOCOL not in headers.get("Sec-WebSocket-Protocol", ""):
        words = f"The WebSocket subprotocol '{SUBPROTOCOL}' is required."
        return HttpRefusal(HTTPStatus.BAD_REQUEST, "invalid_request", words)
    return None


def _rendered(
    name: str, wanted: str, version: AgentVersion, query: Mapping[str, str]
) -> AgentDoor | HttpRefusal:
    given = query.get("structured_inputs") or query.get("structured_input") or "{}"
    try:
        inputs = json.loads(given)
    except ValueError:
        inputs = None
    if not isinstance(inputs, dict):
        return HttpRefusal(HTTPStatus.BAD_REQUEST, "invalid_request", "structured_inputs: not a JSON object.")
    if missing := [required for required in version.requires if required not in inputs]:
        words = f"Missing required structured input: '{missing[0]}'."
        return HttpRefusal(HTTPStatus.BAD_REQUEST, "invalid_request", words)

    def filled(text: str) -> str:
        return TEMPLATE.sub(lambda found: str(inputs.get(found[1], "")), text)

    greeting = Speech(filled(version.greeting), version.sound) if version.greeting else None
    return AgentDoor(
        name,
        wanted,
        version.model,
        version.voice,
        filled(version.instructions),
        greeting,
        version.transcription,
    )


def settings_of(agent: AgentDoor) -> Json:
    """What a session is told of it at its beginning."""
    greeting = {"type": "template", "text": agent.greeting.text} if agent.greeting else None
    heard = {"transcription": {"model": agent.transcription} if agent.transcription else None}
    audio = {"input": heard, "output": {"voice": agent.voice}}
    session: Json = {"instructions": agent.instructions, "audio": audio}
    return session | ({"greeting": greeting} if greeting else {})
