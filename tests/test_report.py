"""What a report is made of: the history of turns, their pictures, the page; and what is masked in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.config.model import Config, ServiceSettings
from edge_agent.drawing.turn import draw
from edge_agent.report.device_share import shown
from edge_agent.report.files import NoReport, read, write
from edge_agent.report.history import MOST_CHANGES, MOST_STEPS, History
from edge_agent.report.host import host, versions
from edge_agent.report.journal import readable
from edge_agent.report.mask import masked
from edge_agent.report.page import page
from edge_agent.report.secrets import known_secrets
from edge_agent.report.turns import Told, turns_of
from edge_agent.simulator.answers import Script, Speech
from edge_agent.telemetry import facts as f
from edge_agent.telemetry.records import Record
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Mode, Turn

from .fact_examples import EXAMPLES
from .sound import tone
from .world import LINES, World

IDLE = f.StateChanged(Turn.IDLE, Mode.IDLE, muted=False, online=True)
NO_LINK = f.ConnectFailed("dns", "no network")
SVG = "{http://www.w3.org/2000/svg}"
SPEECH = Speech("one two three four five six", tone(24_000, 3000, 300))


def step(t: float, fact: f.Fact, turn_id: int = 1) -> Record:
    return Record(t, fact, turn_id)


def told_by(history: History, last: int = 50) -> list[Told]:
    kept = history.timeline(last)
    steps, changes = ([json.loads(record) for record in kept[kind]] for kind in ("steps", "changes"))
    return turns_of(steps, changes)


def history_of(world: World) -> History:
    history = History()
    history.begin()
    for record in world.records:
        history.add(record)
    return history


@pytest.fixture(scope="module")
def turns() -> list[Told]:
    """The link is lost while the first answer sounds, and then a voice breaks in."""
    world = World(answers=Script([SPEECH] * 4), mode="hands-free", end="server", faults=["drop@halfway#2"])
    world.wait(500)
    world.say(LINES[0])
    world.until(lambda: world.turn == "speaking")
    world.wait(1500)
    world.say(LINES[1])
    world.until(lambda: world.session is None)
    world.connect()
    world.until(lambda: world.turn == "idle")
    world.wait(2000)
    return told_by(history_of(world))


# ---- history ----------------------------------------------------------------
def test_as_many_turns_as_are_wanted() -> None:
    history = History()
    history.begin()
    for number in range(1, 6):
        history.add(Record(number, IDLE))
        history.add(step(number, e.ButtonPressed(), number))
        history.add(step(number, NO_LINK, number))  # of a turn, but no turn by itself
        history.add(step(number, f.TurnDone(number, "deadline", "unanswered", "dns"), number))
    assert [turn.number for turn in told_by(history, 2)] == [4, 5]
    assert [turn.number for turn in told_by(history)] == [1, 2, 3, 4, 5]


def test_a_link_that_fails_all_night_pushes_no_turn_out() -> None:
    history = History()
    history.begin()
    history.add(step(0, e.ButtonPressed()))
    for number in range(5000):
        history.add(Record(number, NO_LINK))
    kept = history.timeline(10)
    assert (len(kept["steps"]), len(kept["changes"])) == (1, MOST_CHANGES)
    for number in range(5000):
        history.add(step(number, IDLE, number))
    assert len(history.timeline(MOST_STEPS + 1)["steps"]) == MOST_STEPS


def test_turns_of_two_runs_are_not_taken_for_one() -> None:
    history = History()
    for _ in range(2):
        history.begin()
        history.add(step(1, e.ButtonPressed()))
    assert [(turn.run, turn.number) for turn in told_by(history)] == [(1, 1), (2, 1)]


# ---- turns ------------------------------------------------------------------
def test_a_turn_begins_with_the_voice_and_ends_with_what_was_heard(turns: list[Told]) -> None:
    first, second = turns
    assert isinstance(first.records[0].fact, e.SpeechStarted)
    assert isinstance(first.records[-1].fact, e.PlaybackStopped)  # by the next turn
    assert first.summary
    assert first.summary.outcome == "interrupted"
    assert any(isinstance(record.fact, f.LinkUp) for record in second.records)
    lines = [line for turn in turns for line in turn.as_json()["records"]]
    assert lines[0]["ms"] == 0
    assert all(0 <= line["ms"] < 20_000 for line in lines)


def test_what_comes_long_after_a_turn_is_not_of_it() -> None:
    history = History()
    history.begin()
    for record in (
        step(1, e.ButtonPressed()),
        step(2, f.TurnDone(1, "deadline", "unanswered", "offline")),
        step(90, IDLE),
    ):
        history.add(record)
    (turn,) = told_by(history)
    assert [line["ms"] for line in turn.as_json()["records"]] == [0, 1000]
    assert turn.as_json()["summary"] == "turn 1 unanswered (offline)"


def test_a_turn_that_is_not_over() -> None:
    history = History()
    history.begin()
    history.add(step(1, e.ButtonPressed()))
    (turn,) = told_by(history)
    assert turn.summary is None
    assert turn.as_json()["summary"] == "turn 1 has not ended"


def test_a_record_of_another_version_is_passed_over() -> None:
    known = {"n": 1, "run": 1, "t": 1.0, "turn_id": 1, "event": "button_pressed"}
    (turn,) = turns_of([known, {**known, "n": 2, "event": "never heard of"}])
    assert [type(record.fact) for record in turn.records] == [e.ButtonPressed]


# ---- pictures ---------------------------------------------------------------
def words_of(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - ours


def test_a_picture_has_its_lanes_its_moments_and_its_times(turns: list[Told]) -> None:
    words = words_of(draw(turns[0].records))
    assert {"state", "person", "wire out", "wire in", "speaker", "listening", "speaking"} <= set(words)
    for name, event in {
        "voice": "gate_opened",
        "first frame": "audio_first_sent",
        "first delta": "first_delta",
        "first sample": "playback_started",
    }.items():
        (moment, *_) = (line["ms"] for line in turns[0].as_json()["records"] if line["event"] == event)
        assert f"{name} {moment}" in words
    assert any(re.fullmatch(r"stopped, \d+ ms heard \d+", word) for word in words)


def test_where_too_much_happens_at_once_what_matters_is_labelled() -> None:
    crowd = [step(0.5, f.AnswerStarted("r1"))] * 20
    words = words_of(draw([step(0, e.ButtonPressed()), *crowd, step(0.5, f.FirstDelta("r1", "i1"))]))
    assert "first delta 500" in words
    assert words.count("response 500") == 3


def test_every_mark_can_be_drawn_and_a_long_turn_too() -> None:
    records = [step(20.0 * at, fact) for at, fact in enumerate(EXAMPLES)]
    assert words_of(draw(records)).count("person") == 1


# ---- the page ---------------------------------------------------------------
def a_report(turns: list[Told], **others: Any) -> dict[str, Any]:
    return {
        "made": "2026-11-23T05:30:33+00:00",
        "running": True,
        "why_not": "",
        "host": {"name": "kiosk</script>7", "memory": {"total": 4000}},
        "versions": {"edge-agent": "1.2.3", "python": "3.11.2", "packages": {"numpy": "2.0"}},
        "board": "respeaker",
        "configuration": ["[service]", 'endpoint = "<wss>"'],
        "problems": [],
        "status": {
            "ok": True,
            "mode": "idle",
            "findings": [{"code": "dns", "what": "no <name>", "todo": "ask"}],
        },
        "status_lines": ["idle for 2 s"],
        "doctor": {"checks": [{"name": "disk", "status": "ok", "seen": "7 MB", "do": ""}], "made": "today"},
        "turns": [{"at": "2026-11-23T05:30:30+00:00", **turn.as_json()} for turn in turns],
        "changes": [{"at": "2026", "t": 1.0, "run": 1, "event": "link_failed", "code": "dns"}],
        "journal": ["edge-agent: line"],
        "record": None,
        **others,
    }


def test_the_page_shows_what_is_wrong_first_and_every_turn(turns: list[Told]) -> None:
    html = page(a_report(turns))
    places = [
        html.index(part) for part in ("no &lt;name&gt;", "idle for 2 s", "turn 2", "turn 1", "link_failed")
    ]
    assert places == sorted(places)
    assert html.count("<svg ") == 2
    assert "kiosk&lt;/script&gt;7" in html
    assert "press → first frame sent" in html
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")  # it needs nothing from anywhere
    assert html.count("<script") == 1  # which is data


def test_the_page_of_a_device_that_does_not_run() -> None:
    html = page(
        a_report([], running=False, why_not="it is down", status=None, doctor=None, problems=["x:1: wrong"])
    )
    assert "<b>not running</b>: it is down" in html
    assert "x:1: wrong" in html
    assert "never run by this user" in html


def test_the_page_of_a_device_that_is_well() -> None:
    said = [{"role": "user", "text": "Hello <you>"}]
    html = page(a_report([], status={"findings": []}, transcript=said))
    assert "nothing is known to be wrong" in html
    assert "Hello &lt;you&gt;" in html


# ---- files ------------------------------------------------------------------
@pytest.mark.parametrize("name", ["report.json", "report.json.gz", "report.html"])
def test_what_is_written_can_be_read_and_is_never_overwritten(
    tmp_path: Path, turns: list[Told], name: str
) -> None:
    report, path = (
        a_report(turns, record={"segments": [{"entries": [{"now": 1}, {"now": 2}]}]}),
        tmp_path / name,
    )
    assert write(report, path) == path.stat().st_size
    assert read(path) == report
    with pytest.raises(FileExistsError):
        write(report, path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        *(
            (b"", "not JSON, or is truncated"),
            (b'{"record": {', "not JSON, or is truncated"),
            (b"\xff", "not UTF-8 text"),
        ),
        *((b"\x1f\x8b123", "damaged gzip"), (b"[" * 100_000, "nested too deeply")),
    ],
)
def test_what_is_no_report(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(NoReport, match=words):
        read(path)


# ---- secrets ----------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Incorrect API key: sk-abc_DEF-123456789", "Incorrect API key: ***"),
        ("Authorization: Bearer abc.def/ghi=", "Authorization: Bearer ***"),
        ("api-key: 0123456789abcdef, x", "api-key: ***, x"),
        ("https://me:pass@host/x?sig=0123456789&a=b", "https://***@host/x?sig=***&a=b"),
        ("ws://me:p@ss@host/x?to=a@b", "ws://***@host/x?to=a@b"),
        ("eyJhbGciOiJIUzI1.eyJzdWIiOiIx.sig-nature", "***"),
        ("the key planted-secret was refused", "the key *** was refused"),
        ("{'api_key': '0123456789abcdef'}", "{'api_key': '***'}"),
        ("key is no secret", "key is no secret"),
    ],
)
def test_what_is_or_looks_like_a_secret_is_masked(text: str, clean: str) -> None:
    assert masked({"a": [text, 1, None]}, ["planted-secret", "key"]) == {"a": [clean, 1, None]}


def test_without_known_secrets_the_shapes_are_masked() -> None:
    assert masked("sk-abc_DEF-123456789", []) == "***"


@settings(max_examples=30)
@given(st.text(min_size=8), st.text(), st.text())
def test_no_known_secret_survives(secret: str, before: str, after: str) -> None:
    assert secret not in masked(before + secret + after, [secret]).replace("***", "")


def test_secrets_are_found_in_variables_key_file_and_credentials(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("key-one-in-file\nkey-two-in-file\n")
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "client-secret").write_bytes(b"handed-over\n\xff")
    config = Config(service=ServiceSettings(api_key_file=str(tmp_path / "key")))
    environ = {
        "OPENAI_API_KEY": "in-variable",
        "CREDENTIALS_DIRECTORY": str(tmp_path / "given"),
        "HOME": "/x",
    }
    found = known_secrets(config, environ)
    assert {"in-variable", "key-one-in-file", "key-two-in-file", "handed-over"} <= found
    assert "/x" not in found
    missing = Config(service=ServiceSettings(api_key_file="/none"))
    assert known_secrets(missing, {"CREDENTIALS_DIRECTORY": "/none"}) == set()


def test_of_the_command_for_a_token_only_the_program_is_shown() -> None:
    config = Config(service=ServiceSettings(credential_command="vault read -token=planted x"))
    assert 'credential_command = "vault ***"' in shown(config)
    assert 'credential_command = ""' in shown(Config())


# ---- the computer, the journal ----------------------------------------------
def test_the_computer_is_described(tmp_path: Path) -> None:
    files = {
        "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.5\0",
        "etc/os-release": 'NAME="x"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
        "proc/meminfo": "MemTotal: 3884436 kB\nMemFree: 9 kB\nMemAvailable: 2884436 kB\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    facts = host(tmp_path)
    assert facts["model"] == "Raspberry Pi 4 Model B Rev 1.5"
    assert facts["system"] == "Debian GNU/Linux 12 (bookworm)"
    assert facts["memory"] == {"total": 3793, "available": 2816}
    assert "model" not in host(tmp_path / "proc")
    assert "numpy" in versions()["packages"]


def test_the_journal_is_told_without_what_was_said() -> None:
    lines = [
        json.dumps(
            {"__REALTIME_TIMESTAMP": "1700000000000000", "SYSLOG_IDENTIFIER": "edge-agent", **fields}
        ).encode()
        for fields in (
            {"MESSAGE": "turn 1"},
            {"MESSAGE": "user: Hello", "EVENT": "user_said"},
            {"MESSAGE": "x"},
        )
    ]
    told = list(readable([*lines, b"{}", b"no JSON"], transcript=False))
    assert [line.split(" ", 1)[1] for line in told] == ["edge-agent: turn 1", "edge-agent: x"]
    assert any("Hello" in line for line in readable(lines, transcript=True))
