"""The simulated GPT-Live is as strict as the real one is known to be, and its clock is the sound that it is sent."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from edge_agent.audio.sounds import spoken_answers, spoken_lines
from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.simulator.faults import parse_now
from edge_agent.simulator.live.live_checks import LARGEST_APPEND
from edge_agent.simulator.live.live_door import AZURE_LIVE, OPENAI_LIVE
from edge_agent.simulator.outbox import Close, Drop
from edge_agent.simulator.profiles import profile_of
from edge_agent.simulator.refusal import HttpRefusal, LateHttpRefusal
from edge_agent.simulator.speech import Bundled, Parrot
from edge_agent.vocabulary.live_text import tokens
from edge_agent.vocabulary.sound import is_silent

from .live_bench import SPOKEN, STEP, VOICE, LiveBench, code, of, spoken, words
from .sound import rms, tone


def message(role: str = "user", kind: str = "input_text", text: str = "hi") -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def responses(**settings: Any) -> dict[str, Any]:
    """A delegation to a model at the service."""
    return {"type": "responses", "responses": {"model": "gpt-5.5"} | settings}


# ---- the doors ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("target", "headers", "admitted"),
    [
        ("/v1/live/sessions", {"Authorization": "Bearer key"}, OPENAI_LIVE),
        ("/openai/v1/live/sessions", {"api-key": "key"}, AZURE_LIVE),
        ("/openai/v1/live", {"api-key": "key"}, AZURE_LIVE),
    ],
)
def test_who_has_the_key_is_admitted(target: str, headers: dict[str, str], admitted: object) -> None:
    assert profile_of(target, headers, "key") is admitted
    assert profile_of(target, headers, None) is admitted


@pytest.mark.parametrize("key", ["other", None])
def test_nobody_else_is(key: str | None) -> None:
    late = profile_of("/v1/live/sessions", {"Authorization": "Basic key"}, key)
    assert isinstance(late, LateHttpRefusal)
    assert (late.code, late.close) == ("invalid_api_key", 3000)
    refusal = profile_of("/openai/v1/live/sessions", {}, key)
    assert isinstance(refusal, HttpRefusal)
    assert refusal.status == 401


def test_a_key_that_comes_as_a_token_is_redirected_with_the_key_in_the_address() -> None:
    refusal = profile_of("/openai/v1/live/sessions", {"Authorization": "Bearer key"}, "key")
    assert isinstance(refusal, HttpRefusal)
    assert (refusal.status, refusal.location) == (307, "/openai/v1/live/sessions?api-key=key")
    token = profile_of("/openai/v1/live/sessions", {"Authorization": "Bearer token"}, None)
    assert token is AZURE_LIVE


@pytest.mark.parametrize("query", ["model=gpt-live-1", "api-version=v1", "empty="])
def test_a_query_is_refused(query: str) -> None:
    refusal = profile_of(f"/v1/live/sessions?{query}", {"Authorization": "Bearer key"}, None)
    assert isinstance(refusal, HttpRefusal)
    assert refusal.status == 400


# ---- the start ------------------------------------------------------------------------
def test_it_says_nothing_by_itself_and_then_the_whole_session() -> None:
    bench = LiveBench(starts=False)
    assert bench.wait(5000) == []
    assert bench("session.start", session={"model": "gpt-live-1", "instructions": "Be brief."}) == []
    assert bench.wait(400) == []
    (started,) = bench.wait(100)
    session = started["session"]
    assert (started["type"], started["client_event_id"]) == ("session.started", "mine")
    assert session["id"].startswith("live_")
    assert session["audio"] == {
        "format": {"type": "audio/pcm", "rate": 24000},
        "output": {"voice": "marin"},
    }
    assert (session["expires_at"], session["status"], session["delegation"]) == (7200, "active", None)


@pytest.mark.parametrize(
    ("session", "complaint"),
    [
        ({}, ("missing_required_parameter", "session.model")),
        ({"model": "gpt-realtime-2.1"}, ("model_not_found", "session.model")),
        ({"turn_detection": None}, ("unknown_parameter", "session.turn_detection")),
        ({"temperature": 0.8}, ("unknown_parameter", "session.temperature")),
        ({"tools": []}, ("unknown_parameter", "session.tools")),
        ({"wake_policy": "speech"}, ("unknown_parameter", "session.wake_policy")),
        ({"idle_timeout_s": 60}, ("unknown_parameter", "session.idle_timeout_s")),
        ({"client": {}}, ("invalid_value", "session.client")),
        ({"audio": None}, ("invalid_type", "session.audio")),
        ({"input": None}, ("invalid_type", "session.input")),
        ({"store": "no"}, ("invalid_type", "session.store")),
        ({"audio": {"output": {"voice": "nobody"}}}, ("invalid_value", "session.audio.output.voice")),
        ({"audio": {"output": {"speed": 1}}}, ("unknown_parameter", "session.audio.output.speed")),
        (
            {"audio": {"format": {"type": "audio/pcm"}}},
            ("missing_required_parameter", "session.audio.format.rate"),
        ),
        (
            {"audio": {"format": {"type": "audio/pcm", "rate": 8000}}},
            ("invalid_value", "session.audio.format.rate"),
        ),
        (
            {"audio": {"format": {"type": "audio/pcmu", "rate": 24000}}},
            ("invalid_value", "session.audio.format.rate"),
        ),
        ({"instructions": "x" * (4 * 16_384 + 1)}, ("invalid_value", "session.instructions")),
        ({"input": [message()] * 129}, ("invalid_value", "session.input")),
        ({"input": [message(text="x" * (4 * 8192 + 4))]}, ("invalid_value", "session.input")),
        ({"input": [message("system")]}, ("invalid_value", "session.input[0].role")),
        ({"input": [message("assistant")]}, ("invalid_value", "session.input[0].content[0].type")),
        (
            {"input": [message() | {"content": message()["content"] * 2}]},
            ("invalid_value", "session.input[0].content"),
        ),
        (
            {"delegation": {"type": "responses", "responses": {"instructions": "x"}}},
            ("missing_required_parameter", "session.delegation.responses.model"),
        ),
        (
            {"delegation": responses(max_output_tokens=15)},
            ("invalid_value", "session.delegation.responses.max_output_tokens"),
        ),
        (
            {"delegation": responses(tools=[{"type": "function", "name": "get time"}])},
            ("invalid_value", "session.delegation.responses.tools[0].name"),
        ),
        (
            {"delegation": {"type": "decisions", "decisions": {"model": "m", "questions": []}}},
            ("invalid_value", "session.delegation.type"),
        ),
    ],
)
def test_a_start_that_is_refused_is_the_end(
    session: dict[str, Any], complaint: tuple[str, str | None]
) -> None:
    bench = LiveBench(starts=False)
    model = {"model": "gpt-live-1"} if session else {}
    outputs = bench("session.start", session=model | session)
    assert code(outputs) == complaint
    assert outputs[-1] == Close(1000)
    assert of(bench.wait(1000), "session.started") == []


def test_a_start_may_hold_all_of_this() -> None:
    bench = LiveBench(
        start={
            "model": "gpt-live-1.1",
            "instructions": None,
            "safety_identifier": None,
            "delegation": {"type": "client", "acknowledgement_delay_ms": 1500},
            "audio": {"output": {"voice": {"id": "voice_1"}}},
            "input": [message(), message("assistant", "output_text"), message("developer")],
            "store": False,
        }
    )
    assert of(bench.outputs, "session.started")


def test_one_start_first_and_only_then_the_rest() -> None:
    bench = LiveBench(starts=False)
    assert code(bench("session.input_audio.mute")) == ("invalid_value", "type")
    bench("session.start", session={"model": "gpt-live-1"})
    assert code(bench.append(bytes(STEP))) == ("invalid_value", "type")
    bench.wait(500)
    assert code(bench("session.start", session={"model": "gpt-live-1"})) == ("invalid_value", "type")
    assert bench.session.phase == "active"


@pytest.mark.parametrize("frame", [b"\x00", "{", '{"type": 1}', "[]", "1e9"])
def test_what_is_not_an_event_is_refused(frame: str | bytes) -> None:
    bench = LiveBench()
    assert code(bench.raw(frame))[0] in ("invalid_event", "invalid_json")


def test_events_of_another_api_are_refused_with_a_list_of_these() -> None:
    bench = LiveBench()
    for kind in ("input_audio_buffer.append", "conversation.item.create", "response.cancel"):
        (error,) = of(bench(kind), "error")
        assert "'session.commentary.append'" in error["error"]["message"]
        assert error["error"]["client_event_id"] == "mine"


def test_what_needs_another_delegation_is_refused() -> None:
    bench = LiveBench()
    for kind in ("response.create", "decision.create"):
        assert code(bench(kind)) == ("invalid_value", "type")


def test_only_the_settings_of_the_delegation_change() -> None:
    bench = LiveBench()
    (updated,) = bench("session.update", session={"delegation": {"type": "client"}})
    assert updated["session"]["delegation"] == {"type": "client"}
    for key in ("model", "instructions", "audio", "input"):
        assert code(bench("session.update", session={key: "x"})) == ("unknown_parameter", f"session.{key}")
    other = {"delegation": responses()}
    complaint = ("immutable_field_update", "session.delegation.type")
    assert code(bench("session.update", session=other)) == complaint


# ---- sound and the clock --------------------------------------------------------------
def test_output_comes_all_the_time_and_is_silence_but_for_a_tick() -> None:
    bench = LiveBench()
    outputs = bench.feed(3000)
    pieces = of(outputs, "session.output_audio.delta")
    assert 26 <= len(pieces) <= 30
    assert set(pieces[0]) == {"type", "delta"}  # no id, and no place
    said = spoken(outputs)
    assert 0 < rms(said[: 4 * STEP]) < 20
    assert is_silent(said[4 * STEP :])


def test_the_clock_stands_still_without_sound_and_goes_on_with_it() -> None:
    bench = LiveBench()
    bench.feed(1000)
    bench.wait(4000)
    assert 3900 <= bench.session.clock.position_ms <= 4100  # three seconds more
    assert bench.wait(60_000) == []
    bench("session.thinking.append", content="x", delegation_id=None)
    assert of(bench.wait(5000), "session.thinking.appended") == []
    assert of(bench.feed(1500), "session.thinking.appended")


def test_a_session_that_gets_no_sound_expires() -> None:
    bench = LiveBench()
    closed = bench.wait(31_000)[-2]
    assert (closed["type"], closed["reason"]) == ("session.closed", "expired")
    assert closed["usage"] == {"seconds": 0.0}


@pytest.mark.parametrize(
    ("audio", "why"),
    [
        ("", "empty"),
        (b64encode(b"\0\0\0").decode(), "Half a sample"),
        ("no base64!", "not base64"),
        ("A" * (LARGEST_APPEND + 4), "At most"),
    ],
)
def test_what_is_not_sound_is_refused(audio: str, why: str) -> None:
    bench = LiveBench()
    outputs = bench("session.input_audio.append", audio=audio) if audio else bench.append(b"")
    (error,) = of(outputs, "error")
    assert error["error"]["code"] in ("invalid_audio", "missing_required_parameter")
    assert why in error["error"]["message"] or not audio


@pytest.mark.parametrize(
    ("spelled", "bytes_per_ms"),
    [
        ({"type": "audio/pcm", "rate": 16000}, 32),
        ({"type": "audio/pcmu", "rate": 8000}, 8),
        ({"type": "audio/pcma", "rate": 8000}, 8),
    ],
)
def test_one_format_for_both_ways(spelled: dict[str, Any], bytes_per_ms: int) -> None:
    bench = LiveBench(start={"audio": {"format": spelled}})
    silence = b"\xff" if spelled["type"] == "audio/pcmu" else b"\xd5" if "pcma" in spelled["type"] else b"\0"
    for _ in range(20):
        bench.append(silence * bytes_per_ms * 100)
        bench.wait(100)
    taken_ms = bench.session.clock.position_ms
    assert taken_ms in (1700, 1800)
    assert len(spoken(bench.outputs)) == taken_ms * bytes_per_ms


def test_a_burst_is_heard_at_the_pace_of_real_time() -> None:
    bench = LiveBench()
    bench.append(VOICE)
    bench.append(bytes(48 * 1000))
    assert words(bench.wait(1000), "input") == ""
    assert words(bench.feed(2000), "input") != ""
    assert bench.session.appended.most_ahead_ms == 2000


def test_it_counts_what_was_appended() -> None:
    bench = LiveBench()
    bench.hear(VOICE[: 5 * STEP])
    bench.feed(300)
    bench.wait(200)
    bench("session.input_audio.mute")
    bench.hear(VOICE[:STEP])
    counted = bench.session.appended
    assert (counted.sound_ms, counted.silence_ms) == (600, 300)
    assert (counted.longest_gap_ms, counted.sounding_while_muted_ms) == (300, 100)


# ---- talking --------------------------------------------------------------------------
def test_it_answers_when_it_takes_a_silence_for_the_end() -> None:
    bench = LiveBench(answers=Bundled())
    line, answer = spoken_lines()[0], spoken_answers()[0]
    outputs = bench.hear(line.pcm) + bench.feed(len(answer.pcm) // 48 + 2000)
    assert words(outputs, "input").split() == line.text.split()
    assert words(outputs, "output").split() == answer.text.split()
    first = next(event for event in of(outputs, "session.output_transcript.delta"))
    assert first["start_ms"] % 200 == first["end_ms"] % 200 == 0
    ended_ms = len(line.pcm) // 48
    assert ended_ms + 400 <= first["start_ms"] <= ended_ms + 1400
    assert answer.pcm[: 20 * STEP] in spoken(outputs)


def test_words_that_begin_together_come_together() -> None:
    bench = LiveBench(answers=Script([Speech("a b c d", tone(24_000, 400))]))
    outputs = bench.hear(VOICE) + bench.feed(3000)
    assert [event["delta"] for event in of(outputs, "session.output_transcript.delta")] == [
        " a",
        " b",
        " c",
        " d",
    ]
    pieces = of(outputs, "session.input_transcript.delta")
    assert " ".join(words(outputs, "input").split()).startswith("(1.")
    assert all(piece["end_ms"] > piece["start_ms"] for piece in pieces)


def test_it_stops_when_it_hears_a_voice_and_answers_that() -> None:
    bench = LiveBench(answers=Script([Speech("long", tone(24_000, 20_000))], [SPOKEN]))
    bench.ask()
    outputs = bench.hear(VOICE)
    assert not bench.is_spoken_to
    assert words(outputs + bench.feed(3000), "output") == " one two three four"


def test_it_answers_itself_where_it_hears_itself() -> None:
    bench = LiveBench()
    bench.hear(VOICE)
    for _ in range(200):  # what it says comes back through the microphone
        bench.hear(spoken(bench.outputs)[-STEP:])
    assert len(of(bench.outputs, "session.output_transcript.delta")) > 8


def test_muted_it_hears_nothing() -> None:
    bench = LiveBench()
    (muted,) = bench("session.input_audio.mute")
    assert muted["type"] == "session.input_audio.muted"
    outputs = bench.hear(VOICE) + bench.feed(2000)
    assert words(outputs, "input") == words(outputs, "output") == ""
    assert bench("session.input_audio.unmute")[0]["type"] == "session.input_audio.unmuted"
    assert words(bench.hear(VOICE) + bench.feed(2000), "output")


def test_an_answer_in_text_alone_is_a_moment_of_silence() -> None:
    bench = LiveBench(answers=Script([Speech("one two")]))
    assert words(bench.hear(VOICE) + bench.feed(2000), "output") == " one two"


# ---- texts ----------------------------------------------------------------------------
def test_texts_find_their_place_in_order_and_only_a_commentary_is_said() -> None:
    bench = LiveBench()
    bench.feed(500)
    for channel in ("instructions", "thinking", "thinking"):
        bench(f"session.{channel}.append", content="x", delegation_id=None)
    outputs = bench.feed(1500)
    placed = [event["type"] for event in outputs if "appended" in event["type"]]
    assert placed == ["session.instructions.appended", *["session.thinking.appended"] * 2]
    assert words(outputs, "output") == ""
    bench("session.commentary.append", content="Say something.", delegation_id=None)
    assert words(bench.feed(3000), "output") == " one two three four"


def test_a_commentary_answers_what_was_asked_before() -> None:
    bench = LiveBench("soundless:nothing@response", answers=Parrot())
    outputs = bench.hear(VOICE) + bench.feed(3000)
    assert words(outputs, "output") == ""
    bench.session._model._asked = None
    bench.hear(VOICE)
    bench.feed(100)
    bench("session.commentary.append", content="Answer now.", delegation_id=None)
    assert "seconds" in words(bench.feed(3000), "output")


def test_texts_are_limited() -> None:
    bench = LiveBench()
    assert tokens("a" * 2000 + "\u3042" * 2) == 502
    for content, delegation_id, complaint in (
        ("a" * 2001, None, ("invalid_value", "content")),
        ("x", "del_other", ("invalid_value", "delegation_id")),
    ):
        outputs = bench("session.thinking.append", content=content, delegation_id=delegation_id)
        assert code(outputs) == complaint
    assert code(bench("session.thinking.append", content="x"))[0] == "missing_required_parameter"


def test_a_fixture_is_heard_alone() -> None:
    bench = LiveBench()
    sound = b64encode(bytes(48 * 1000)).decode()
    (playing,) = bench("session.output_audio.fixture.play", audio=sound)
    assert playing["type"] == "session.output_audio.fixture.playing"
    complaint = code(bench("session.commentary.append", content="x", delegation_id=None))
    assert complaint == ("invalid_value", "type")
    assert of(bench.hear(VOICE) + bench.feed(600), "session.output_audio.fixture.played")
    assert words(bench.feed(2000), "input") == ""
    assert code(bench("session.output_audio.fixture.play", audio="!"))[0] == "invalid_audio"


# ---- work -----------------------------------------------------------------------------
def test_work_is_asked_for_without_saying_which_and_its_result_is_said() -> None:
    bench = LiveBench(answers=Script([Speech("wait", tone(24_000, 400)), Call("get_time")], [SPOKEN]))
    outputs = bench.hear(VOICE) + bench.feed(3000)
    (created,) = of(outputs, "session.delegation.created")
    delegation = created["delegation"]
    assert (delegation["target"], created["offset_ms"] > 0) == ("client", True)
    bench("session.commentary.append", content="It is four.", delegation_id=delegation["id"])
    assert words(bench.feed(4000), "output") == " one two three four"


class Worked(LiveBench):
    """A session that was asked for something that another model does."""

    def __init__(self, *faults: str, delay_ms: int = 1500, calls: int = 1) -> None:
        called = [Call("get_time")] * calls
        delegation = responses() | {"acknowledgement_delay_ms": delay_ms}
        super().__init__(*faults, answers=Script(called, [SPOKEN]), start={"delegation": delegation})
        self.hear(VOICE)
        self.feed(1700)

    def inner(self) -> list[dict[str, Any]]:
        return [event["event"] for event in of(self.outputs, "response.event")]

    @property
    def call_ids(self) -> list[str]:
        return [event["item"]["call_id"] for event in self.inner() if "item" in event]

    def put(self, call_id: str) -> list[Any]:
        item = {"type": "function_call_output", "call_id": call_id, "output": "four"}
        return self("response.item.create", item=item)


def test_another_model_calls_and_what_comes_of_it_is_said_unasked() -> None:
    bench = Worked(calls=2)
    (created,) = of(bench.outputs, "session.delegation.created")
    assert created["delegation"]["target"] == "responses"
    kinds = [event["type"].removeprefix("response.") for event in bench.inner()]
    assert kinds == ["created", "output_item.done", "output_item.done", "completed"]
    ids = {event["delegation_id"] for event in of(bench.outputs, "response.event")}
    assert ids == {created["delegation"]["id"]}
    for call_id in bench.call_ids:
        assert bench.put(call_id) == []
    assert bench("response.create") == []
    assert words(bench.feed(4000), "output") == " one two three four"
    assert [event["type"] for event in bench.inner()][-2:] == ["response.created", "response.completed"]


def test_it_goes_on_only_with_all_outputs_and_takes_each_once() -> None:
    bench = Worked(calls=2)
    assert code(bench("response.create")) == ("invalid_value", "type")
    bench.put(bench.call_ids[0])
    assert code(bench("response.create")) == ("invalid_value", "type")
    for call_id in (bench.call_ids[0], "call_of_nobody"):
        assert code(bench.put(call_id)) == ("invalid_value", "item.call_id")
    bench.put(bench.call_ids[1])
    assert code(bench("response.item.create", item={"type": "message"})) == ("invalid_value", "item.type")
    assert bench("response.create") == []
    assert code(bench("response.create")) == ("invalid_value", "type")


def test_the_one_that_speaks_is_told_nothing_of_its_work() -> None:
    bench = Worked()
    delegation_id = of(bench.outputs, "session.delegation.created")[0]["delegation"]["id"]
    refused = bench("session.commentary.append", content="x", delegation_id=delegation_id)
    assert code(refused) == ("invalid_value", "delegation_id")


def test_a_voice_over_it_does_not_end_the_work() -> None:
    bench = Worked()
    bench.put(bench.call_ids[0])
    bench("response.create")
    bench.hear(VOICE)
    assert "one two three four" in words(bench.feed(8000), "output")


@pytest.mark.parametrize(("delay_ms", "said"), [(0, True), (1500, False)])
def test_that_it_works_is_said_after_a_delay(delay_ms: int, said: bool) -> None:
    bench = Worked(delay_ms=delay_ms)
    assert ("One" in words(bench.outputs, "output")) is said
    bench.feed(2000)
    assert "One moment." in words(bench.outputs, "output")


def test_but_not_over_an_answer() -> None:
    bench = Worked()
    bench.feed(13_300)
    bench.hear(VOICE)
    assert words(bench.feed(3500), "output") == " one two three four"
    assert words(bench.feed(15_000), "output") == " I am still checking."


def test_a_text_takes_the_place_of_that() -> None:
    bench = LiveBench(answers=Script([Call("get_time")], []), start={"delegation": responses()})
    bench("session.thinking.append", content="x", delegation_id=None)
    bench.feed(1000)
    bench = Worked(delay_ms=2500)
    bench("session.thinking.append", content="x", delegation_id=None)
    assert words(bench.feed(3000), "output") == ""


def test_of_work_that_waits_it_is_said_again_and_again_that_it_takes_time() -> None:
    bench = Worked()
    assert words(bench.feed(40_000), "output").count("I am still checking.") == 2


@pytest.mark.parametrize(
    ("fault", "kind"), [("fail:server_error", "failed"), ("incomplete:max_output_tokens", "incomplete")]
)
def test_an_answer_that_fails_has_no_open_calls(fault: str, kind: str) -> None:
    bench = Worked(f"{fault}@work#2")
    bench.put(bench.call_ids[0])
    bench("response.create")
    bench.feed(500)
    assert bench.inner()[-1]["type"] == f"response.{kind}"
    assert code(bench.put(bench.call_ids[0])) == ("invalid_value", "item.call_id")
    assert words(bench.feed(20_000), "output") == ""


def test_one_that_stalls_is_in_progress_for_ever() -> None:
    bench = Worked("stall@work")
    assert [event["type"] for event in bench.inner()] == ["response.created"]
    assert code(bench("response.create")) == ("invalid_value", "type")


def test_in_azure_it_is_not_said_when() -> None:
    bench = LiveBench(door=AZURE_LIVE, starts=False)
    delegation = responses() | {"acknowledgement_delay_ms": 1500}
    refused = bench("session.start", session={"model": "any", "delegation": delegation})
    assert code(refused) == ("unknown_parameter", "session.delegation.acknowledgement_delay_ms")


# ---- money and the end ----------------------------------------------------------------
def test_usage_is_a_running_total_of_the_sound_that_was_taken() -> None:
    bench = LiveBench()
    used = of(bench.feed(31_000), "session.usage.updated")
    assert [event["usage"]["seconds"] for event in used] == [15.0, 30.0]
    assert 0 < used[0]["context_window"]["usage_ratio"] < 0.1
    bench.wait(60_000)
    closed = bench("session.close")[-2]
    assert (closed["reason"], closed["usage"]["seconds"]) == ("close_requested", 34.0)


def test_azure_bills_the_time_omits_silence_and_echoes_no_ids() -> None:
    bench = LiveBench(door=AZURE_LIVE)
    assert "client_event_id" not in of(bench.outputs, "session.started")[0]
    outputs = bench.feed(61_000)
    assert [event["usage"]["seconds"] for event in of(outputs, "session.usage.updated")] == [60.0]
    outputs = bench.hear(VOICE) + bench.feed(3500)
    pieces = of(outputs, "session.output_audio.delta")
    assert 15 <= len(pieces) <= 21
    assert all(piece["end_ms"] - piece["start_ms"] == 100 for piece in pieces)
    bench.wait(60_000)
    assert bench("session.close")[-2]["usage"]["seconds"] > 120


def test_a_session_that_was_never_started_has_used_nothing() -> None:
    bench = LiveBench("late-updated:5000@session.update", door=AZURE_LIVE)
    bench.session.inject(parse_now("closes:expired"), bench.now)
    (closed,) = of(bench.wait(20), "session.closed")
    assert closed["usage"]["seconds"] == 0.0


def test_it_closes_when_it_has_said_what_it_says() -> None:
    bench = LiveBench()
    bench.ask()
    assert bench("session.close") == []
    assert code(bench("session.input_audio.mute")) == ("invalid_value", "type")
    outputs = bench.wait(3000)
    assert outputs[-1] == Close(1000)
    assert outputs[-2]["reason"] == "close_requested"
    assert bench.wait(20_000) == []


def test_it_closes_with_its_clock_and_names_what_found_no_place() -> None:
    bench = LiveBench(answers=Script([Speech("long", tone(24_000, 30_000))]))
    bench.ask()
    bench("session.close")
    outputs = bench.wait(5000)
    assert outputs[-2]["type"] == "session.closed"  # nothing is appended any more: the clock stands
    quiet = LiveBench()
    quiet("session.commentary.append", content="x", delegation_id=None)
    outputs = quiet("session.close")
    assert code(outputs) == ("context_injection_incomplete", None)


def test_it_never_drains_for_longer_than_ten_seconds() -> None:
    bench = LiveBench(answers=Script([Speech("long", tone(24_000, 30_000))]))
    bench.ask()
    bench.append(bytes(48 * 10_000))
    bench.append(bytes(48 * 10_000))
    bench("session.close")
    assert not of(bench.wait(9_900), "session.closed")
    assert of(bench.wait(200), "session.closed")


# ---- faults ---------------------------------------------------------------------------
def test_an_expiry_is_told_and_kept() -> None:
    bench = LiveBench("expires-in:3@accept")
    (started,) = of(bench.outputs, "session.started")
    assert started["session"]["expires_at"] == 3
    closed = bench.feed(4000)[-2]
    assert (closed["type"], closed["reason"]) == ("session.closed", "expired")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("closes:content@halfway", "content"),
        ("expire@audio", "expired"),
        ("closes:remote_hangup@done", "remote_hangup"),
    ],
)
def test_a_session_ends_with_a_reason(fault: str, reason: str) -> None:
    bench = LiveBench(fault)
    outputs = bench.hear(VOICE) + bench.feed(4000)
    (closed,) = of(outputs, "session.closed")
    assert closed["reason"] == reason


def test_the_connection_breaks_as_others_do() -> None:
    assert Drop() in LiveBench("drop@session").outputs
    bench = LiveBench("error:server_error:server_error@item")
    assert code(bench("session.thinking.append", content="x", delegation_id=None)) == ("server_error", None)
    bench = LiveBench("anonymous-error:server_error@append")
    assert "client_event_id" not in bench.append(bytes(STEP))[0]["error"]
    refused = LiveBench("error:rate_limit_exceeded@session.update")
    assert refused.session.phase == "closed"
    assert LiveBench("never-updated@session.update").session.phase == "starting"
    late = LiveBench("late-updated:2000@session.update")
    assert of(late.outputs, "session.started") == []
    assert of(late.wait(2000), "session.started")


def test_output_is_slow_or_stalls_or_comes_in_a_bunch() -> None:
    slow = LiveBench("slow:50@append")
    slow.feed(2000)
    assert 800 <= slow.session.clock.position_ms <= 1000
    stalled = LiveBench("stall@halfway")
    outputs = stalled.hear(VOICE) + stalled.feed(5000)
    assert 10 < len(of(outputs, "session.output_audio.delta")) < 50
    bunch = LiveBench("bunch:1500@audio")
    longest = max(
        len(of(bunch.hear(piece), "session.output_audio.delta"))
        for piece in [VOICE[:STEP]] * 10 + [bytes(STEP)] * 40
    )
    assert longest > 10


def test_faults_that_it_does_not_know_change_nothing() -> None:
    assert of(LiveBench("no-expiry@accept").outputs, "session.started")


def test_a_fault_can_come_now() -> None:
    bench = LiveBench()
    bench.session.inject(parse_now("unknown"), bench.now)
    assert [event["type"] for event in bench.wait(0)] == ["moon.phase.changed"]
    bench.session.inject(parse_now("fail:server_error"), bench.now)  # there is no response that could
    assert bench.wait(0) == []


def test_a_session_is_closed_once() -> None:
    bench = LiveBench()
    for _ in range(2):
        bench.session.inject(parse_now("closes:content"), bench.now)
    assert len(of(bench.wait(0), "session.closed")) == 1
