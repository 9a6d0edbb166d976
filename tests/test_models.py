"""Which model a name means, until when it is there, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

import pytest

from edge_agent.config.fitting import model_of
from edge_agent.config.known_prices import guessed, prices_of
from edge_agent.config.model import AssistantSettings, Config, ServiceSettings
from edge_agent.config.price_settings import PRICES, Prices
from edge_agent.config.providers import PROVIDERS
from edge_agent.vocabulary.models import (
    REALTIME,
    TRANSCRIPTION,
    Model,
    end_of,
    realtime_model,
    transcription_model,
)

from .markdown import table_headed


@pytest.mark.parametrize("models", [REALTIME, TRANSCRIPTION])
def test_every_model_is_found_by_its_own_name(models: Sequence[Model]) -> None:
    find = realtime_model if models is REALTIME else transcription_model
    assert [find(model.name) for model in models] == list(models)
    assert [find(f"my {model.name.upper()}_prod") for model in models] == list(models)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("gpt-realtime-2-1-mini", "gpt-realtime-2.1-mini"),
        ("my-gpt-realtime-2.1-prod", "gpt-realtime-2.1"),
        ("gpt-realtime-2.1-2026-07-07", "gpt-realtime-2.1"),
        ("gpt-realtime-2.1-2", "gpt-realtime-2.1"),
        ("gpt_realtime_21", "gpt-realtime-2.1"),
        ("gptrealtime15", "gpt-realtime-1.5"),
        ("gptrealtime2", "gpt-realtime-2"),
        ("GPT-Realtime-2025-08-28", "gpt-realtime"),
        ("gpt-realtime-mini-2025-10-06", "gpt-realtime-mini"),
        ("minibar-gpt-realtime", "gpt-realtime"),
        ("gpt4o-realtime", "gpt-4o-realtime-preview"),
        ("gpt-4o-realtime-preview-2024-12-17", "gpt-4o-realtime-preview"),
        ("gpt4omini-realtime", "gpt-4o-mini-realtime-preview"),
    ],
)
def test_names_as_people_spell_them(name: str, model: str) -> None:
    found = realtime_model(name)
    assert found
    assert found.name == model


@pytest.mark.parametrize(
    "name",
    [
        "",
        "kitchen",
        "gpt-realtime-3",
        "gpt-realtime-2.2",
        "gpt-realtime-2.15",
        "gpt-realtime-2-mini",
        "mini-gpt-realtime",
        "gpt-realtime-whisper",
        "gpt-realtime-translate",
    ],
)
def test_what_is_not_known_is_not_taken_for_something_else(name: str) -> None:
    assert realtime_model(name) is None


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("whisper", "whisper-1"),
        ("my-whisper", "whisper-1"),
        ("gpt-realtime-whisper-2026-05-06", "gpt-realtime-whisper"),
        ("gpt4o-transcribe", "gpt-4o-transcribe"),
        ("gpt-4o-mini-transcribe-2025-12-15", "gpt-4o-mini-transcribe"),
        ("gpt-transcribe", "gpt-transcribe"),
        ("ears", None),
        ("whisper-2", None),
    ],
)
def test_names_of_transcription(name: str, model: str | None) -> None:
    found = transcription_model(name)
    assert (found and found.name) == model


def test_every_end_has_a_source_with_its_date() -> None:
    models: list[Model] = [*REALTIME, *TRANSCRIPTION]
    ends = [end for model in models for end in model.ends.values()]
    assert len(ends) > 15
    for end in ends:
        assert date(2025, 1, 1) < end.day < date(2030, 1, 1)
        page, _, read = end.source.partition(", ")
        assert "." in page.partition("/")[0]
        assert read.startswith("202")


def test_the_ends_of_today_s_models() -> None:
    openai, azure = (end_of(realtime_model("gpt-realtime"), vendor) for vendor in ("OpenAI", "Azure"))
    assert openai
    assert azure
    assert (openai.day, azure.day) == (date(2027, 1, 20), date(2027, 2, 28))
    assert end_of(realtime_model("gpt-realtime-2.1"), "OpenAI") is None
    assert end_of(None, "OpenAI") is None


def test_who_sells_the_models() -> None:
    sold = {name: provider.vendor for name, provider in PROVIDERS.items()}
    assert sold == {name: "OpenAI" if name.startswith("openai") else "Azure" for name in PROVIDERS}


def test_the_page_has_the_prices() -> None:
    columns = "model", "text in", "cached", "out", "audio in", "cached", "out"
    told = {row[0]: row[1:] for row in table_headed("costs.md", *columns)}
    assert told == {
        f"`{model.name}`": [f"{price:.2f}" for price in asdict(model.prices).values()] for model in REALTIME
    }
    minutes = dict(table_headed("costs.md", "model", "USD for a minute"))
    assert minutes == {f"`{model.name}`": f"{model.minute:g}" for model in TRANSCRIPTION}


# ---- of a configuration -----------------------------------------------------------------
def of(deployment: str = "", model: str = "", **assistant: str) -> Config:
    service = ServiceSettings(deployment=deployment, model=model)
    return Config(service=service, assistant=AssistantSettings(**assistant))  # type: ignore[arg-type]


def test_who_is_believed() -> None:
    def name(config: Config, told: str = "") -> str:
        found = model_of(config, told)
        return found.name if found else ""

    assert name(of("kitchen")) == ""
    assert name(of("kitchen"), told="gpt-realtime-2.1-2026-07-07") == "gpt-realtime-2.1"
    assert name(of("kitchen"), told="kitchen") == ""
    assert name(of("gpt-realtime"), told="gpt-realtime-2.1") == "gpt-realtime-2.1"
    assert name(of("kitchen", "gpt-realtime-mini"), told="gpt-realtime") == "gpt-realtime-mini"
    assert name(Config(service=ServiceSettings(provider="openai"))) == "gpt-realtime-2.1"
    assert name(Config()) == "gpt-realtime"


@pytest.mark.parametrize(
    ("transcription", "minute"),
    [
        ("gpt-transcribe", 0.0045),
        ("gpt-4o-transcribe", 0.006),
        ("whisper-1", 0.006),
        ("gpt-4o-mini-transcribe", 0.003),
        ("gpt-realtime-whisper", 0.017),
        ("ears", 0.017),
    ],
)
def test_transcription_has_a_price_of_its_own(transcription: str, minute: float) -> None:
    assert prices_of(of(transcription=transcription)).transcribed_min == minute


def test_what_is_priced_by_guess() -> None:
    assert list(guessed(of("gpt-realtime-2.1"))) == []
    assert list(guessed(of("kitchen"))) == ["'kitchen' is not a known model"]
    assert list(guessed(of("kitchen"), told="gpt-realtime-2.1")) == []
    assert list(guessed(of("kitchen", transcription="ears"))) == [
        "'kitchen' is not a known model",
        "'ears' is not a known model of transcription",
    ]
    voice_live = Config(service=ServiceSettings(provider="azure-voice-live"))
    assert list(guessed(voice_live)) == ["what azure-voice-live costs is not known"]
    assert list(guessed(of("gpt-realtime", transcription="whisper"))) == []


def test_who_sets_all_prices_needs_no_guess() -> None:
    prices = Prices("JPY", live_min=100.0, **dict.fromkeys(PRICES, 100.0))  # type: ignore[arg-type]
    config = Config(service=ServiceSettings(deployment="kitchen"), prices=prices)
    assert list(guessed(config)) == []
    assert prices_of(config) == prices


def test_a_data_zone_costs_more_but_not_where_prices_are_set() -> None:
    service = ServiceSettings(deployment="gpt-realtime-2.1")
    zone = prices_of(Config(service=service, prices=Prices(data_zone=True, text_in=1.0)))
    assert zone.text_in == 1.0
    assert zone.audio_out == pytest.approx(70.4)
    assert asdict(zone)["data_zone"] is True
