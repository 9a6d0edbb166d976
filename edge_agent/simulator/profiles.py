"""The endpoints of the simulated service, and how each authenticates clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from ..config.providers import ProviderName
from ..vocabulary.frozen import frozen
from .agent_door import AgentDoor, Agents, agent_door, nobody
from .dialects import GA_SERVICE, PREVIEW_SERVICE, VOICE_LIVE_SERVICE, ServiceDialect
from .live.live_door import LiveDoor, live_door
from .proofs import bearer_of, incorrect, is_good
from .refusal import HttpRefusal, LateHttpRefusal
from .served_models import SERVED, TRANSCRIBERS, speaks_elsewhere

VOICE_LIVE_TELLS_EXPIRY = "2026-07-15"  # the first api-version that does


@frozen
class Profile:
    """`transcribers`: the models that write down what is said; none: clients have names of their own for them."""

    name: ProviderName
    dialect: ServiceDialect
    model: str
    tells_expiry: bool = True
    transcribers: Sequence[str] = ()
    agent: AgentDoor | None = None


def profile_of(
    target: str, headers: Mapping[str, str], key: str | None, agents: Agents = nobody
) -> Profile | LiveDoor | HttpRefusal | LateHttpRefusal:
    """Who asks for what. `key`: the only one that is good; None: any that is not empty. `agents`: as for
    `agent_door`."""
    if (live := live_door(target, headers, key)) is not None:
        return live
    if (agent := agent_door(target, headers, key, agents)) is not None:
        if isinstance(agent, HttpRefusal):
            return agent
        return Profile("azure-agent", GA_SERVICE, agent.model, agent=agent)
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    bearer = bearer_of(headers)
    given = headers.get("api-key") or bearer or query.get("api-key", "")
    match parts.path:
        case "/openai/v1/realtime":
            if not is_good(given, key) or "api-version" in query:
                return _unauthorized()
            if not query.get("model"):
                return HttpRefusal(HTTPStatus.NOT_FOUND, "DeploymentNotFound", "No deployment was named.")
            if speaks_elsewhere(query["model"]):
                words = "The realtime operation does not work with the specified model."
                return HttpRefusal(HTTPStatus.BAD_REQUEST, "OpperationNotSupported", words)
            return Profile("azure", GA_SERVICE, query["model"])
        case "/openai/realtime":
            if not is_good(given, key):
                return _unauthorized()
            if not query.get("deployment") or not query.get("api-version"):
                return HttpRefusal(HTTPStatus.NOT_FOUND, "404", "Resource not found")
            return Profile("azure-preview", PREVIEW_SERVICE, query["deployment"])
        case "/voice-live/realtime":
            if not is_good(given, key):
                return _unauthorized()
            if not query.get("api-version") or not query.get("model"):
                return HttpRefusal(HTTPStatus.NOT_FOUND, "404", "Resource not found")
            tells_expiry = query["api-version"] >= VOICE_LIVE_TELLS_EXPIRY
            return Profile("azure-voice-live", VOICE_LIVE_SERVICE, query["model"], tells_expiry)
        case "/v1/realtime":
            return _openai(query.get("model", ""), bearer, "OpenAI-Beta" in headers, is_good(bearer, key))
    return HttpRefusal(HTTPStatus.NOT_FOUND, "404", "Resource not found")


def _openai(model: str, bearer: str, beta: bool, good: bool) -> Profile | LateHttpRefusal:
    if beta:
        words = "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API."
        return LateHttpRefusal("beta_api_shape_disabled", words, 4000)
    if not good:
        return incorrect(bearer)
    if not model:
        return LateHttpRefusal("missing_model", "You must provide a model parameter.", 4000)
    if speaks_elsewhere(model):
        return LateHttpRefusal("invalid_model", f"Model '{model}' is not supported in realtime mode.", 4000)
    if model not in SERVED:
        words = f"The model '{model}' does not exist or you do not have access to it."
        return LateHttpRefusal("model_not_found", words, 4004)
    return Profile("openai", GA_SERVICE, model, transcribers=TRANSCRIBERS)


def _unauthorized() -> HttpRefusal:
    words = "Unauthorized. Access token is missing, invalid, audience is incorrect, or have expired."
    return HttpRefusal(HTTPStatus.UNAUTHORIZED, "401", words)
