"""A record, fed to the turn machine again, leads to the same. So a fault from the field becomes a test: the file of
`edge-agent report` into tests/recordings.

What the machine decides otherwise on purpose changes these recordings: `python -m tests.test_replay` makes them again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edge_agent.conversation.machine import Conversation
from edge_agent.conversation.settings import TurnSettings
from edge_agent.replay.recorder import Recorder, unpack
from edge_agent.replay.replayer import NotReplayable, ReplayedEvent, format_of, replay, segments, shown, turns
from edge_agent.replay.snapshot import freeze
from edge_agent.simulator.answers import Script, Speech
from edge_agent.vocabulary import commands as c

from .conversation.test_properties import drops, histories, replies, says, settings_
from .model import Drop, Model, Reply, Say
from .sound import tone
from .world import LINES, World

RECORDINGS = Path(__file__).parent / "recordings"


def report_of(recorder: Recorder) -> Any:
    """As it is read from a file."""
    return json.loads(json.dumps({"record": unpack(recorder.packed())}))


def replayed(report: Any) -> list[ReplayedEvent]:
    return [step for segment in segments(report) for step in replay(segment, format_of(report))]


def differences(report: Any) -> list[str]:
    return [difference for step in replayed(report) for difference in step.differences]


# ---- recordings -------------------------------------------------------------
@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.json")), ids=lambda path: path.stem)
def test_the_machine_still_decides_as_it_was_recorded(path: Path) -> None:
    report = json.loads(path.read_text("utf-8"))
    assert replayed(report)
    assert differences(report) == []


def test_a_record_of_format_1_stays_readable() -> None:
    """Made by edge-agent 0.1, and kept for good: nothing in these files is ever made again."""
    kept = sorted((RECORDINGS / "format-1").glob("*.json"))
    assert len(kept) == 3
    for path in kept:
        report = json.loads(path.read_text("utf-8"))
        assert format_of(report) == 1
        steps = replayed(report)
        assert len(steps) > 100
        assert [step for step in steps if step.failure] == []
        assert differences(report) == []


def dropped_answer(world: World) -> None:
    """The link is cut in the middle of an answer, and comes back; the next turn goes well."""
    hold(world)
    world.until(lambda: world.session is None)
    world.wait(700)
    world.connect()
    world.until(lambda: world.turn == "idle")
    hold(world)
    world.until(lambda: world.turn == "idle")


def interrupted_by_voice(world: World) -> None:
    """Hands-free, the service ends utterances: a voice breaks in."""
    world.say(LINES[0])
    world.until(lambda: world.turn == "speaking")
    world.wait(1500)  # by then it knows that it does not hear itself
    world.say(LINES[1])
    assert len(world.sent_of(c.TruncateItem)) == 1
    world.until(lambda: world.turn == "idle")


def ill_session(world: World) -> None:
    """The service fails twice: the question is asked in another session."""
    hold(world)
    world.until(lambda: world.turn == "idle")
    assert len(world.sessions) == 2


def hold(world: World) -> None:
    world.press()
    world.say(LINES[0])
    world.release()
    world.wait(60)


SCENARIOS: dict[str, tuple[Callable[[World], None], dict[str, Any]]] = {
    "dropped-answer": (dropped_answer, {"faults": ["drop@halfway"]}),
    "interrupted-by-voice": (interrupted_by_voice, {"mode": "hands-free", "end": "server"}),
    "ill-session": (
        ill_session,
        {"faults": ["fail:server_error@response#1", "fail:server_error@response#2"]},
    ),
}


def recorded(name: str) -> Any:
    scenario, circumstances = SCENARIOS[name]
    recorder = Recorder()
    speech = Speech("one two three four five six", tone(24_000, 4000, 300))
    scenario(World(answers=Script([speech] * 4), recorder=recorder, **circumstances))
    return report_of(recorder)


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_scenario_has_its_recording(name: str) -> None:
    made = recorded(name)
    assert differences(made) == []
    kept = json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))
    assert names(made) == names(kept), "the scenario goes another way now: python -m tests.test_replay"


def names(report: Any) -> list[str]:
    return [next(iter(step.event)) for step in replayed(report)]


# ---- whatever happens -------------------------------------------------------
@settings(max_examples=40)
@given(settings_, histories)
def test_any_history_is_the_same_again(turns: TurnSettings, history: Any) -> None:
    recorder, conversation, now = Recorder(), Conversation(turns), 0.0
    recorder.begin(conversation)
    for event, pause in history:
        now += pause
        recorder.record(event, now, conversation.handle(event, now))
    report = report_of(recorder)
    assert len(replayed(report)) == len(history)
    assert differences(report) == []


@settings(max_examples=20, deadline=None)
@given(settings_, says, drops, replies, st.sampled_from([0, 100]))
def test_so_is_any_conversation_with_a_person(
    turns: TurnSettings, script: list[Say], drops: list[Drop], replies: list[Reply], net_ms: int
) -> None:
    recorder = Recorder()
    model = Model(turns, replies, net_ms=net_ms, recorder=recorder)
    for drop in drops:
        model.at(drop.at_ms, model.disconnect)
        model.at(drop.at_ms + drop.for_ms, model.connect)
    for say in script:
        model.say(say, button=not turns.hears_voices)
    model.rest()
    assert differences(report_of(recorder)) == []


# ---- what differs -----------------------------------------------------------
@pytest.fixture(scope="module")
def report() -> Any:
    return recorded("dropped-answer")


def entry_of(report: Any, event: str) -> Any:
    entries = report["record"]["segments"][0]["entries"]
    return next(entry for entry in entries if event in entry["event"])


def test_a_difference_says_which_event_and_what(report: Any) -> None:
    report = deepcopy(report)
    entry = entry_of(report, "UplinkClosed")
    number = report["record"]["segments"][0]["entries"].index(entry) + 1
    entry["commands"] = [{"CommitInput": {}}, {"Play": {"item_id": "i1", "pcm": {"sound": 480}}}]
    entry["state"]["State"]["turn"] = {"Turn": "IDLE"}
    commands, state = differences(report)[:2]
    assert commands.startswith(f"event {number} (UplinkClosed at ")
    assert (
        "commands were [CommitInput(), Play(item_id=i1, pcm=<480 bytes>)], are now [CommitInput(), CreateResponse("
        in commands
    )
    assert "state was State(turn=IDLE, " in state
    assert "is now State(turn=THINKING, " in state


def test_what_the_machine_does_not_survive_is_a_difference_and_the_last(report: Any) -> None:
    report = deepcopy(report)
    report["record"]["segments"][0]["checkpoint"]["Checkpoint"]["keeper"]["TurnKeeper"]["exchange"] = None
    steps = list(replay(segments(report)[0]))
    assert len(steps) == 1
    assert "now it fails: AttributeError" in "".join(steps[-1].differences)


def test_words_are_shown_by_their_length() -> None:
    assert shown({"TextEntered": {"text": {"words": 5}}}) == "TextEntered(text=<up to 5 characters>)"
    assert shown({"PlaybackStopped": {"heard": {"tuple": [{"Heard": {"heard_ms": 1}}]}}}) == (
        "PlaybackStopped(heard=[Heard(heard_ms=1)])"
    )
    assert shown({"a": 1, "b": 2}) == "{'a': 1, 'b': 2}"


def record_of(**segment: Any) -> Any:
    return {"record": {"format": 2, "segments": [segment]}}


BARE = record_of(checkpoint={"Checkpoint": {"keeper": 5, "parts": {"dict": []}}}, entries=[])
OLD = {"record": {"format": 1, "segments": [{"checkpoint": {"Conversation": {}}}]}}
WITHOUT_ENTRIES = record_of(checkpoint=freeze(Conversation().checkpoint()))


@pytest.mark.parametrize(
    ("report", "words"),
    [
        *(([], "holds no record"), ({}, "holds no record"), ({"record": {}}, "holds no record")),
        ({"record": {"format": 9, "version": "7.1"}}, "format 9, by edge-agent 7.1; .* formats 1, 2"),
        ({"record": {"format": True}}, "format True"),
        ({"record": {"format": 2}}, "segments is not a list"),
        ({"record": {"format": 2, "segments": [3]}}, "segments is not a list"),
        ({"record": {"format": 2, "segments": [], "failure": "np.int8"}}, "could be recorded: np.int8"),
        ({"record": {"format": 2, "segments": [{}]}}, "begins with no conversation"),
        (BARE, "no attribute 'state'"),
        (OLD, "'settings'"),
        (WITHOUT_ENTRIES, "the entries of a segment are not a list"),
        ({"record": {"format": 2, "segments": [{"checkpoint": {"x": 1}}]}}, "'x' is unknown"),
    ],
)
def test_what_is_no_record(report: Any, words: str) -> None:
    with pytest.raises(NotReplayable, match=words):
        replayed(report)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        *((5, "entry 1 has no event"), ({"now": "x", "event": {}}, "entry 1 has no event")),
        ({"now": 1.0, "event": {"Fly": {}}}, "of another vocabulary: 'Fly'"),
        ({"now": 1.0, "event": {"Tick": {}}, "commands": 5}, "commands of entry 1 are not a list"),
    ],
)
def test_what_is_no_entry(report: Any, entry: Any, words: str) -> None:
    report = deepcopy(report)
    report["record"]["segments"][0]["entries"][0] = entry
    with pytest.raises(NotReplayable, match=words):
        replayed(report)


def places(node: Any) -> list[tuple[Any, Any]]:
    """(container, key) of all that a report holds."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return [place for key in keys for place in [(node, key), *places(node[key])]]


def is_told(report: Any) -> bool:
    """Whether a replay says that something is wrong with it."""
    try:
        return bool(differences(report))
    except NotReplayable:
        return True


randoms = st.randoms(use_true_random=False)
junks: st.SearchStrategy[Any] = st.sampled_from([None, -1, "x", [], {}, {"same": 0}, {"Turn": "IDLE"}])


@settings(max_examples=25)
@given(randoms, junks)
def test_no_damage_ends_a_replay_with_a_traceback(random: Random, junk: Any) -> None:
    report = json.loads((RECORDINGS / "ill-session.json").read_text("utf-8"))
    every = places(report)
    # half of them in the first checkpoint
    container, key = random.choice(random.choice([every, every[:400]]))
    container[key] = junk
    is_told(report)  # or it makes no difference to what was decided


def frame(report: Any) -> Iterator[tuple[Any, Any]]:
    """The places that no replay can do without, and all that was decided."""
    yield report, "record"
    yield report["record"], "format"
    for segment in report["record"]["segments"]:
        yield segment, "checkpoint"
        for number, entry in enumerate(segment["entries"]):
            yield segment["entries"], number
            yield entry, "event"
            for decided in ("commands", "state"):
                if decided in entry:
                    yield entry, decided
                    yield from places(entry[decided])


@given(randoms, junks)
def test_damage_to_the_frame_and_to_what_was_decided_is_told(random: Random, junk: Any) -> None:
    report = json.loads((RECORDINGS / "ill-session.json").read_text("utf-8"))
    container, key = random.choice(list(frame(report)))
    # an event that the machine does not know is passed over, and a command without fields holds nothing to damage
    assume(container[key] not in (junk, {}) and (key, junk) != ("event", {"Turn": "IDLE"}))
    container[key] = junk
    assert is_told(report)


def test_the_turns_of_a_segment() -> None:
    assert turns({"turns": [1, "x", 2]}) == [1, 2]
    assert turns({"turns": 5}) == []


def test_nothing_in_a_checkpoint_makes_it_run_anything(report: Any) -> None:
    report = deepcopy(report)
    report["record"]["segments"][0]["entries"][0]["event"] = {"State": {"handle": "no"}}
    assert differences(report)  # it is passed over, as any event that the machine does not know


if __name__ == "__main__":
    for scenario in SCENARIOS:
        lines = json.dumps(recorded(scenario), separators=(",", ":")).replace('},{"now"', '},\n{"now"')
        (RECORDINGS / f"{scenario}.json").write_text(lines + "\n", "utf-8")


@pytest.mark.parametrize(
    ("was", "differs"),
    [
        ({"Tell": {"channel": "thinking", "text": {"words": 128}}}, False),
        ({"Tell": {"channel": "commentary", "text": {"words": 64}}}, True),
        ({"Tell": 1}, True),
    ],
)
def test_a_text_that_is_put_together_may_be_of_another_length(was: Any, differs: bool) -> None:
    now = {"Tell": {"channel": "thinking", "text": {"words": 64}}}
    event = ReplayedEvent(1, 0.0, {"Tick": {}}, [was], [now], {}, {})
    assert bool(list(event.differences)) is differs
