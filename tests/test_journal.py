"""What the journal is told, and in which form."""

from __future__ import annotations

import io
import logging
import os
import re
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import pytest

from edge_agent.cli.logs import command, is_denied
from edge_agent.host.journal.handler import Coloured, Prefixed, ToJournal, fail, open_log
from edge_agent.host.journal.sentences import JournalWriter, Words
from edge_agent.telemetry import facts as f
from edge_agent.telemetry.records import Record
from edge_agent.telemetry.status import Finding
from edge_agent.telemetry.turn_log import TurnSummary
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.journal import MESSAGES, fields_of, noted
from edge_agent.vocabulary.state import Mode, State, Turn

DOCS = Path(__file__).parent.parent / "docs" / "journal.md"


class Journal:
    """In place of journald."""

    def __init__(self) -> None:
        self.took: list[dict[str, Any]] = []

    def __call__(self, message: str, **fields: Any) -> None:
        self.took.append({"MESSAGE": message, **fields})


@pytest.fixture
def journal() -> Iterator[Journal]:
    made = Journal()
    handler = ToJournal(made)
    ours = logging.getLogger("edge_agent")
    before = ours.level
    ours.addHandler(handler)
    ours.setLevel(logging.DEBUG)
    yield made
    ours.removeHandler(handler)
    ours.setLevel(before)


def test_a_turn_is_a_line_with_its_latencies(journal: Journal) -> None:
    JournalWriter().turn(
        TurnSummary(12, "answered", "button", press_to_sent_ms=18, release_to_sound_ms=640, tokens=9)
    )
    (took,) = journal.took
    assert took["MESSAGE"] == "turn 12 answered: 18 ms to the first sound on the wire"
    wanted = {
        "PRIORITY": "6",
        "EVENT": "turn",
        "MESSAGE_ID": MESSAGES["turn"].id,
        "TURN_ID": "12",
        "OUTCOME": "answered",
        "PRESS_TO_SENT_MS": "18",
        "LATENCY_MS": "640",
    }
    assert wanted.items() <= took.items()
    assert "WHY" not in took


def test_findings_come_and_go(journal: Journal) -> None:
    log, finding = JournalWriter(), Finding("microphone-missing", "it is not there", "plug it in")
    log.finding(finding, True)
    log.finding(finding, False)
    assert [(took["MESSAGE"], took["PRIORITY"], took["FINDING"]) for took in journal.took] == [
        ("microphone-missing: it is not there; plug it in", "4", "microphone-missing"),
        ("resolved: microphone-missing", "6", "microphone-missing"),
    ]


@pytest.mark.parametrize(
    ("fact", "event", "sentence", "priority"),
    [
        (e.AudioStarted("vmic; vspk", 0), "device_started", "sound: vmic; vspk", "6"),
        (e.AudioNoted("48000 Hz"), "device_noted", "48000 Hz", "6"),
        (
            e.EchoJudged(False, 4.2),
            "echo_judged",
            "half-duplex: not listening while speaking; 4 dB of echo removed",
            "6",
        ),
        (f.VolumeChanged(40), "volume_set", "volume: 40 %", "6"),
        (f.ServiceComplained("bad"), "service_erred", "the service reported an error: bad", "6"),
        (e.ForgetRequested(), "forget_requested", "the conversation was forgotten", "6"),
        (f.CallYielded("hall", "nearer"), "call_yielded", "hall answers: it is nearer", "6"),
        (f.CallYielded("hall", "engaged"), "call_left", "hall answers: it is in a turn already", "7"),
        (f.FirstDelta("r1", "i1"), "first_delta", "first_delta", "7"),
    ],
)
def test_records(journal: Journal, fact: f.Fact, event: str, sentence: str, priority: str) -> None:
    JournalWriter().record(Record(1.5, fact, 3))
    (took,) = journal.took
    assert (took["MESSAGE"], took["PRIORITY"], took["TURN_ID"]) == (sentence, priority, "3")
    assert took["EVENT"] == event
    assert "T" not in took


def test_muting_is_told_and_other_states_are_details(journal: Journal) -> None:
    log = JournalWriter()
    for muted in (False, True, True, False):
        log.record(Record(1.0, f.StateChanged(Turn.IDLE, Mode.IDLE, muted=muted, online=True)))
    assert [(took["EVENT"], took["PRIORITY"]) for took in journal.took] == [
        ("state", "7"),
        ("muted", "6"),
        ("state", "7"),
        ("unmuted", "6"),
    ]


@pytest.mark.parametrize(
    "fact",
    [
        f.TurnDone(1, "", "empty"),
        f.LinkUp(1, "s"),
        e.Disconnected(1, "gone"),
        f.ConnectFailed("dns", "no network"),
    ],
)
def test_what_others_tell_better_is_not_told_twice(journal: Journal, fact: f.Fact) -> None:
    JournalWriter().record(Record(1.0, fact))
    assert journal.took == []


def test_words_are_told_only_by_who_is_asked_for_them(journal: Journal) -> None:
    words = Words()
    for event in (
        e.UserTranscribed("u1", " Are you there? "),
        e.TranscriptDelta("r1", "i1", "Yes,"),
        e.TranscriptDelta("r1", "i1", " I am."),
        e.ResponseDone("r1", "completed"),
        e.ResponseDone("r2", "completed"),
    ):
        words.watch(event, State())
    assert [took["MESSAGE"] for took in journal.took] == ["user: Are you there?", "agent: Yes, I am."]
    assert journal.took[1]["RESPONSE_ID"] == "r1"
    assert "Are you there?" not in str(list(words._captions))  # nothing is kept once it is told


def test_where_words_come_piece_by_piece_what_the_user_said_is_told_once(journal: Journal) -> None:
    words = Words()
    for event in (
        e.TextEntered("typed"),
        e.UplinkOpened(1, "speech", 0),
        e.WordsTranscribed("u1", "user", " How", 0, 200),
        e.WordsTranscribed("u1", "user", " much?", 200, 600),
        e.AudioDelta("a1", "a1", bytes(48)),
        e.WordsTranscribed("a1", "assistant", " Four.", 0, 400),
        e.PlaybackStarted("a1", 800),
        e.UplinkOpened(2, "speech", 900),
        e.WordsTranscribed("u2", "user", " So", 700, 800),
        e.AudioFinished("a1", "a1"),
        e.PlaybackDrained((e.Heard("a1", 1),), 0),
        e.WordsTranscribed("u2", "user", " much?", 900, 1000),
        e.Disconnected(1, "gone"),
    ):
        words.watch(event, State())
    assert [took["MESSAGE"] for took in journal.took] == ["user: How much?", "agent: Four.", "user: So much?"]


def test_half_an_answer_is_told_when_its_session_ends(journal: Journal) -> None:
    words = Words()
    words.watch(e.TranscriptDelta("r1", "i1", "Half of"), State())
    words.watch(e.Disconnected(1, "gone"), State())
    assert [took["MESSAGE"] for took in journal.took] == ["agent: Half of"]


def test_fields() -> None:
    assert noted("link_up", generation=3)["fields"] == {
        "EVENT": "link_up",
        "MESSAGE_ID": MESSAGES["link_up"].id,
        "LINK_GENERATION": "3",
    }
    heard = fields_of({"t": 1.0, "event": "playback_stopped", "heard": [{"item_id": "i"}], "audio_ms": 40})
    assert heard == {"EVENT": "playback_stopped", "AUDIO_MS": "40"}


def test_every_message_has_its_own_lasting_id() -> None:
    ids = [message.id for message in MESSAGES.values()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)


def test_the_page_tells_of_all_of_them() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (\w+) \| (.*) \|$", DOCS.read_text(), re.MULTILINE)
    levels = {10: "debug", 20: "info", 30: "warning", 40: "error"}
    assert rows == [
        (name, message.id, levels[message.level], message.when) for name, message in MESSAGES.items()
    ]


# ---- where it goes ----------------------------------------------------------
@pytest.fixture
def _log() -> Iterator[None]:
    """Put back."""
    root, ours = logging.getLogger(), logging.getLogger("edge_agent")
    before, level, our_level = root.handlers[:], root.level, ours.level
    ours.setLevel(logging.NOTSET)
    yield
    root.handlers[:], root.level = before, level
    ours.setLevel(our_level)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("_log")
@pytest.mark.parametrize(
    ("stream", "environ", "shown"),
    [
        (io.StringIO(), {}, r"\d\d:\d\d:\d\d WARNING low\n"),
        (Terminal(), {}, r"\x1b\[33m\d\d:\d\d:\d\d WARNING low\x1b\[0m\n"),
        (Terminal(), {"NO_COLOR": "1"}, r"\d\d:\d\d:\d\d WARNING low\n"),
    ],
)
def test_a_terminal(stream: TextIO, environ: dict[str, str], shown: str) -> None:
    open_log(logging.INFO, environ, stream)
    logging.getLogger("edge_agent").warning("low")
    assert isinstance(stream, io.StringIO)
    assert re.fullmatch(shown, stream.getvalue())
    assert isinstance(logging.getLogger().handlers[0].formatter, Coloured)


@pytest.mark.usefixtures("_log")
def test_without_the_journals_library_systemd_reads_the_priorities(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "systemd.journal", None)
    with (tmp_path / "pipe").open("w+") as pipe:
        there = os.fstat(pipe.fileno())
        open_log(logging.DEBUG, {"JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino}"}, pipe)
        assert isinstance(logging.getLogger().handlers[0].formatter, Prefixed)
        log = logging.getLogger("edge_agent")
        log.debug("a")
        log.info("b\nc")
        log.warning("d")
        fail("e")
        pipe.seek(0)
        assert pipe.read() == "<7>a\n<6>b\n<6>c\n<4>d\n<3>e\n"


@pytest.mark.usefixtures("_log")
def test_why_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    open_log(logging.INFO, {}, io.StringIO())
    fail("no such file")
    assert capsys.readouterr().err == "edge-agent: no such file\n"


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, "--lines=50"),
        ({"lines": 7, "errors": True}, "--lines=7 --priority=warning"),
        ({"follow": True, "turns": True}, f"--follow --lines=50 MESSAGE_ID={MESSAGES['turn'].id}"),
        ({"since": "today"}, "--since=today"),
        ({"since": "today", "lines": 3}, "--since=today --lines=3"),
    ],
)
def test_edge_agent_logs(given: dict[str, Any], asked: str) -> None:
    usual = {"lines": None, "errors": False, "follow": False, "turns": False, "since": None}
    arguments = command(Namespace(**(usual | given)))
    assert arguments == [
        *("journalctl", "--unit=edge-agent.service", "--output=short-iso", "--no-hostname"),
        *asked.split(),
    ]


@pytest.fixture
def _nobody() -> Iterator[None]:
    """Somebody without rights, where the tests run as root."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield
    os.seteuid(before)


@pytest.mark.usefixtures("_nobody")
def test_a_journal_that_somebody_may_not_read() -> None:
    with TemporaryDirectory() as folder:
        assert not is_denied([Path(folder)])  # there is none
        journals = [Path(folder) / machine / "system.journal" for machine in "ab"]
        for journal in journals:
            journal.parent.mkdir()
            journal.touch(mode=0)
        assert is_denied([Path(folder), Path(folder) / "none"])
        journals[1].chmod(0o400)
        assert not is_denied([Path(folder)])
