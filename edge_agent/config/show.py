"""The settings for people and editors: the example file, the effective configuration, a JSON schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import Field, fields
from textwrap import wrap
from typing import Any, Literal, get_args, get_origin

from . import boards, mcp_servers, own_tools, wake_words
from .addresses import without_userinfo
from .agent_rules import agent_hints
from .fitting import fit, is_voice_id
from .headers import masked_headers
from .known_prices import guessed
from .load import BOARD_VARIABLE
from .mcp_servers import MCP_SERVERS
from .model import Config
from .own_tools import OWN_TOOLS
from .providers import KNOWN_VOICES, PROVIDERS, is_azure_voice, names
from .sections import sections, settings_of
from .suggest import did_you_mean
from .tables import TableKind
from .toml_lines import inline_toml, toml_value
from .wake_words import CHOICES, WAKE_DEFAULTS

AZURE_HEARING = {  # settings that only Azure Speech knows
    "assistant": ("voice_endpoint_id",),
    "turns": ("semantic_vad", "remove_filler_words", "semantic_languages", "end_of_utterance"),
    "audio": ("service_echo", "service_noise_suppression"),
}
MASKED = ("headers", "environment")  # their values may be secrets
_JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def example() -> str:
    """A configuration file with every setting at its default."""
    lines = [
        "# edge-agent: every setting, with its default. All are optional.",
        "# Environment variables work too: EDGE_AGENT_TURNS_MODE sets [turns] mode.",
        "# Check this file with: edge-agent config check --config FILE",
    ]
    board = _board_field()
    lines += ["", *_comment(board.metadata["doc"]), f"# environment: {BOARD_VARIABLE}", 'board = ""']
    for name, cls in sections().items():
        lines += ["", f"# {cls.__doc__}", f"[{name}]"]
        for item, kind in settings_of(cls):
            lines += _comment(item.metadata["doc"]) + _comment(_details(item.metadata, kind))
            lines.append(f"{item.name} = {toml_value(item.default)}")
    return "\n".join(lines) + "\n" + own_tools.EXAMPLE + mcp_servers.EXAMPLE + wake_words.EXAMPLE


def show(config: Config) -> str:
    """The effective configuration as TOML, without passwords in addresses; who has set what is not at its default, in a
    comment. Keys are never part of it."""
    lines = [f"# file: {config.path}" if config.path else "# no configuration file: defaults and environment"]
    if "changes" in config.sources.values():
        lines.append("# changes: what was changed on the running device (edge-agent config changes)")
    if config.fleet_part:
        lines.append("# fleet: what it has set (edge-agent fleet status)")
    lines.append(f"board = {toml_value(config.board)}")
    for name, cls in sections().items():
        lines += ["", f"[{name}]"]
        section = getattr(config, name)
        for item, _ in settings_of(cls):
            value = getattr(section, item.name)
            shown = without_userinfo(value) if isinstance(value, str) else value
            shown = masked_headers(value) if (name, item.name) == ("service", "headers") else shown
            source = config.sources.get((name, item.name))
            lines.append(f"{item.name} = {toml_value(shown)}{f'  # {source}' if source else ''}")
    for head, tables, defaults in (
        (OWN_TOOLS.head, config.tools, OWN_TOOLS.defaults),
        (MCP_SERVERS.head, config.mcp, MCP_SERVERS.defaults),
        ("wake", config.wake, WAKE_DEFAULTS | {"word": ""}),
    ):
        for table in tables:
            lines += ["", f"[[{head}]]", *(f"{key} = {value}" for key, value in _written(table, defaults))]
    return "\n".join(lines)


def _written(table: Any, defaults: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is set in a table, as TOML."""
    for key, default in defaults.items():
        if (value := getattr(table, key)) != default:
            shown = without_userinfo(value) if isinstance(value, str) else value
            yield key, inline_toml(dict.fromkeys(value, "***") if key in MASKED else shown)


def list_boards() -> Iterator[str]:
    """The bundled profiles: what each is for, and its peculiarities. One line each."""
    for name in boards.names():
        board, _ = boards.load_board(name, "", [])
        yield f"{name}: {board.description}"
        for quirk in board.quirks:
            yield f"    {quirk.what} {quirk.remedy}"


def hints(config: Config) -> Iterator[str]:
    """What is not an error, but may be unintended."""
    if not config.has_service:
        yield "no service is configured; `run` needs [service] endpoint, `simulate` and `ask` start a simulated one"
    yield from fit(config).sentences
    yield from agent_hints(config)
    yield from _hints_of_azure_hearing(config)
    yield from _hints_of_gpt_live(config)
    for why in guessed(config):
        yield f"{why}: the costs are a guess; set [prices], or [service] model"
    voice = config.assistant.voice
    known_form = is_azure_voice(voice) or is_voice_id(voice) or config.assistant.voice_endpoint_id
    if voice not in KNOWN_VOICES and not known_form:
        known = did_you_mean(voice, KNOWN_VOICES)
        yield f"[assistant] voice: unknown voice {voice!r}{known}"


def _hints_of_azure_hearing(config: Config) -> Iterator[str]:
    """Settings of Azure Speech that another provider does not know, and the other way round."""
    default = Config()
    provider = PROVIDERS[config.service.provider]
    if provider.has_azure_hearing and config.turns.eagerness != default.turns.eagerness:
        yield f"[turns] eagerness is ignored: {config.service.provider} does not support it"
    for section, names_of_settings in AZURE_HEARING.items():
        for name in names_of_settings:
            is_set = getattr(getattr(config, section), name) != getattr(getattr(default, section), name)
            if is_set and not provider.has_azure_hearing:
                having = " and ".join(names(lambda known: known.has_azure_hearing))
                yield f"[{section}] {name} is ignored: only {having} supports it"


def _hints_of_gpt_live(config: Config) -> Iterator[str]:
    """What a model that listens all the time leaves without effect."""
    provider = config.service.provider
    if not PROVIDERS[provider].is_duplex:
        return
    if not config.assistant.backend:
        yield f"there are no tools: with {provider} another model calls them, and [assistant] backend is not set"
    tables = {
        OWN_TOOLS.head: config.tools,
        MCP_SERVERS.head: [server for server in config.mcp if server.of_device],
    }
    for head, given in tables.items():
        if given and not config.assistant.backend:
            yield f"[[{head}]] is ignored: set [assistant] backend"
    if any(not server.of_device for server in config.mcp):
        yield f'[[{MCP_SERVERS.head}]] with caller = "service" is ignored: {provider} does not call servers'
    if config.assistant.transcription:
        yield f"[assistant] transcription is ignored: {provider} always transcribes"
    if config.limits.idle_close_s == 0:
        yield f"[limits] idle_close_s = 0 keeps the session open, and {provider} charges for each minute of it"


def schema() -> dict[str, Any]:
    """JSON schema (2020-12) of the configuration file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "edge-agent configuration",
        "type": "object",
        "additionalProperties": False,
        "properties": {"board": _property(_board_field(), str)}
        | {
            name: {
                "type": "object",
                "description": cls.__doc__,
                "additionalProperties": False,
                "properties": {item.name: _property(item, kind) for item, kind in settings_of(cls)},
            }
            for name, cls in sections().items()
        }
        | {kind.head: {"type": "array", "items": _table_schema(kind)} for kind in (OWN_TOOLS, MCP_SERVERS)}
        | {"wake": {"type": "array", "items": _word_schema()}},
    }


def _word_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["word"],
        "properties": {
            key: {"type": "string"} | ({"enum": list(CHOICES[key])} if key in CHOICES else {})
            for key in WAKE_DEFAULTS
        },
    }


def _table_schema(kind: TableKind[Any]) -> dict[str, Any]:
    kinds = {bool: "boolean", str: "string", float: "number", int: "integer", dict: "object"}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "description"] if "description" in kind.defaults else ["name", "tools"],
        "properties": {
            key: {"type": "array", "items": {"type": "string"}}
            if isinstance(default, tuple)
            else {"type": kinds[type(default)], "default": default}
            for key, default in kind.defaults.items()
        },
    }


def _board_field() -> Field[Any]:
    return next(item for item in fields(Config) if item.name == "board")


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text, 98, break_on_hyphens=False)]


def _details(meta: Mapping[str, Any], kind: Any) -> str:
    details = []
    if get_origin(kind) is Literal:
        details.append(" | ".join(get_args(kind)))
    if meta["low"] is not None:
        details.append(
            f"{meta['low']:.9g} to {meta['high']:.9g}" + (f" {meta['unit']}" if meta["unit"] else "")
        )
    if meta["env"]:
        details.append(f"environment: {meta['env']}")
    return "; ".join(details)


def _property(item: Any, kind: Any) -> dict[str, Any]:
    meta = item.metadata
    described: dict[str, Any] = {"description": meta["doc"], "default": item.default}
    if get_origin(kind) is Literal:
        return described | {"enum": list(get_args(kind))}
    described["type"] = _JSON_TYPES[kind]
    if meta["low"] is not None:
        described |= {"minimum": meta["low"], "maximum": meta["high"]}
    return described
