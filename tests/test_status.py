"""What a technician sees."""

from __future__ import annotations

from dataclasses import fields

from edge_agent.billing.ledger import Ledger, Spending
from edge_agent.billing.use import Use
from edge_agent.cli.status_lines import lines
from edge_agent.config.model import Config, ServiceSettings
from edge_agent.config.price_settings import Prices
from edge_agent.realtime.session_errors import fatal
from edge_agent.telemetry.status import Finding, StatusBoard, lasting
from edge_agent.telemetry.status_shape import DeviceStatus
from edge_agent.telemetry.turn_log import Day, TurnSummary
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State, Turn

from .shape import misfits


def whole(status: StatusBoard, day: Day | None = None) -> DeviceStatus:
    """With what others count."""
    report = status.report(
        counters={
            "overruns": 1,
            "underruns": 2,
            "latency_ms": 60,
            "level_db": -50.0,
            "noise_db": -62.0,
            "speaker_db": -20.0,
        },
        costs=Ledger(Prices()).report("monday"),
        turns=7,
        processes={"agent": {"memory_bytes": 40_000_000, "cpu_s": 1.5}},
        saved=True,
        reload_waits=False,
        latency=(day or Day()).report("monday"),
        hours=[{"hour": 9, "turns": 1, "p50_ms": 800, "p95_ms": 800, "cost": 0.1}],
        tools={"offered": 2, "ended": {"done": 3}, "timers": 1, "last": None},
        broker={"address": "", "up": False, "up_s": None, "reconnects": 0, "group": ""},
    )
    assert list(misfits(report, DeviceStatus)) == []
    return report


class Board:
    def __init__(self) -> None:
        self.now = 100.0
        self.day = Day()
        self.status = StatusBoard(lambda: self.now)

    def __call__(self, event: e.Event, state: State | None = None) -> StatusBoard:
        self.status.watch(event, state or State(online=True))
        return self.status

    def shown(self) -> str:
        return "\n".join(lines(whole(self.status, self.day)))


def test_all_is_well() -> None:
    board = Board()
    board(e.AudioStarted("microphone A; speaker B", 0))
    board(e.Connected(1))
    board.now += 65
    assert not board.status.findings
    assert board.status.sentence(3) == "idle; link up for 1 min; 3 underruns"
    assert "idle for 1 min" in board.shown()
    assert "microphone A; speaker B" in board.shown()
    assert "1 overruns, 2 underruns; microphone -50 dBFS; speaker 60 ms" in board.shown()


def test_a_missing_device_is_named_until_it_is_back() -> None:
    board = Board()
    board(e.AudioLost("microphone", "microphone 'XVF' not found"), State(lost="microphone"))
    (finding,) = board.status.findings
    assert finding.code == "microphone-missing"
    assert "XVF" in finding.what
    assert board.status.sentence(0) == ("fault; microphone-missing: microphone 'XVF' not found")
    assert "sound   none: the microphone is missing" in board.shown()
    assert "FINDING microphone-missing" in board.shown()
    board(e.AudioStarted("x", 0))
    assert not board.status.findings


def test_what_to_do_is_what_the_reason_says() -> None:
    board = Board()
    board(
        e.AudioLost("sound", "ALSA cannot read /etc/asound.conf (line 9: Unexpected char); correct that file")
    )
    (finding,) = board.status.findings
    assert (finding.code, finding.todo) == ("sound-missing", "correct that file")
    board(e.AudioLost("speaker", "speaker 'x' not found; found 'y'"))
    (finding,) = board.status.findings
    assert finding.what.endswith("found 'y'")
    assert "check audio.speaker" in finding.todo


def test_another_cause_of_the_same_finding_is_told_and_the_same_one_is_not() -> None:
    told: list[str] = []
    board = StatusBoard(lambda: 0.0, lambda finding, found: told.append(f"{finding.what} {found}"))
    for reason in ("crashed", "crashed", "ALSA cannot read x; correct that file", "crashed"):
        board.watch(e.AudioLost("sound", reason), State(lost="sound"))
    board.watch(e.AudioStarted("x", 0), State())
    assert told == ["crashed True", "ALSA cannot read x True", "crashed True", "crashed False"]


def test_sound_that_ends_again_and_again_is_not_put_right_until_it_lasts() -> None:
    board = Board()
    for _ in range(4):
        board(e.AudioStarted("x", 0))
        assert not board.status.findings
        board.now += 1
        board(e.AudioLost("sound", "the audio process crashed (SIGSEGV)"))
    for _ in range(20):
        board(e.AudioStarted("x", 0))
        assert board.status.findings
        board.now += 9
        board(e.AudioLost("sound", "the audio process crashed (SIGSEGV)"))
    board(e.AudioStarted("x", 0))
    board.now += 11
    assert "sound-missing" not in board.status.sentence(0)
    assert not board.status.findings


def test_a_link_that_rests_is_no_fault() -> None:
    board = Board()
    board(e.AudioStarted("x", 0))
    board(e.Connected(1, "s", 3600))
    board.now += 60
    assert "up for 1 min; its session ends in 59 min" in board.shown()
    board(e.LinkSwitched(2, "t", 3600))
    assert "its session ends in 1 h 0 min; 0 reconnects" in board.shown()
    board(e.Disconnected(2, "the conversation is idle"), State(standby=True))
    assert board.status.sentence(0) == "idle; link resting; 0 underruns"
    assert "closed while idle" in board.shown()
    assert not board.status.findings


def test_the_link() -> None:
    board = Board()
    board(e.LinkFailed("dns", "the name is not found", told=False))
    assert board.status.findings[0].code == "link-dns"
    board(e.Connected(1))
    board(e.Disconnected(1, "dropped"))
    assert board.status.sentence(0) == "idle; link down; 0 underruns"
    board(e.Connected(2))
    assert "1 reconnects" in board.shown()
    assert not board.status.findings


def test_echo_that_is_too_strong() -> None:
    board = Board()
    board(e.EchoJudged(False, 4.0))
    assert board.status.findings[0].code == "echo-too-strong"
    assert "half-duplex" in board.shown()
    board(e.EchoJudged(True, 38.0))
    assert not board.status.findings
    assert "38.0 dB" in board.shown()


def test_a_day_that_has_cost_enough() -> None:
    board = Board()
    board(e.BudgetSpent(True))
    assert board.status.findings[0].code == "daily-cost-reached"
    assert "limits.daily_cost" in board.status.sentence(0)
    board(e.BudgetSpent(False))
    assert not board.status.findings


def test_the_model_behind_a_deployment() -> None:
    board = Board()
    config = Config(service=ServiceSettings(deployment="kitchen"))
    board.status.begin(config)
    assert whole(board.status)["link"]["model"] == ""
    assert "kitchen (azure, the ga API)\n" in board.shown()
    board(e.Connected(1, "s", 60.0, "gpt-realtime"))
    link = whole(board.status)["link"]
    assert (link["deployment"], link["model"], link["model_ends"]) == (
        "kitchen",
        "gpt-realtime",
        "2027-02-28",
    )
    board(e.LinkSwitched(2, "t", 60.0, "gpt-4o-realtime"))
    assert "kitchen (azure, the ga API), model gpt-4o-realtime-preview\n" in board.shown()
    assert whole(board.status)["link"]["model_ends"] is None
    board.status.begin(config)
    assert whole(board.status)["link"]["model"] == ""


def test_bills_without_details_are_told() -> None:
    board = Board()
    assert "billed without details" not in board.shown()
    costs = Ledger(Prices()).report("monday") | {"assumed_responses": 2}
    shown = "\n".join(lines({**whole(board.status), "costs": costs}))
    assert "2 responses were billed without details: their tokens count as audio" in shown


def test_a_finding_is_told_again_while_it_lasts() -> None:
    told: list[tuple[str, bool]] = []
    board = StatusBoard(lambda: 0.0, lambda finding, found: told.append((finding.code, found)))
    board.remind("it")
    board.find("it", Finding("a", "x", "y"))
    board.remind("it")
    assert told == [("a", True), ("a", True)]


def test_notes_turns_volume() -> None:
    board = Board()
    board(e.AudioNoted("it runs at 48000 Hz"))
    board(e.AudioNoted("it runs at 48000 Hz"))
    board(e.ButtonPressed(), State(Turn.LISTENING))
    board(e.InterruptRequested(), State(Turn.IDLE, volume=40, muted=True))
    assert board.shown().count("48000") == 1
    assert "7 turns" in board.shown()
    assert "40 %; muted" in board.shown()
    board.status.find("panel", Finding("panel", "no permission", "join the group gpio"))
    assert "join the group gpio" in board.shown()


def test_a_shape_that_is_not_kept_is_seen() -> None:
    report = whole(StatusBoard(lambda: 0.0))
    wrong = {**report, "turns": 7.5, "link": {**report["link"], "state": "gone", "up_s": "long"}}
    wrong["sound"] = {**report["sound"], "notes": [1], "more": True}
    wrong["processes"] = {"agent": {"memory_bytes": True, "cpu_s": 1}}
    assert list(misfits(wrong, DeviceStatus, "status")) == [
        "status.link.state: 'gone'",
        "status.link.up_s: 'long'",
        "status.sound: ['more']",
        "status.turns: 7.5",
        "status.processes[agent].memory_bytes: True",
    ]
    assert list(misfits([1, "2"], list[int])) == ["[1]: '2'"]
    assert list(misfits(None, list[int], "it")) == ["it: None"]


def test_what_is_spent_has_the_fields_of_what_is_used() -> None:
    assert list(Spending.__annotations__) == ["cost", *(item.name for item in fields(Use))]


def test_durations() -> None:
    assert [lasting(s) for s in (5, 300, 7260, 200_000)] == ["5 s", "5 min", "2 h 1 min", "2 d 7 h"]


def test_the_last_turn_and_those_of_the_day() -> None:
    board = Board()
    assert "  today  " not in board.shown()
    board.day.add(
        TurnSummary(1, "answered", "button", press_to_sent_ms=18, release_to_sound_ms=640), "monday"
    )
    board.day.add(TurnSummary(2, "empty", "button"), "monday")
    assert "  turn    empty\n" in board.shown() + "\n"
    assert (
        "  today   1 answered, 1 empty; median / p95: on the wire after 18 / 18 ms, first sound after 640 / 640 ms"
        in board.shown()
    )


def test_who_is_told_of_findings() -> None:
    told: list[tuple[str, bool]] = []
    board = StatusBoard(lambda: 0.0, lambda finding, found: told.append((finding.code, found)))
    one, other = Finding("a", "x", "y"), Finding("b", "x", "y")
    for finding in (one, Finding("a", "again", "y"), other, None, None):
        board.find("it", finding)
    assert told == [("a", True), ("a", False), ("b", True), ("b", False)]
    assert board.findings == ()


def test_the_account_is_told_alike_in_a_session_and_at_the_door() -> None:
    board = Board()
    board(e.ResponseDone("r", "failed", "insufficient_quota", "You exceeded your quota"))
    (in_session,) = board.status.findings
    assert in_session.code == "link-insufficient_quota"
    board(e.ResponseDone("r", "failed", "server_error", "no"))
    board(e.Connected(1))
    assert board.status.findings == (in_session,)
    failure = fatal("insufficient_quota", "You exceeded your quota")
    assert failure
    board(e.LinkFailed(failure.code, failure.message, told=True))
    assert board.status.findings == (in_session,)
    board(e.Connected(2))
    assert not board.status.findings
    board(e.ServiceErred("billing_not_active", "no"))
    assert [found.code for found in board.status.findings] == ["link-billing_not_active"]
    board(e.ResponseDone("r", "completed"))
    assert not board.status.findings


def test_transcription_that_fails_is_told_until_it_works() -> None:
    board = Board()
    for _ in range(2):
        board(e.TranscriptionFailed("i", "no such deployment"))
    (finding,) = board.status.findings
    assert finding.code == "transcription-failed"
    board(e.UserTranscribed("i", "hello"))
    assert not board.status.findings


def test_a_setting_that_was_left_out_stays_told() -> None:
    board = Board()
    board(e.SettingRefused("transcription", "the service refused 'transcription'"))
    board(e.Connected(1))
    assert [found.code for found in board.status.findings] == ["link-setting-refused"]
    other = Finding("metrics", "x", "y")
    board.status.find("metrics", other)
    board.status.begin(Config())
    assert board.status.findings == (other,)


def test_a_link_that_flaps() -> None:
    board = Board()
    for number in range(1, 5):
        assert not board.status.findings
        board(e.Connected(number))
        board.now += 30
        board(e.Disconnected(number, "lost"), State())
        board.now += 10
    assert [found.code for found in board.status.findings] == ["link-flapping"]
    board(e.Connected(5))
    board.now += 61
    assert board.status.sentence(0) == "idle; link up for 1 min; 0 underruns"
    assert not board.status.findings


def test_sessions_that_are_left_or_last_do_not_flap() -> None:
    board = Board()
    for number in range(1, 9):
        board(e.Connected(number))
        board.now += 30 if number % 2 else 90
        board(e.Disconnected(number, "x"), State(standby=bool(number % 2)))
    for number in range(9, 15):
        board(e.Connected(number))
        board.now += 30
        board(e.Disconnected(number, "lost"), State())
        board.now += 300
    assert not board.status.findings
