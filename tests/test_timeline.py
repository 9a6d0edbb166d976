from __future__ import annotations

from edge_agent.telemetry import facts as f
from edge_agent.telemetry.records import Record
from edge_agent.telemetry.timeline import MOST_PLACES, Timeline
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import TurnEnded
from edge_agent.vocabulary.state import Mode, State, Turn


class Clock:
    def __init__(self) -> None:
        self.now = 10.0

    def __call__(self) -> float:
        return self.now


def bench() -> tuple[Timeline, Clock, list[Record]]:
    clock, records = Clock(), list[Record]()
    return Timeline(clock, records.append), clock, records


def facts(records: list[Record]) -> list[f.Fact]:
    return [record.fact for record in records]


def test_places_on_the_cards_clock() -> None:
    timeline, clock, records = bench()
    timeline.event(e.ButtonPressed(), State(), State())
    assert records[-1].audio_ms is None  # nobody knows yet
    timeline.event(e.AudioStarted("card", 40), State(), State())
    clock.now += 1.5
    timeline.event(e.ButtonReleased(), State(), State())
    assert records[-1] == Record(11.5, e.ButtonReleased(), reckoned_ms=1540)
    timeline.event(e.SpeechStarted(1234), State(), State())
    assert records[-1].audio_ms == 1234


def test_the_first_and_the_last_audio_of_a_turn() -> None:
    timeline, clock, records = bench()
    timeline.turn = 3
    timeline.event(e.Tick(), State(), State(Turn.LISTENING))
    records.clear()
    for _ in range(3):
        clock.now += 0.1
        timeline.sent(c.AppendAudio(bytes(4800)))
    clock.now += 0.5
    timeline.sent(c.CommitInput())
    timeline.event(e.InputCommitted("u1"), State(Turn.THINKING), State(Turn.THINKING))
    assert [(record.fact, round(record.t, 3)) for record in records] == [
        (f.AudioFirstSent(4800), 10.1),
        (f.AudioLastSent(), 10.3),
        (f.CommitSent(), 10.8),
        (e.InputCommitted("u1"), 10.8),
    ]
    assert all(record.turn_id == 3 for record in records)
    timeline.sent(c.AppendAudio(bytes(4800)))
    timeline.sent(c.ClearInput())
    timeline.sent(c.AppendAudio(bytes(4800)))
    assert facts(records[4:]) == [f.AudioFirstSent(4800), f.ClearSent(), f.AudioFirstSent(4800)]


def test_what_was_told_of_an_interruption() -> None:
    timeline, _, records = bench()
    timeline.sent(c.TruncateItem("i1", 420))
    timeline.sent(c.DeleteItem("i2"))
    timeline.sent(c.CancelResponse("r1"))
    timeline.sent(c.CreateUserText("words are never in it"))
    assert facts(records) == [f.Interrupted("i1", 420), f.Interrupted("i2", 0), f.CancelSent("r1")]


def test_responses_that_never_end_need_no_room() -> None:
    timeline, _, _ = bench()
    for number in range(10 * MOST_PLACES):
        timeline.event(e.AudioDelta(f"r{number}", "i", b"\0\0"), State(), State())
    assert len(timeline._received) == MOST_PLACES


def test_what_people_and_money_decide() -> None:
    timeline, _, records = bench()
    timeline.event(e.ForgetRequested(), State(), State())
    timeline.event(e.BudgetSpent(True), State(), State())
    assert facts(records) == [e.ForgetRequested(), e.BudgetSpent(True)]


def test_states_and_turns() -> None:
    timeline, _, records = bench()
    speaking, idle = State(Turn.SPEAKING, online=True), State(online=True)
    timeline.turn = 1
    timeline.event(
        e.PlaybackDrained((e.Heard("i", 80),), 80), speaking, idle, [TurnEnded(1, "answered"), c.Shutdown()]
    )
    assert facts(records) == [
        f.AnswerHeard(80, 80),
        f.StateChanged(Turn.IDLE, Mode.IDLE, muted=False, online=True),
        f.TurnDone(1, "playback_drained", "answered"),
    ]


def test_a_turn_that_the_next_one_interrupts() -> None:
    timeline, _, records = bench()
    speaking, listening = State(Turn.SPEAKING), State(Turn.LISTENING)
    timeline.turn = 1
    timeline.event(e.Tick(), State(), listening)
    timeline.sent(c.CreateResponse("ask_1"))
    timeline.event(e.ResponseStarted("r1", "ask_1"), speaking, speaking)
    timeline.event(e.AudioDelta("r1", "i1", b""), speaking, speaking)
    records.clear()
    timeline.turn = 2
    timeline.event(e.ButtonPressed(), speaking, listening, [TurnEnded(1, "interrupted")])
    assert [(type(r.fact), r.turn_id) for r in records] == [
        (e.ButtonPressed, 2),
        (f.TurnDone, 1),
        (f.StateChanged, 2),
    ]
    timeline.sent(c.TruncateItem("i1", 420))
    assert (type(records[-1].fact), records[-1].turn_id) == (f.Interrupted, 1)
    timeline.event(e.ResponseDone("r1", "cancelled", item_ids=("i1", "i2")), listening, listening)
    timeline.sent(c.DeleteItem("i2"))
    assert (type(records[-1].fact), records[-1].turn_id) == (f.Interrupted, 1)


def test_a_turn_that_is_over_at_once() -> None:
    timeline, _, records = bench()
    timeline.turn = 1
    ended = TurnEnded(1, "unanswered", "dns")
    timeline.event(e.TextEntered("nobody hears it"), State(), State(), [ended, c.PlayCue(c.Cue.NO_NETWORK)])
    timeline.event(e.Tick(), State(), State())
    assert facts(records) == [
        f.TextTaken(),
        f.CuePlayed(c.Cue.NO_NETWORK),
        f.TurnDone(1, "text_entered", "unanswered", "dns"),
    ]


def test_old_answers_are_forgotten() -> None:
    timeline, _, _ = bench()
    for number in range(200):
        timeline.event(e.AudioDelta("r", f"i{number}", b""), State(), State())
    assert len(timeline._turn_of) == 64


def test_only_the_first_delta_of_a_response() -> None:
    timeline, _, records = bench()
    for response in ("r1", "r1", "r2"):
        timeline.event(e.AudioDelta(response, "i", b""), State(), State())
    assert facts(records) == [f.FirstDelta("r1", "i"), f.FirstDelta("r2", "i")]


def test_what_a_record_is_about_decides_its_turn() -> None:
    timeline, _, records = bench()
    timeline.turn = 1
    timeline.event(e.AudioDelta("r1", "i1", b""), State(), State())
    timeline.turn = 2
    records.clear()
    timeline.event(e.PlaybackStopped((e.Heard("i1", 5),), 120), State(), State())
    timeline.event(e.PlaybackStopped((), 120), State(), State())
    assert [record.turn_id for record in records] == [1, 2]


def test_an_id_that_comes_again_is_of_the_turn_that_it_comes_in() -> None:
    timeline, _, records = bench()
    for timeline.turn in (1, 2):
        timeline.event(e.ResponseStarted(f"r{timeline.turn}"), State(), State())
        timeline.event(e.AudioDelta(f"r{timeline.turn}", "i", b"\0\0"), State(), State())
        timeline.event(e.PlaybackStarted("i", 0), State(), State())
        assert records[-1].turn_id == timeline.turn


def test_all_the_rest_has_a_name() -> None:
    timeline, _, records = bench()
    events: list[e.Event] = [
        e.AudioLost("sound", "gone"),
        e.AudioNoted("short of breath"),
        e.EchoJudged(True, 30.0),
        e.UplinkOpened(1, "speech", 20),
        e.UplinkClosed(1, 20, 40),
        e.SpeechEnded(60),
        e.PlaybackStarted("i", 80),
        e.PlaybackStarved("i", 100),
        e.PlaybackStopped((e.Heard("i", 5),), 120),
        e.Connected(1, "s"),
        e.Disconnected(1, "gone"),
        e.LinkFailed("dns", "no network", told=False),
        e.LinkPrepared(urgent=False),
        e.ForgetRequested(),
        e.MuteSwitched(True),
        e.InterruptRequested(),
        e.TextEntered("secret words"),
        e.StopRequested(),
        e.LinkSwitched(2, "t", 3600.0),
        e.ServiceSpeechStarted("u", 0),
        e.ServiceSpeechStopped("u", 9),
        e.ResponseStarted("r"),
        e.ResponseDone("r", "failed", "server_error"),
        e.ResponseDone("r", "completed"),
        e.ServiceErred("server_error", "secret words"),
        e.UserTranscribed("u", "secret words"),
        e.Tick(),
    ]
    for event in events:
        timeline.event(event, State(), State())
    timeline.event(e.Tick(), State(), State(volume=80), [c.PlayCue(c.Cue.DONE), c.CloseUplink()])
    kinds = [type(record.fact) for record in records]
    assert kinds[-3:] == [f.CuePlayed, f.VolumeChanged, f.StateChanged]
    assert len(kinds) == len(set(kinds)) + 1 == len(events) + 1  # ResponseDone twice; no words, no ticks
    assert "secret" not in str(records)


def test_the_volume() -> None:
    timeline, _, records = bench()
    timeline.event(e.VolumeSet(40), State(), State(volume=40))
    assert records[0].fact == f.VolumeChanged(40)
