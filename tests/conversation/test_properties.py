"""What holds whatever happens, in whatever order."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edge_agent.conversation.machine import Conversation
from edge_agent.conversation.settings import TurnSettings
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Mode, State, Turn

from ..model import Drop, Model, Reply, Say
from ..settings import turn_settings

PCM = bytes(48 * 150)
uplinks = st.integers(1, 3)
responses = st.sampled_from(["r1", "r2"])
items = st.sampled_from(["i1", "i2", "i3"])
requests = st.sampled_from([None, "ask_1", "ask_2", "ask_3"])
heard = st.lists(st.builds(e.Heard, items, st.integers(0, 1000)), max_size=3).map(tuple)
codes = st.sampled_from(
    [
        "server_error",
        "invalid_value",
        "conversation_already_has_active_response",
        "response_cancel_not_active",
    ]
)
anything: st.SearchStrategy[e.Event] = st.one_of(
    st.builds(e.ButtonPressed),
    st.builds(e.ButtonReleased),
    st.builds(e.MuteSwitched, st.sampled_from([None, True, False])),
    st.builds(e.InterruptRequested),
    st.builds(e.TextEntered, st.just("hello")),
    st.builds(e.AudioStarted, st.just("card"), st.just(0)),
    st.builds(e.AudioLost, st.just("speaker"), st.just("gone")),
    st.builds(e.UplinkOpened, uplinks, st.sampled_from(["button", "speech", "word"]), st.just(0)),
    st.builds(e.MicAudioRecorded, uplinks, st.just(PCM)),
    st.builds(e.UplinkClosed, uplinks, st.sampled_from([0, 200]), st.sampled_from([100, 900])),
    st.builds(e.SpeechStarted, st.just(0)),
    st.builds(e.SpeechEnded, st.just(0)),
    st.builds(e.PlaybackStarted, items, st.just(0)),
    st.builds(e.PlaybackStarved, items, st.just(0)),
    st.builds(e.PlaybackDrained, heard, st.just(0)),
    st.builds(e.PlaybackStopped, heard, st.just(0)),
    st.builds(e.Connected, st.just(1)),
    st.builds(e.Disconnected, st.just(1), st.just("gone")),
    st.builds(e.LinkPrepared, st.booleans()),
    st.builds(e.LinkFailed, st.just("x"), st.just("x"), st.booleans()),
    st.builds(e.ServiceSpeechStarted, items, st.just(0)),
    st.builds(e.ServiceSpeechStopped, items, st.just(0)),
    st.builds(e.InputCommitted, items),
    st.builds(e.UserTranscribed, items, st.just("words")),
    st.builds(e.TranscriptionFailed, items, st.just("no")),
    st.builds(e.ResponseStarted, responses, requests),
    st.builds(e.AudioDelta, responses, items, st.just(PCM)),
    st.builds(e.TranscriptDelta, responses, items, st.just("words ")),
    st.builds(
        e.ResponseDone,
        responses,
        st.sampled_from(["completed", "cancelled", "incomplete", "failed"]),
        codes,
        item_ids=st.lists(items, max_size=2).map(tuple),
        calls=st.sampled_from([(), (e.FunctionCall("c1", "f", "{}"),)]),
    ),
    st.builds(e.ServiceErred, codes, st.just("no"), requests),
    st.builds(e.WakeWordHeard, st.sampled_from(["jarvis", "nabu", "alexa"]), st.just(0.9), st.just(0)),
    st.builds(e.StopWordHeard, st.just("stop"), st.just(0.9), st.just(0)),
    st.builds(e.OwnWordHeard, st.just("jarvis"), st.just(0.9), st.just(0)),
    st.builds(
        e.AnnouncementMade,
        st.integers(1, 4),
        st.just(bytes(480)),
        st.sampled_from(["interrupt", "wait", "drop"]),
        volume=st.sampled_from([None, 80]),
        priority=st.sampled_from(["normal", "high"]),
    ),
    st.builds(e.AnnouncementPlayed, st.integers(1, 4), st.just(0)),
    st.builds(e.GroupReached, st.sampled_from(["kitchen", "kitchen", ""])),
    st.builds(
        e.CallClaimed, st.builds(e.Claim, st.just("ready"), st.sampled_from([1.0, 30.0]), st.just("hall"))
    ),
    st.builds(e.DeviceEngaged, st.just("hall"), st.booleans()),
    st.builds(e.VoiceMeasured, st.just(20.0), st.just(0)),
    st.builds(e.Tick),
)
rings = st.builds(e.TimeReached, st.just(1), st.just("timer"), st.just("Tea.")) | st.builds(e.RingingStopped)
openings = st.builds(
    e.OpeningRequested,
    st.just(1),
    st.sampled_from(["", "Yes?"]),
    is_said=st.booleans(),
    wants_words=st.booleans(),
    answer_s=st.sampled_from([0.0, 2.0]),
)
settings_ = st.builds(
    turn_settings,
    mode=st.sampled_from(["button", "hands-free", "wake-word"]),
    follow_up_s=st.sampled_from([0.0, 4.0]),
    idle_close_s=st.sampled_from([0.0, 1.0]),
    button=st.sampled_from(["hold", "tap"]),
    end=st.sampled_from(["local", "server", "semantic"]),
    is_greeted=st.booleans(),
)
pauses = st.sampled_from([0.0, 0.02, 1.0, 30.0])
histories = st.lists(st.tuples(anything, pauses), max_size=60)
histories_with_openings = st.lists(st.tuples(anything | openings, pauses), max_size=60)


def live(settings: TurnSettings, history: list[tuple[e.Event, float]]) -> Any:
    """(conversation, state before, event, commands) after each event of a history."""
    conversation, now = Conversation(settings), 0.0
    for event, pause in history:
        now += pause
        before = conversation.state
        yield conversation, before, event, conversation.handle(event, now)


@given(settings_, histories_with_openings)
def test_muted_means_that_no_sound_leaves(settings: TurnSettings, history: Any) -> None:
    for conversation, before, _, commands in live(settings, history):
        appended = [command for command in commands if isinstance(command, c.AppendAudio)]
        opened = [command for command in commands if isinstance(command, c.OpenUplink)]
        state = conversation.state
        assert not (before.muted and appended and state.muted)
        claimed = [command for command in commands if isinstance(command, c.ClaimCall)]
        assert not (state.muted and (opened or claimed))
        assert not (state.muted and state.turn is Turn.LISTENING)


@given(settings_, histories)
def test_every_turn_but_idle_has_a_deadline(settings: TurnSettings, history: Any) -> None:
    for conversation, _, _, _ in live(settings, history):
        if conversation.state.turn is not Turn.IDLE:
            assert conversation.deadline is not None


@given(settings_, histories_with_openings)
def test_left_alone_it_always_comes_to_rest(settings: TurnSettings, history: Any) -> None:
    conversation, now = Conversation(settings), 0.0
    for event, pause in history:
        now += pause
        conversation.handle(event, now)
    tells_group_most = 60  # every two seconds while it is in a turn
    for _ in range(12 + tells_group_most):
        if conversation.deadline is None:
            break
        now = max(now, conversation.deadline)
        conversation.handle(e.Tick(), now)
    assert conversation.state.turn is Turn.IDLE


@given(settings_, histories)
def test_offline_nothing_is_sent(settings: TurnSettings, history: Any) -> None:
    for conversation, before, event, commands in live(settings, history):
        offline = not before.online and not conversation.state.online
        if offline and not isinstance(
            event, e.Connected
        ):  # that one may be closed at once: nobody was there for long
            assert not [command for command in commands if isinstance(command, c.ServiceCommand)]


@given(settings_, histories)
def test_no_item_is_truncated_beyond_what_came_or_twice(settings: TurnSettings, history: Any) -> None:
    received: dict[str, int] = {}
    settled: set[str] = set()
    for _, _, event, commands in live(settings, history):
        if isinstance(event, e.Disconnected):
            received.clear()
            settled.clear()
        for command in commands:
            if isinstance(command, c.SwitchLink):
                settled.clear()
            if isinstance(command, c.Play):
                received[command.item_id] = received.get(command.item_id, 0) + len(command.pcm) // 48
            if isinstance(command, c.TruncateItem):
                assert command.item_id not in settled
                assert command.audio_end_ms > 0
                settled.add(command.item_id)


@given(settings_, histories)
def test_one_request_at_a_time(settings: TurnSettings, history: Any) -> None:
    outstanding: set[str] = set()
    for conversation, before, event, commands in live(settings, history):
        if isinstance(event, e.Connected | e.Disconnected) or (
            isinstance(event, e.Tick) and before != conversation.state
        ):
            outstanding.clear()
        if isinstance(event, e.ResponseStarted | e.ResponseDone | e.ServiceErred):
            outstanding.clear()
        for command in commands:
            if isinstance(command, c.SwitchLink):
                outstanding.clear()
            if isinstance(command, c.CreateResponse):
                assert not outstanding
                outstanding.add(command.request_id)


@given(settings_, st.lists(st.tuples(anything | rings, pauses), max_size=60))
def test_one_announcement_sounds_at_a_time_and_each_is_settled_once(
    settings: TurnSettings, history: Any
) -> None:
    conversation, now = Conversation(settings), 0.0
    made: list[int] = []
    settled: list[int] = []
    sounding = 0

    def take(event: e.Event) -> None:
        nonlocal sounding
        for output in conversation.handle(event, now):
            if isinstance(output, c.Announce):
                assert not sounding
                sounding = output.number
            elif isinstance(output, c.StopAnnouncing):
                sounding = 0
            elif isinstance(output, c.SettleAnnouncement):
                settled.append(output.number)
                sounding = 0 if output.number == sounding else sounding
        assert bool(sounding) is conversation.state.announcing

    for number, (event, pause) in enumerate(history, 1):
        now += pause
        if isinstance(event, e.AnnouncementMade):
            event = replace(event, number=number)
            made.append(number)
        elif isinstance(event, e.AnnouncementPlayed):
            event = replace(event, number=sounding)
        take(event)
    while len(settled) < len(made):
        assert conversation.deadline is not None
        now = max(now, conversation.deadline)
        take(e.Tick())
    assert sorted(settled) == made


@given(settings_, histories_with_openings)
def test_what_the_device_is_told_to_begin_is_settled_once(settings: TurnSettings, history: Any) -> None:
    conversation, now = Conversation(settings), 0.0
    asked: list[int] = []
    settled: list[int] = []
    for number, (event, pause) in enumerate(history, 1):
        now += pause
        if isinstance(event, e.OpeningRequested):
            event = replace(event, number=number)
            asked.append(number)
        outputs = conversation.handle(event, now)
        settled += [output.number for output in outputs if isinstance(output, c.SettleOpening)]
    while len(settled) < len(asked):
        assert conversation.deadline is not None
        now = max(now, conversation.deadline)
        outputs = conversation.handle(e.Tick(), now)
        settled += [output.number for output in outputs if isinstance(output, c.SettleOpening)]
    assert sorted(settled) == asked


@given(
    st.builds(
        State,
        st.sampled_from(Turn),
        muted=st.booleans(),
        online=st.booleans(),
        standby=st.booleans(),
        volume=st.integers(0, 100),
        lost=st.sampled_from(["", "microphone"]),
        announcing=st.booleans(),
    )
)
def test_the_light_never_shows_what_is_not_so(state: State) -> None:
    mode, can_answer = state.mode, state.online or state.standby
    assert (mode is Mode.FAULT) == bool(state.lost)
    if state.lost:
        return
    assert (mode is Mode.LISTENING) == (state.turn is Turn.LISTENING)
    announcing = state.announcing and state.turn is not Turn.LISTENING
    assert (mode is Mode.SPEAKING) == (state.turn is Turn.SPEAKING or announcing)
    if announcing:
        return
    if state.turn in (Turn.IDLE, Turn.THINKING):
        assert (mode is Mode.OFFLINE) == (not can_answer)
    assert (mode is Mode.THINKING) == (state.turn is Turn.THINKING and can_answer)
    assert (mode is Mode.MUTED) == (state.turn is Turn.IDLE and can_answer and state.muted)


# ---- with a person, a sound card and a service around it ---------------------
says = st.lists(
    st.builds(Say, st.sampled_from([0, 400, 3000]), st.sampled_from([400, 1000])), min_size=1, max_size=4
)
drops = st.lists(
    st.builds(Drop, st.integers(0, 60).map(lambda tenths: 100 * tenths), st.sampled_from([200, 1500, 4000])),
    max_size=2,
)
moves = st.lists(st.tuples(st.integers(0, 80).map(lambda tenths: 100 * tenths), st.booleans()), max_size=2)
fine: st.SearchStrategy[list[Reply]] = st.lists(
    st.sampled_from(["short", "long", "two items", "call", "empty delta"]), max_size=3
)
trouble: st.SearchStrategy[Reply] = st.sampled_from(["fails", "refused", "refused without id"])
replies = st.one_of(fine, st.tuples(trouble, fine).map(lambda both: [both[0], *both[1]]))


@settings(max_examples=200, deadline=None)
@given(
    settings_,
    says,
    drops,
    moves,
    replies,
    st.booleans(),
    st.booleans(),
    st.sampled_from([0, 100, 800]),
    st.sampled_from([0, 30, 60]),
    drops,
    st.lists(st.integers(0, 80).map(lambda tenths: 100 * tenths), max_size=2),
)
def test_what_is_said_is_answered_or_was_interrupted(
    turns: TurnSettings,
    script: list[Say],
    drops: list[Drop],
    moves: list[tuple[int, bool]],
    replies: list[Reply],
    by_button: bool,
    called: bool,
    net_ms: int,
    sound_ms: int,
    pulls: list[Drop],
    announcements: list[int],
) -> None:
    """Whatever is late, refused or cut off; the model itself looks for wrong truncations, and for sound and uplinks
    that were forgotten."""
    assume(net_ms < 800 or not turns.service_ends)  # a round trip is shorter than an answer is to hear
    model = Model(turns, replies, net_ms=net_ms, sound_ms=sound_ms)
    for drop in drops:
        model.at(drop.at_ms, model.disconnect)
        model.at(drop.at_ms + drop.for_ms, model.connect)
    for pull in pulls:
        model.at(pull.at_ms, partial(model.lose_sound, pull.for_ms))
    for at_ms, urgent in moves:
        model.at(at_ms, partial(model.prepare, urgent=urgent))
    for number, at_ms in enumerate(announcements, 1):
        model.at(at_ms, partial(model.announce, number))
    called = called and turns.taking.mode != "hands-free"
    button = not called and (by_button or turns.taking.mode != "hands-free")
    for say in script:
        model.say(say, button=button, called=called)
    model.run(max([model.now_ms, *announcements, *(drop.at_ms + drop.for_ms for drop in (*drops, *pulls))]))
    model.rest()
    if turns.holds and not (pulls or called):
        assert model.recorded >= set(range(1, model.said + 1))
    assert model.recorded - model.answered - model.excused - {0} == set()
    assert pulls or c.Cue.GAVE_UP not in model.cues
    assert {settled.number for settled in model.settled} == set(range(1, len(announcements) + 1))
    assert {settled.outcome for settled in model.settled} <= {"heard", "interrupted", "no-sound"}
    model.replies.clear()
    model.say(Say(1000, 1000), button=button, called=called)
    model.rest()
    assert model.said in model.answered
