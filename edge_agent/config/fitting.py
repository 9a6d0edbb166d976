"""Which model a configuration is for, and which of its settings that model does not take. Pure.

A setting that is not taken is left out of the session: a service refuses all of a session for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace

from ..vocabulary.frozen import frozen
from ..vocabulary.models import GA_VOICES, VOICES, RealtimeModel, realtime_model, transcription_model
from .agent_rules import ON_AGENT, OWNED
from .model import AssistantSettings, AudioSettings, Config
from .providers import PROVIDERS, Feature, Provider, names
from .turn_settings import TurnTaking

SettingKey = tuple[str, str]  # section, key
Objection = Callable[[Config, Provider, RealtimeModel | None], str]  # why it is not taken; empty: it is


def model_of(config: Config, told: str = "") -> RealtimeModel | None:
    """`told`: what the service calls the model, if it says so. None: nothing tells which it is."""
    names = config.service.model, told, config.service.deployed
    return next((model for name in names if (model := realtime_model(name))), None)


@frozen
class Fitted:
    """`config`: with the defaults where a setting is not taken. `left_out`: which those are, and why."""

    config: Config
    left_out: Mapping[SettingKey, str]

    @property
    def sentences(self) -> Iterator[str]:
        for (section, key), why in self.left_out.items():
            yield f"[{section}] {key} is ignored: {why}"


def fit(config: Config, told: str = "") -> Fitted:
    """`told`: as for `model_of`."""
    model, provider = model_of(config, told), PROVIDERS[config.service.provider]
    left_out: dict[SettingKey, str] = {}
    if provider.is_agent:
        owned = [(section, name) for section, names_in in OWNED.items() for name in names_in]
        left_out = dict.fromkeys((key for key in owned if is_set(config, key)), ON_AGENT)
    for key, objection in OBJECTIONS.items():
        if key not in left_out and is_set(config, key) and (why := objection(config, provider, model)):
            left_out[key] = why
    fitted = config
    for section, name in left_out:
        part = replace(getattr(fitted, section), **{name: _default(section, name)})
        fitted = replace(fitted, **{section: part})
    return Fitted(fitted, left_out)


def is_set(config: Config, key: SettingKey) -> bool:
    """Whether it says something else than the default."""
    section, name = key
    return bool(getattr(getattr(config, section), name) != _default(section, name))


def is_voice_id(voice: str) -> bool:
    """Whether it is a voice that was made for this account."""
    return voice.startswith("voice_")


def _default(section: str, key: str) -> object:
    cls = {"assistant": AssistantSettings, "audio": AudioSettings, "turns": TurnTaking}[section]
    return next(item.default for item in fields(cls) if item.name == key)


def _of_dialect(provider: Provider, what: Feature) -> str:
    return "" if what in provider.takes else "this API does not have it"


def _reasoning(config: Config, provider: Provider, model: RealtimeModel | None) -> str:
    if why := _of_dialect(provider, "reasoning"):
        return why
    if model is None:
        return "it is not known whether this model reasons; set [service] model"
    if not model.reasons:
        return f"{model.name} does not reason"
    effort = config.assistant.reasoning
    if effort not in provider.efforts:
        return f"{config.service.provider} takes {', '.join(provider.efforts)}, not {effort}"
    return ""


def _temperature(_: Config, provider: Provider, __: RealtimeModel | None) -> str:
    having = " and ".join(names(lambda provider: provider.has_temperature))
    return "" if provider.has_temperature else f"only {having} have it"


def _truncation(_: Config, provider: Provider, __: RealtimeModel | None) -> str:
    return _of_dialect(provider, "truncation")


def _voice(config: Config, provider: Provider, model: RealtimeModel | None) -> str:
    voice = config.assistant.voice
    if is_voice_id(voice):
        return _of_dialect(provider, "voice-id")
    if model and voice in (*VOICES, *GA_VOICES) and voice not in model.voices:
        return f"{model.name} has {', '.join(model.voices)}"
    return ""


def _hints(config: Config, provider: Provider, _: RealtimeModel | None) -> str:
    if why := _of_dialect(provider, "transcription-hints"):
        return why
    name = config.assistant.transcription
    if not name:
        return "[assistant] transcription is not set"
    model = transcription_model(name)
    return "" if model and model.hints else f"{name} is not known to take it"


def _speed(_: Config, provider: Provider, __: RealtimeModel | None) -> str:
    return _of_dialect(provider, "speed")


def _noise_reduction(_: Config, provider: Provider, __: RealtimeModel | None) -> str:
    return _of_dialect(provider, "noise-reduction")


def _idle_timeout(_: Config, provider: Provider, __: RealtimeModel | None) -> str:
    return _of_dialect(provider, "idle-timeout")


def _backend(_: Config, provider: Provider, __: RealtimeModel | None) -> str:
    having = " and ".join(names(lambda provider: provider.is_duplex))
    return "" if provider.is_duplex else f"only {having} have it"


OBJECTIONS: Mapping[SettingKey, Objection] = {
    ("assistant", "reasoning"): _reasoning,
    ("assistant", "temperature"): _temperature,
    ("assistant", "speed"): _speed,
    ("assistant", "voice"): _voice,
    ("assistant", "backend"): _backend,
    ("assistant", "truncation_ratio"): _truncation,
    ("assistant", "truncation_tokens"): _truncation,
    ("assistant", "transcription_languages"): _hints,
    ("assistant", "transcription_keywords"): _hints,
    ("audio", "noise_reduction"): _noise_reduction,
    ("turns", "idle_timeout_ms"): _idle_timeout,
}
