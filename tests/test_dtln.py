"""echo = "dtln" without its network or its library: as "linear", and it says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_agent.audio.build import build_duplex, build_engine, trained
from edge_agent.audio.dtln import DtlnUnavailable, find_files
from edge_agent.audio.echo.canceller import QUIET
from edge_agent.audio.echo.dtln_echo import DtlnEcho
from edge_agent.audio.echo.duplex import Duplex
from edge_agent.audio.echo.linear.layout import FRAME, Floats
from edge_agent.audio.echo.linear_echo import LinearEcho
from edge_agent.audio.echo.second_opinion import SecondOpinion
from edge_agent.config import Config
from edge_agent.doctor.all_checks import Scope, examine
from edge_agent.doctor.second_canceller import second_canceller
from edge_agent.models.store import ModelStore
from edge_agent.models.table import MODELS
from edge_agent.vocabulary.events import AudioNoted, Event

from .world import LINES


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))


@pytest.fixture
def with_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: object())
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))


@pytest.mark.usefixtures("without_library")
def test_without_the_library_it_cancels_as_linear_does() -> None:
    notes: list[str] = []
    assert isinstance(build_duplex("dtln", notes.append), Duplex)
    (note,) = notes
    assert note.startswith('echo = "dtln": ai-edge-litert is missing (No module named')
    assert note.endswith('; until then as "linear"')


@pytest.mark.usefixtures("with_library")
def test_without_the_network_it_says_how_to_fetch_it(tmp_path: Path) -> None:
    notes: list[str] = []
    build_duplex("dtln", notes.append)
    assert notes == [
        f'echo = "dtln": the network is not in {tmp_path}/models; run sudo edge-agent models get dtln-aec-128,'
        ' and restart the service; until then as "linear"'
    ]


@pytest.mark.usefixtures("without_library")
def test_where_only_the_button_begins_a_turn_it_is_not_missed() -> None:
    config, events = Config(), list[Event]()
    build_engine(replace(config, audio=replace(config.audio, echo="dtln")), events.append)
    assert not [event for event in events if isinstance(event, AudioNoted) and "dtln" in event.text]


@pytest.mark.usefixtures("with_library")
def test_a_damaged_network_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "dtln-aec-128"
    folder.mkdir(parents=True)
    for file in MODELS["dtln-aec-128"].files:
        (folder / file.name).write_bytes(b"damaged")
    with pytest.raises(DtlnUnavailable, match="models get dtln-aec-128"):
        find_files(ModelStore(tmp_path))


@pytest.mark.usefixtures("with_library")
def test_a_network_that_cannot_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "dtln-aec-256"
    folder.mkdir(parents=True)
    loop = folder / MODELS["dtln-aec-256"].files[0].name
    loop.symlink_to(loop)
    with pytest.raises(DtlnUnavailable, match="cannot be read"):
        find_files(ModelStore(tmp_path))


@pytest.mark.usefixtures("with_library")
async def test_the_doctor_says_so(tmp_path: Path) -> None:
    config = Config()
    config = replace(config, audio=replace(config.audio, echo="dtln"))
    scope = Scope(sound=False, panel=False, network=False)
    (check,) = [check async for check in examine(config, (), scope) if check.name == "dtln"]
    assert check.status == "warning"
    assert check.seen == f'the network is not in {tmp_path}/models: echo = "dtln" works as "linear"'
    assert check.do.startswith("run sudo edge-agent models get dtln-aec-128")


@pytest.mark.usefixtures("without_library")
def test_the_doctor_names_the_library_first(tmp_path: Path) -> None:
    check = second_canceller(ModelStore(tmp_path))
    assert (check.status, check.do.startswith("run ")) == ("warning", True)


class NoEcho:
    """A network that leaves all as it is."""

    def reset(self) -> None:
        """It remembers nothing."""

    def process(self, near: Floats, far: Floats) -> Floats:
        return near


class AlwaysVoice:
    def feed(self, frames: Sequence[bytes]) -> list[list[float]]:
        return [[1.0] for _ in frames]

    def resume(self) -> None:
        """It remembers nothing."""


def test_what_the_detector_doubts_is_heard_by_the_second_canceller() -> None:
    """A voice that is too soft to be believed by the first."""
    alone, both = (LinearEcho(trained(), played_rate_hz=16_000) for _ in range(2))
    second = SecondOpinion(NoEcho(), AlwaysVoice())
    echo = DtlnEcho(both, second)
    random = np.random.default_rng(3)
    played = (6000 * np.sin(np.arange(300 * FRAME) * 0.1) * random.standard_normal(300 * FRAME)).astype(
        np.int16
    )
    heard = (played * 0.3 + 10 * random.standard_normal(300 * FRAME)).astype(np.int16)
    voice = np.frombuffer(LINES[0], np.int16)[: 100 * FRAME]
    heard[200 * FRAME : 200 * FRAME + len(voice)] += voice // 8
    pairs = [
        (heard[at : at + FRAME].tobytes(), played[at : at + FRAME].tobytes())
        for at in range(0, 300 * FRAME, FRAME)
    ]
    plain = [alone.cancel(*pair, pairs[:1]) for pair in pairs]
    asked = [echo.cancel(*pair, pairs[:1]) for pair in pairs]
    assert [cleaned.heard for cleaned in plain] == [cleaned.heard for cleaned in asked]
    assert [cleaned.sent for cleaned in plain] == [cleaned.sent for cleaned in asked]
    first = [
        next(n for n, cleaned in enumerate(many) if n > 150 and cleaned.voice) for many in (plain, asked)
    ]
    assert 200 <= first[1] < first[0]
    assert asked[first[1]].suspected


def test_asleep_it_is_the_first_canceller() -> None:
    linear = LinearEcho(trained(), played_rate_hz=16_000)
    second = SecondOpinion(NoEcho(), AlwaysVoice())
    echo = DtlnEcho(linear, second)
    assert echo.reach == linear.reach
    second.feed(np.zeros(FRAME, np.float32), np.zeros(FRAME, np.float32), doubted=True)
    assert echo.rest(QUIET).heard == QUIET
    assert not second.is_awake
    assert len(echo.catch_up([(QUIET, QUIET)])) == 1
    echo.relearn()
    echo.forget()
    assert echo.rest(QUIET).sent == QUIET
