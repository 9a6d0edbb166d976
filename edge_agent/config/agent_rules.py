"""What a voice agent needs: rules between settings, and what of the configuration it decides itself. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from .agent_inputs import parse_inputs
from .model import Config
from .providers import PROVIDERS

ON_AGENT = "the agent decides it, at the service"
OWNED: Mapping[str, tuple[str, ...]] = {  # by the version of the agent, by section
    "assistant": (
        *("instructions", "voice", "voice_endpoint_id", "speed", "reasoning", "temperature", "language"),
        *("transcription", "transcription_languages", "transcription_keywords", "max_output_tokens"),
        *("truncation_ratio", "truncation_tokens"),
    ),
    "audio": ("noise_reduction",),
    "turns": ("idle_timeout_ms",),
}


def _is_agent(config: Config) -> bool:
    return PROVIDERS[config.service.provider].is_agent


def _endpoint(config: Config) -> str:
    host = urlsplit(config.service.endpoint).hostname or ""
    if not _is_agent(config) or ".openai.azure." not in host:
        return ""
    right = host.replace(".openai.", ".services.ai.")
    return f"voice agents are not at {host!r}; use the address of the Foundry resource, https://{right}"


def _named(config: Config, value: str, what: str) -> str:
    if value or not _is_agent(config) or not config.service.endpoint:
        return ""
    return f"is missing; set it to the name of {what}, as the Foundry portal shows it"


def _inputs(config: Config) -> str:
    try:
        parse_inputs(config.service.agent_inputs)
    except ValueError as error:
        return str(error)
    return ""


_PROVIDER, _ENDPOINT = ("service", "provider"), ("service", "endpoint")
AGENT_RULES: Mapping[tuple[tuple[str, str], ...], Callable[[Config], str]] = {
    (_ENDPOINT, _PROVIDER): _endpoint,
    (("service", "agent"), _PROVIDER, _ENDPOINT): lambda config: _named(
        config, config.service.agent, "the voice agent"
    ),
    (("service", "project"), _PROVIDER, _ENDPOINT): lambda config: _named(
        config, config.service.project, "the agent's project"
    ),
    (("service", "agent_inputs"),): _inputs,
}


def agent_hints(config: Config) -> Iterator[str]:
    """What has no effect, of the settings of agents and of tools."""
    service = config.service
    if _is_agent(config):
        if service.deployment:
            yield f"[service] deployment is ignored: {ON_AGENT}"
        for word in config.wake:
            if word.has_persona:
                yield f"[[wake]] {word.name}: its persona is ignored: {ON_AGENT}"
        if config.tools or config.mcp:
            yield (
                "the agent decides at the service which tools there are; of this device's own it may call those that"
                " its version declares as functions, by the same names"
            )
        return
    for name in ("agent", "project", "agent_version", "agent_inputs"):
        if getattr(service, name):
            yield f"[service] {name} is ignored: {service.provider} has no agents"
