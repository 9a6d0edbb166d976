"""Settings that a model does not take are left out of the session, and it is said why."""

from __future__ import annotations

from typing import Any

import pytest

from edge_agent.config import show
from edge_agent.config.fitting import fit, is_set
from edge_agent.config.model import AssistantSettings, AudioSettings, Config, ServiceSettings, TurnTaking
from edge_agent.config.setting import listed


def asking(deployment: str = "gpt-realtime-2.1", provider: Any = "azure", **assistant: Any) -> Config:
    service = ServiceSettings(provider=provider, deployment=deployment)
    return Config(service=service, assistant=AssistantSettings(**assistant))


TRUNCATED: dict[str, Any] = {"truncation_ratio": 0.8, "truncation_tokens": 4000}
FAR = AudioSettings(noise_reduction="far_field")
SPEAKS = TurnTaking(idle_timeout_ms=6000)
HINTS = {"transcription_languages": "en, ja", "transcription_keywords": "Jabra"}


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (asking(reasoning="low"), []),
        (asking("gpt-realtime", reasoning="low"), ["gpt-realtime does not reason"]),
        (asking("kitchen", reasoning="low"), ["it is not known whether this model reasons"]),
        (asking(reasoning="xhigh"), ["azure takes minimal, low, medium, high, not xhigh"]),
        (asking(provider="openai", reasoning="xhigh"), []),
        (asking(provider="azure-preview", reasoning="low"), ["this API does not have it"]),
        (asking(temperature=0.9), ["only azure-preview and azure-voice-live have it"]),
        (asking(provider="azure-preview", temperature=0.9, speed=1.2), []),
        (asking(**TRUNCATED), []),
        (asking(provider="azure-preview", **TRUNCATED), ["this API does not have it"] * 2),
        (asking(voice="voice_123"), []),
        (asking(provider="azure-preview", voice="voice_123"), ["this API does not have it"]),
        (asking("gpt-4o-realtime", voice="marin"), ["gpt-4o-realtime-preview has alloy, ash"]),
        (asking(voice="marin"), []),
        (asking(provider="azure-voice-live", voice="en-US-Ava", reasoning="xhigh"), []),
        (asking(provider="azure-voice-live", speed=1.2), ["this API does not have it"]),
        (Config(ServiceSettings(provider="azure-voice-live"), audio=FAR), []),
        (Config(ServiceSettings(provider="azure-voice-live"), turns=SPEAKS), ["this API does not have it"]),
        (Config(turns=SPEAKS), []),
        (Config(audio=FAR), []),
        (asking(**HINTS), ["[assistant] transcription is not set"] * 2),
        (asking(transcription="whisper-1", **HINTS), ["whisper-1 is not known to take it"] * 2),
        (asking(transcription="ears", **HINTS), ["ears is not known to take it"] * 2),
        (asking(transcription="gpt-transcribe", **HINTS), []),
        (asking(provider="azure-preview", **HINTS), ["this API does not have it"] * 2),
    ],
)
def test_what_is_not_taken(config: Config, why: list[str]) -> None:
    fitted = fit(config)
    said = list(fitted.left_out.values())
    assert len(said) == len(why)
    assert all(words.startswith(given) for words, given in zip(said, why, strict=True))
    assert not any(is_set(fitted.config, key) for key in fitted.left_out)
    hints = [line for line in show.hints(config) if "is ignored" in line]
    assert hints == list(fitted.sentences)
    assert len(hints) == len(why)


def test_the_rest_stays_as_it_is() -> None:
    config = asking("gpt-realtime", reasoning="low", speed=1.2, voice="coral")
    assert fit(config).config == asking("gpt-realtime", speed=1.2, voice="coral")
    assert list(fit(config).sentences) == [
        "[assistant] reasoning is ignored: gpt-realtime does not reason",
    ]


def test_what_the_service_says_of_its_model_counts() -> None:
    config = asking("kitchen", reasoning="low")
    assert fit(config, told="gpt-realtime-2.1").config == config
    assert fit(config, told="gpt-realtime").config == asking("kitchen")


def test_lists_in_a_setting() -> None:
    assert listed(" Jabra, Ren\u00e9e ,, ") == ["Jabra", "Ren\u00e9e"]
    assert listed("") == []


def test_a_deployment_that_says_nothing_is_noted() -> None:
    said = [line for line in show.hints(asking("kitchen", transcription="ears")) if "guess" in line]
    assert said == [
        "'kitchen' is not a known model: the costs are a guess; set [prices], or [service] model",
        "'ears' is not a known model of transcription: the costs are a guess; set [prices], or [service] model",
    ]
    assert not [line for line in show.hints(asking()) if "guess" in line]


def test_a_voice_of_ones_own_is_not_called_unknown() -> None:
    assert not [line for line in show.hints(asking(voice="voice_123")) if "voice" in line]
