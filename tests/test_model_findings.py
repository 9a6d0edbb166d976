"""What is told of the model in use: that it ends, that its price is a guess, that it ignores a setting."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from edge_agent.app.model_watch import ModelWatch
from edge_agent.config.model import AssistantSettings, Config, ServiceSettings
from edge_agent.host.clock import trusted
from edge_agent.simulator.model_page import model_page
from edge_agent.telemetry.model_findings import ABOUT, WARNED_DAYS, model_findings
from edge_agent.telemetry.status import Finding, StatusBoard
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State

END = date(2027, 1, 20)  # of gpt-realtime at OpenAI
AZURE_END = date(2027, 2, 28)
OPENAI = Config(service=ServiceSettings(provider="openai", deployment="gpt-realtime"))


def codes(config: Config, told: str = "", today: date | None = None) -> dict[str, str]:
    findings = model_findings(config, told, today)
    assert tuple(findings) == ABOUT
    return {about: finding.code for about, finding in findings.items() if finding}


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (END - timedelta(WARNED_DAYS + 1), ""),
        (END - timedelta(WARNED_DAYS), "gpt-realtime ends on 2027-01-20, in 60 days (developers.openai.com/"),
        (END - timedelta(1), "in 1 days"),
        (END, "gpt-realtime was announced to end on 2027-01-20"),
        (END + timedelta(400), "was announced to end"),
        (None, ""),
    ],
)
def test_a_model_that_ends_is_told_sixty_days_before(today: date | None, words: str) -> None:
    finding = model_findings(OPENAI, "", today)["model"]
    assert (finding is not None) is bool(words)
    if finding:
        assert words in finding.what
        assert finding.todo == "deploy a newer model, and set service.deployment"


def test_each_vendor_has_its_own_end() -> None:
    azure = Config(service=ServiceSettings(deployment="kitchen"))
    assert codes(azure, "gpt-realtime", END - timedelta(1)) == {"model": "model-ends"}
    assert codes(azure, "gpt-realtime", AZURE_END - timedelta(WARNED_DAYS + 1)) == {}
    assert codes(azure, "gpt-realtime-2.1", END) == {}


def test_transcription_ends_too() -> None:
    config = Config(
        service=ServiceSettings(deployment="gpt-realtime-2.1"),
        assistant=AssistantSettings(transcription="gpt-4o-transcribe"),
    )
    finding = model_findings(config, "", date(2026, 11, 28))["transcription-model"]
    assert finding
    assert "gpt-4o-transcribe was announced to end on 2026-10-15" in finding.what
    assert "assistant.transcription" in finding.todo


def test_a_price_by_guess_and_a_setting_that_is_ignored() -> None:
    config = Config(
        service=ServiceSettings(deployment="kitchen"),
        assistant=AssistantSettings(reasoning="low", transcription="ears"),
    )
    assert codes(config) == {"model-price": "model-unknown-price", "settings": "setting-not-taken"}
    assert codes(config, told="gpt-realtime-2.1") == {"model-price": "model-unknown-price"}
    findings = model_findings(config, "", None)
    price, ignored = findings["model-price"], findings["settings"]
    assert price
    assert price.what.startswith(
        "'kitchen' is not a known model; 'ears' is not a known model of transcription:"
    )
    assert ignored
    assert ignored.what.startswith(
        "[assistant] reasoning is ignored: it is not known whether this model reasons"
    )


def test_a_clock_that_nothing_keeps_right_is_not_believed() -> None:
    today = date(2026, 11, 28)
    assert trusted(today, True) == today
    assert [trusted(today, kept_right) for kept_right in (False, None)] == [None, None]
    assert trusted(date(1970, 1, 1), True) is None


# ---- while the device runs --------------------------------------------------------------
class Watched:
    def __init__(self, config: Config, today: date | None) -> None:
        self.today = today
        self.told: list[tuple[str, bool]] = []
        self.models: list[str] = []
        self.board = StatusBoard(lambda: 0.0, self._tell)
        self.watch = ModelWatch(
            config,
            find=self.board.find,
            remind=self.board.remind,
            today=lambda: self.today,
            learned=self.models.append,
        )

    def _tell(self, finding: Finding, found: bool) -> None:
        self.told.append((finding.code, found))

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.board.findings]

    def at(self, today: date | None) -> list[tuple[str, bool]]:
        """What is told on this day."""
        self.told.clear()
        self.today = today
        self.watch.look()
        self.watch.look()
        return self.told


def test_it_is_told_once_a_day() -> None:
    watched = Watched(OPENAI, None)
    assert watched.at(END - timedelta(61)) == []
    assert watched.at(END - timedelta(60)) == [("model-ends", True)]
    assert watched.at(END - timedelta(59)) == [("model-ends", True)]
    assert "in 59 days" in watched.board.findings[0].what
    assert watched.at(END - timedelta(59)) == []
    assert watched.at(None) == [("model-ends", False)]


def test_the_service_names_the_model_of_a_deployment() -> None:
    watched = Watched(Config(service=ServiceSettings(deployment="kitchen")), END)
    assert watched.told == [("model-unknown-price", True)]
    watched.watch.watch(e.Connected(1, "s", 60.0, "gpt-realtime-2.1"), State())
    assert watched.codes == []
    watched.watch.watch(e.LinkSwitched(2, "t", 60.0, "gpt-realtime"), State())
    watched.watch.watch(e.Tick(), State())
    assert watched.codes == ["model-ends"]
    assert watched.models == ["gpt-realtime-2.1", "gpt-realtime"]


# ---- as the simulated service answers ---------------------------------------------------
@pytest.mark.parametrize(
    ("target", "today", "status", "shutdown"),
    [
        ("/v1/models/gpt-realtime", END - timedelta(1), 200, "2027-01-20"),
        ("/v1/models/gpt-realtime", END, 404, None),
        ("/v1/models/gpt-realtime-2.1", END, 200, None),
        ("/v1/models/whisper-1", END, 200, "2027-02-26"),
        ("/v1/models/my%20model", END, 404, None),
        ("/v1/models/my-gpt-realtime", END, 404, None),
    ],
)
def test_a_model_is_there_until_it_ends(target: str, today: date, status: int, shutdown: str | None) -> None:
    page = model_page(target, today)
    assert page
    assert page[0] == status
    assert page[1].get("shutdown_date") == shutdown


def test_other_pages_are_not_its_own() -> None:
    assert model_page("/v1/realtime?model=gpt-realtime", END) is None
