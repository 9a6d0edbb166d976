"""What is sent to GPT-Live and read from it: by the types of the events, and whatever a field may hold."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from edge_agent.config import Config
from edge_agent.config.known_prices import guessed, prices_of
from edge_agent.config.model import AssistantSettings, Limits, ServiceSettings
from edge_agent.config.price_settings import Prices
from edge_agent.config.providers import PROVIDERS
from edge_agent.config.rules import check
from edge_agent.conversation.duplex.dialogue import DuplexCheckpoint
from edge_agent.conversation.duplex.duplex_machine import DuplexConversation
from edge_agent.conversation.duplex.kept_sound import MOST_MS, KeptSound
from edge_agent.conversation.machine import Conversation
from edge_agent.conversation.machines import machine_of, restored
from edge_agent.conversation.settings import CLOSE_S, DUPLEX_CLOSE_S, TurnSettings
from edge_agent.realtime.connection import session_url
from edge_agent.realtime.input_stream import InputStream
from edge_agent.realtime.wire import PastWords
from edge_agent.realtime.wire.allowance import MOST_ITEMS
from edge_agent.realtime.wire.decode import BadFrame, SessionCreated, WireEvent
from edge_agent.realtime.wire.dialects import DIALECTS
from edge_agent.realtime.wire.live.live_decode import LiveDecoder
from edge_agent.realtime.wire.live.live_encode import MOST_MESSAGES, LiveEncoder
from edge_agent.simulator.live.live_checks import check_start
from edge_agent.simulator.live.live_door import OPENAI_LIVE
from edge_agent.simulator.published import published
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import is_silent
from edge_agent.vocabulary.state import State

from .sound import tone

LOUD, ZEROS = tone(24_000, 100), bytes(4800)
LIVE = Config(service=ServiceSettings(provider="openai-live"))
TURNS = LIVE.turns
WORKING = replace(LIVE, assistant=AssistantSettings(backend="gpt-5.5"))


def sent(command: Any) -> dict[str, Any]:
    """As the service takes it."""
    event: dict[str, Any] = json.loads(LiveEncoder().encode(command, TURNS))
    assert published("live").complaint(event) is None
    return event


class Read:
    """A session that has been started."""

    def __init__(self) -> None:
        self.decoder = LiveDecoder()
        self("session.started", session={"id": "live_1", "expires_at": 7200, "model": "gpt-live-1"})

    def __call__(self, kind: str, **fields: Any) -> WireEvent | None:
        return self.decoder.decode(json.dumps({"type": kind, **fields}))

    def sound(self, pcm: bytes, **place: int) -> WireEvent | None:
        return self("session.output_audio.delta", delta=b64encode(pcm).decode(), **place)

    def words(self, side: str, text: str, start_ms: int, end_ms: int) -> e.WordsTranscribed:
        kind = f"session.{side}_transcript.delta"
        told = self(kind, delta=text, start_ms=start_ms, end_ms=end_ms)
        assert isinstance(told, e.WordsTranscribed)
        return told


# ---- sent -----------------------------------------------------------------------------
@pytest.mark.parametrize("assistant", [AssistantSettings(), AssistantSettings(voice="voice_mine")])
def test_the_start_is_what_the_service_accepts(assistant: AssistantSettings) -> None:
    history: list[PastWords] = [("user", "Hello."), ("assistant", "Hi."), ("system", "It rang.")]
    frame = LiveEncoder().encode_session(replace(LIVE, assistant=assistant), (), history)
    event = json.loads(frame)
    assert published("live").complaint(event) is None
    assert list(check_start(event["session"], OPENAI_LIVE)) == []
    assert [message["role"] for message in event["session"]["input"]] == ["user", "assistant", "developer"]
    assert "delegation" not in event["session"]


def test_only_the_end_of_a_long_history_is_told() -> None:
    encode = LiveEncoder().encode_session
    many: list[PastWords] = [("user", f"line {number}") for number in range(300)]
    told = json.loads(encode(LIVE, (), many))["session"]["input"]
    assert (len(told), told[-1]["content"][0]["text"]) == (MOST_MESSAGES, "line 299")
    japanese: list[PastWords] = [("user", "\u3042" * 1000)] * 10
    assert len(json.loads(encode(LIVE, (), japanese))["session"]["input"]) == 6
    assert "input" not in json.loads(encode(LIVE))["session"]


def test_every_command_is_what_the_service_accepts() -> None:
    assert sent(c.AppendAudio(LOUD))["audio"] == b64encode(LOUD).decode()
    assert sent(c.AppendSilence(100))["audio"] == b64encode(ZEROS).decode()
    assert sent(c.MuteInput(True))["type"] == "session.input_audio.mute"
    assert sent(c.MuteInput(False))["type"] == "session.input_audio.unmute"
    assert sent(c.Tell("thinking", "x", "del_1"))["delegation_id"] == "del_1"


def test_what_it_does_not_have_is_a_mistake_and_so_is_the_reverse() -> None:
    with pytest.raises(ValueError, match="nothing like it"):
        LiveEncoder().encode(c.CommitInput(), TURNS)
    for command in (c.AppendSilence(100), c.MuteInput(True), c.Tell("thinking", "x")):
        with pytest.raises(ValueError, match="only GPT-Live"):
            DIALECTS["ga"].encoder.encode(command, TURNS)


def test_the_address_has_no_query() -> None:
    assert session_url(LIVE) == "wss://api.openai.com/v1/live/sessions"
    azure = ServiceSettings(provider="azure-live", endpoint="https://kitchen.openai.azure.com")
    address = "wss://kitchen.openai.azure.com/openai/v1/live/sessions"
    assert session_url(replace(LIVE, service=azure)) == address


# ---- the stream -----------------------------------------------------------------------
def pieces(stream: InputStream, until_s: float, step_s: float = 0.02) -> list[tuple[float, bool]]:
    """When each piece leaves, and whether it is sound."""
    found = []
    for number in range(round(until_s / step_s) + 1):
        now = round(number * step_s, 3)
        found += [(now, isinstance(piece, c.AppendAudio)) for piece in stream.due(now)]
    return found


def test_silence_leaves_at_the_pace_of_time() -> None:
    assert [at for at, _ in pieces(InputStream(0.0), 1.0)] == [round(0.1 * n, 1) for n in range(1, 11)]


def test_sound_goes_ahead_by_a_little_and_silence_makes_up_for_it() -> None:
    stream = InputStream(0.0)
    assert stream.next_at == 0.1
    stream.add(LOUD * 10)
    assert stream.waiting_ms == 1000
    assert stream.next_at < 0
    left = pieces(stream, 2.0)
    assert [at for at, is_sound in left if is_sound] == [0.0] * 4 + [round(0.1 * n, 1) for n in range(1, 7)]
    assert [at for at, is_sound in left if not is_sound] == [round(0.1 * n, 1) for n in range(11, 21)]


def test_what_is_less_than_a_piece_is_sent_with_silence_behind_it() -> None:
    stream = InputStream(0.0)
    stream.add(LOUD + LOUD[:960])
    sound = [piece for number in range(4) for piece in stream.due(number / 10)]
    assert [type(piece) for piece in sound] == [c.AppendAudio, c.AppendAudio, c.AppendSilence]
    assert isinstance(sound[1], c.AppendAudio)
    assert sound[1].pcm == LOUD[:960] + bytes(4800 - 960)


def test_what_waits_can_be_dropped() -> None:
    stream = InputStream(0.0)
    stream.add(LOUD * 10)
    stream.drop()
    assert pieces(stream, 0.3) == [(0.1, False), (0.2, False), (0.3, False)]


# ---- read -----------------------------------------------------------------------------
def test_a_session_is_told_with_its_end() -> None:
    started = LiveDecoder().decode(
        '{"type": "session.started", "session": {"id": "live_1", "expires_at": 7200, "model": "m"}}'
    )
    assert started == SessionCreated("live_1", 7200, "m")
    assert LiveDecoder().decode('{"type": "session.started", "session": {}}') == SessionCreated("", None, "")


def test_each_stretch_of_speech_is_an_answer() -> None:
    read = Read()
    assert read.sound(ZEROS) is None
    assert read.sound((30).to_bytes(2, "little") * 2400) is None  # a tick
    first = read.sound(LOUD)
    assert first == e.AudioDelta("live_1/answer-1", "live_1/answer-1", LOUD, False)
    for _ in range(7):
        pause = read.sound(ZEROS)
        assert isinstance(pause, e.AudioDelta)
        assert pause.is_silent
    assert isinstance(read.sound(LOUD), e.AudioDelta)
    ends = [read.sound(ZEROS) for _ in range(9)]
    assert ends[-2:] == [e.AudioFinished("live_1/answer-1", "live_1/answer-1"), None]
    second = read.sound(LOUD)
    assert isinstance(second, e.AudioDelta)
    assert second.item_id == "live_1/answer-2"


def test_a_session_may_hold_any_number_of_answers() -> None:
    read = Read()
    for _ in range(2 * MOST_ITEMS):
        assert isinstance(read.sound(LOUD), e.AudioDelta)
        while not isinstance(read.sound(ZEROS), e.AudioFinished):
            pass


def test_silence_that_is_left_out_counts_by_the_times() -> None:
    read = Read()
    read.sound(LOUD, start_ms=1000, end_ms=1100)
    near = read.sound(LOUD, start_ms=1500, end_ms=1600)
    assert isinstance(near, e.AudioDelta)
    assert isinstance(read.sound(LOUD, start_ms=5000, end_ms=5100), e.AudioFinished)
    both = read.sound(LOUD, start_ms=5100, end_ms=5200)
    assert isinstance(both, e.AudioDelta)
    assert (both.item_id, both.pcm) == ("live_1/answer-2", LOUD + LOUD)


def test_what_goes_on_after_it_was_stopped_is_another_answer() -> None:
    read = Read()
    read.decoder.divide()  # nothing is said
    first, _ = read.sound(LOUD), read.sound(LOUD)
    read.decoder.divide()
    assert read.sound(LOUD) == e.AudioFinished("live_1/answer-1", "live_1/answer-1")
    both = read.sound(LOUD)
    assert isinstance(first, e.AudioDelta)
    assert isinstance(both, e.AudioDelta)
    assert (first.item_id, both.item_id) == ("live_1/answer-1", "live_1/answer-2")
    assert both.pcm == LOUD + LOUD
    told = [read.words("output", " x", start_ms, start_ms + 150) for start_ms in (0, 150, 200, 350)]
    assert [words.item_id[-1] for words in told] == ["1", "1", "2", "2"]
    assert [words.start_ms for words in told] == [0, 150, 0, 150]


def test_what_is_carried_is_counted_where_it_belongs() -> None:
    read = Read()
    read.sound(LOUD, start_ms=0, end_ms=100)
    read.sound(LOUD, start_ms=5000, end_ms=5100)  # silence was left out, and ended the first
    read.sound(LOUD, start_ms=5100, end_ms=5200)
    words = read.words("output", " x", 5100, 5300)
    assert (words.item_id, words.start_ms, words.end_ms) == ("live_1/answer-2", 100, 300)
    read.sound(LOUD, start_ms=5200, end_ms=5300)
    for _ in range(9):
        read.sound(ZEROS)
    assert read.words("output", " y", 9000, 9200).item_id == "live_1/answer-3"


@pytest.mark.parametrize("quiet_before", [1, 3])
def test_after_a_word_over_it_a_short_pause_ends_an_answer(quiet_before: int) -> None:
    read = Read()
    read.words("input", " question", 0, 0)  # before the answer
    for sound in (LOUD, LOUD, ZEROS, ZEROS, ZEROS, LOUD, *[ZEROS] * quiet_before):
        assert isinstance(read.sound(sound), e.AudioDelta)
    read.words("input", " stop", 100, 200)
    later = [read.sound(ZEROS) for _ in range(3)]
    assert e.AudioFinished("live_1/answer-1", "live_1/answer-1") in later
    following = read.sound(LOUD)
    assert isinstance(following, e.AudioDelta)
    assert following.item_id == "live_1/answer-2"


def test_words_go_to_the_sound_that_they_are_of() -> None:
    read = Read()
    early = read.words("output", " One", 0, 200)  # ahead of the sound
    read.sound(ZEROS)
    read.sound(LOUD)
    second = read.words("output", " two", 300, 500)
    assert (early.item_id, second.item_id) == ("live_1/answer-1", "live_1/answer-1")
    assert (second.start_ms, second.end_ms) == (200, 400)
    for _ in range(9):
        read.sound(ZEROS)
    late = read.words("output", " three", 400, 600)
    following = read.words("output", " four", 1800, 2000)
    assert (late.item_id, following.item_id) == ("live_1/answer-1", "live_1/answer-2")


def test_what_the_user_says_is_parted_by_pauses() -> None:
    read = Read()
    told = [
        read.words("input", " One", 600, 800),
        read.words("input", " two", 1600, 1800),
        read.words("input", " three", 3200, 3400),
        read.words("input", " back", 400, 600),
    ]
    assert [words.item_id[-1] for words in told] == ["1", "1", "2", "3"]
    assert [words.start_ms for words in told] == [0, 1000, 0, 0]
    assert all(words.role == "user" for words in told)


def test_work_seconds_and_the_end() -> None:
    read = Read()
    assert read("session.delegation.created", delegation={"id": "del_1"}) == e.WorkAsked("del_1")
    assert read("session.usage.updated", usage={"seconds": 15.0}) == e.SecondsBilled("live_1", 15.0, 0.0)
    assert read("session.closed", reason="content", usage={"seconds": 20}) == e.SessionEnded("content", 20)
    error = read(
        "error", error={"type": "invalid_request_error", "code": "unknown_parameter", "message": "x"}
    )
    assert isinstance(error, e.ServiceErred)
    assert read("session.paused") is None
    assert read.decoder.ignored == {"session.paused": 1}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("session.output_audio.delta", {"delta": "!"}),
        ("session.output_audio.delta", {"delta": "AAAA"}),
        ("session.output_audio.delta", {}),
        ("session.output_transcript.delta", {"delta": 1}),
        ("session.delegation.created", {"delegation": {}}),
        ("session.started", {}),
    ],
)
def test_a_frame_that_breaks_the_protocol_is_a_bad_one(kind: str, fields: dict[str, Any]) -> None:
    with pytest.raises(BadFrame):
        Read()(kind, **fields)


@pytest.mark.parametrize("start_ms", [-5, 1e300, 2**50, None, "x"])
def test_times_may_be_anything(start_ms: Any) -> None:
    read = Read()
    read("session.output_audio.delta", delta=b64encode(LOUD).decode(), start_ms=start_ms)
    read("session.output_transcript.delta", delta="x", start_ms=start_ms, end_ms=start_ms)
    read("session.input_transcript.delta", delta="x", start_ms=start_ms, end_ms=start_ms)


# ---- settings, prices, and which machine decides --------------------------------------
def test_which_machine_decides() -> None:
    machine = machine_of(TurnSettings.of(LIVE), State())
    assert isinstance(machine, DuplexConversation)
    assert isinstance(restored(machine.checkpoint()), DuplexConversation)
    other = machine_of(TurnSettings.of(Config()), State())
    assert isinstance(other, Conversation)
    assert isinstance(restored(other.checkpoint()), Conversation)
    assert isinstance(machine.checkpoint(), DuplexCheckpoint)


def test_a_link_that_costs_by_the_minute_is_closed_sooner() -> None:
    assert TurnSettings.of(Config()).idle_close_s == CLOSE_S
    assert TurnSettings.of(LIVE).idle_close_s == DUPLEX_CLOSE_S
    assert TurnSettings.of(replace(LIVE, limits=Limits(idle_close_s=0))).idle_close_s == 0


def test_what_a_minute_costs() -> None:
    assert prices_of(LIVE).live_min == 0.05
    assert prices_of(replace(LIVE, prices=Prices(live_min=0.07))).live_min == 0.07
    assert list(guessed(LIVE)) == []
    duplex = [name for name, provider in PROVIDERS.items() if provider.is_duplex]
    assert duplex == [name for name, provider in PROVIDERS.items() if provider.dialect == "live"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (replace(LIVE, turns=replace(TURNS, end="server")), "not supported by openai-live; use 'local'"),
        (replace(LIVE, prices=Prices(currency="JPY")), "set live_min in JPY"),
        (
            replace(WORKING, prices=Prices(currency="JPY", live_min=7.5, text_out=1.0)),
            "set text_in, text_cached in JPY",
        ),
    ],
)
def test_what_cannot_be_set(changed: Config, words: str) -> None:
    assert any(words in complaint for _, complaint in check(changed))


def test_prices_of_tokens_are_not_needed() -> None:
    assert list(check(replace(LIVE, prices=Prices(currency="JPY", live_min=7.5)))) == []


def test_of_what_was_said_a_minute_is_kept() -> None:
    kept = KeptSound()
    for number in range(MOST_MS // 100 + 5):
        kept.add(c.AppendAudio(LOUD if number < 5 else ZEROS))
    assert (kept.ms, kept.forgot) == (MOST_MS, True)
    assert all(is_silent(piece.pcm) for piece in kept.pieces)
    kept.clear()
    assert (kept.ms, kept.forgot) == (0, False)


def test_tools_are_called_by_another_model_which_must_be_named() -> None:
    timer = {"type": "function", "name": "set_timer", "parameters": {"type": "object"}}
    server = {"type": "mcp", "server_label": "library", "server_url": "https://example.com"}

    def delegation(config: Config) -> Any:
        event = json.loads(LiveEncoder().encode_session(config, (timer, server)))
        assert published("live").complaint(event) is None
        return event["session"].get("delegation")

    made = delegation(WORKING)
    assert (made["type"], made["acknowledgement_delay_ms"]) == ("responses", 1500)
    assert (made["responses"]["model"], made["responses"]["tools"]) == ("gpt-5.5", [timer])
    azure = delegation(replace(WORKING, service=ServiceSettings(provider="azure-live")))
    assert "acknowledgement_delay_ms" not in azure
    assert delegation(LIVE) is None
    assert "delegation" not in json.loads(LiveEncoder().encode_session(WORKING))["session"]


def test_outputs_and_that_it_goes_on() -> None:
    assert sent(c.CreateFunctionOutput("call_1", "four"))["item"] == {
        "type": "function_call_output",
        "call_id": "call_1",
        "output": "four",
    }
    assert sent(c.ContinueWork()) == {"type": "response.create"}


# ---- the model that works -------------------------------------------------------------
class ReadWork(Read):
    def inner(self, kind: str, delegation_id: Any = "del_1", **fields: Any) -> WireEvent | None:
        event = {"type": f"response.{kind}", **fields}
        return self("response.event", delegation_id=delegation_id, event=event)

    def call(self, call_id: Any = "call_1", **fields: Any) -> None:
        item = {"type": "function_call", "status": "completed", "name": "set_timer", "arguments": "{}"}
        assert self.inner("output_item.done", item=item | {"call_id": call_id} | fields) is None

    def paused(self, kind: str = "completed", **response: Any) -> e.WorkPaused:
        paused = self.inner(kind, response=response)
        assert isinstance(paused, e.WorkPaused)
        return paused


def test_work_is_asked_of_it_or_of_the_device() -> None:
    read = ReadWork()
    delegation = {"id": "del_1", "target": "responses", "type": "delegation"}
    assert read("session.delegation.created", delegation=delegation) == e.WorkAsked("del_1", True)


def test_its_calls_are_told_with_the_end_of_its_answer() -> None:
    read = ReadWork()
    assert read.inner("created") is None
    assert read.inner("output_text.delta", delta="x") is None
    read.call()
    read.call("call_2")
    usage = {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 3}
    paused = read.paused(id="resp_1", usage=usage)
    assert (paused.delegation_id, paused.response_id, paused.status) == ("del_1", "resp_1", "completed")
    assert [(call.call_id, call.name, call.kind) for call in paused.calls] == [
        ("call_1", "set_timer", "function"),
        ("call_2", "set_timer", "function"),
    ]
    assert paused.usage == e.Usage(input_text=9, cached_text=4, output_text=3, total=12)
    assert read.paused().calls == ()


@pytest.mark.parametrize("changed", [{"status": "incomplete"}, {"call_id": ""}, {"type": "web_search_call"}])
def test_what_cannot_be_answered_is_not_called(changed: dict[str, Any]) -> None:
    read = ReadWork()
    read.call(**changed)
    assert read.paused().calls == ()


def test_an_answer_that_begins_again_has_no_calls_yet() -> None:
    read = ReadWork()
    read.call()
    read.inner("created")
    assert read.paused().calls == ()


def test_how_it_fails() -> None:
    read = ReadWork()
    read.call()
    failed = read.paused("failed", error={"code": "server_error"})
    assert (failed.status, failed.reason, failed.calls) == ("failed", "server_error", ())
    cut = read.paused("incomplete", incomplete_details={"reason": "max_output_tokens"})
    assert (cut.status, cut.reason) == ("incomplete", "max_output_tokens")
    nothing = read.inner("failed", delegation_id=None, response="x")
    assert isinstance(nothing, e.WorkPaused)
    assert (nothing.delegation_id, nothing.reason) == ("", "")
    assert nothing.response_id != cut.response_id


def test_calls_and_delegations_without_end_fill_no_memory() -> None:
    read = ReadWork()
    for number in range(40):
        read.call(f"call_{number}")
        item = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
        read.inner("output_item.done", delegation_id=f"del_{number}", item=item)
    assert len(read.paused().calls) == 32
    others = [read.inner("completed", delegation_id=f"del_{number}") for number in range(40) if number != 1]
    assert sum(isinstance(other, e.WorkPaused) and bool(other.calls) for other in others) == 15


@pytest.mark.parametrize("event", [None, {"type": "response.output_item.done"}])
def test_an_event_of_it_that_breaks_the_protocol_is_a_bad_one(event: Any) -> None:
    with pytest.raises(BadFrame):
        Read()("response.event", event=event)
