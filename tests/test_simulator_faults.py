"""What can go wrong with the simulated service: at a moment that a script names, or now."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidMessage, InvalidStatus

from edge_agent.config.providers import DialectName
from edge_agent.realtime.errors import what_next
from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.simulator.fault_words import MOMENTS, ONLY, WHATS
from edge_agent.simulator.faults import FaultScript, parse, parse_now, possible
from edge_agent.simulator.outbox import Close, Drop, Freeze, Outbox
from edge_agent.simulator.server import SimulatedService

from .sound import tone
from .test_simulator import SECOND, Bench, kinds, manual

DONE = "response.done"
ANSWER = {"answers": Script([Speech("one two three four", tone(24_000, 2000, 200))])}


def inject(bench: Bench, text: str) -> list[Any]:
    bench.session.inject(parse_now(text), bench.now)
    return bench.wait(0)


def answering(*faults: str) -> Bench:
    """The first sound of an answer was sent."""
    bench = manual("ga", *faults)
    bench("response.create")
    assert "response.output_audio.delta" in kinds(bench.wait(0.3))
    return bench


def ending(outputs: list[Any]) -> Any:
    (done,) = [output["response"] for output in outputs if kinds([output]) == [DONE]]
    return done["status"], done["status_details"]


# ---- words and moments ----------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("refuse:999@connect", "refuse needs a number, as in refuse:429"),
        ("refuse:101@connect", "refuse needs a number"),
        ("refuse:429@commit", "refuse cannot happen at commit, only at: connect"),
        ("bad-json@connect", "bad-json cannot happen at connect, only at: accept, session.update"),
        ("close:1006@commit", "close needs a number"),
        ("close:99@commit", "close needs a number"),
        ("slow:0@audio", "slow needs a number, as in slow:30"),
        ("big:-1@audio", "big needs a number"),
        ("late-updated:\u0662@session.update", "late-updated needs a number"),
        ("reset:1@audio", "reset takes no argument: reset:1"),
        ("drop@commit#3-2", "3-2 must count upwards"),
        ("soundless:loud@response", "soundless needs one of text, nothing, zeros; 'soundless:loud' has none"),
        ("usage@response", "usage needs one of totals, null"),
        ("ends:well@response", "ends needs one of completed, cancelled"),
        ("usage:null@done", "usage cannot happen at done, only at: response"),
        (f"close:1008:{'x' * 124}@commit", "close takes at most 123 bytes"),
        ("fatal:server_error:server_error:soon@session.update", "'soon' is not a close code"),
        ("fatal:server_error:server_error:1006@session.update", "'1006' is not a close code"),
    ],
)
def test_what_cannot_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(text)


def test_everything_else_can_happen_anywhere_or_now() -> None:
    for what, meaning in WHATS.items():
        example = re.search(rf"\(({what}:[^,;)]+)", meaning)
        text = example[1] if example else what
        for moment in MOMENTS:
            if possible(what, moment):
                assert parse(f"{text}@{moment}").moment == moment
        if what in ONLY:
            with pytest.raises(ValueError, match=f"{what} cannot happen now, only at: {ONLY[what][0]}"):
                parse_now(text)
        else:
            assert parse_now(text).what == what


def test_the_documents_have_every_word_and_only_good_examples() -> None:
    page = (Path(__file__).parent.parent / "docs" / "simulator.md").read_text("utf-8")
    table = page[page.index("| what goes wrong |") :].split("\n\n")[0]
    written = [
        text for row in table.splitlines() for text in re.findall(r"`([^`]+)`", row.rsplit(" | ", 1)[-1])
    ]
    assert {text.partition("@")[0].partition(":")[0] for text in written} == set(WHATS)
    for text in written:
        moment = ONLY.get(text.partition(":")[0], ("commit",))[0]
        parse(text if "@" in text else f"{text}@{moment}")


def test_a_script_can_be_changed_while_it_runs() -> None:
    script = FaultScript([parse("drop@commit#3")])
    assert [len(script.at("commit")) for _ in range(4)] == [0, 0, 1, 0]
    lasting = parse("close:1011@commit#*")
    script.add(parse("reset@commit"), lasting)  # counted from now on
    assert [fault.what for fault in script.at("commit")] == ["reset", "close"]
    assert script.at("commit") == [lasting]
    script.remove(lasting)
    assert script.at("commit") == []
    script.add(lasting)
    script.clear()
    assert script.at("commit") == []
    script.add(parse("drop@commit#2-3"))
    assert [len(script.at("commit")) for _ in range(4)] == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("moment", "kind", "fields"),
    [
        ("item", "conversation.item.create", {"item": {"type": "message", "role": "user", "content": []}}),
        ("truncate", "conversation.item.truncate", {"item_id": "x", "content_index": 0, "audio_end_ms": 1}),
        ("append", "input_audio_buffer.append", {"audio": ""}),
        ("cancel", "response.cancel", {}),
    ],
)
def test_moments_of_the_client(moment: str, kind: str, fields: dict[str, Any]) -> None:
    bench = manual("ga", f"drop@{moment}#2", f"error:invalid_value@{moment}#3")
    assert Drop() not in bench(kind, **fields)
    assert bench(kind, **fields)[-1] == Drop()
    assert bench.refused(kind, **fields) == ("invalid_value", None)


def test_moments_of_the_connection() -> None:
    assert kinds(Bench("ga", "unknown@accept").outputs) == ["moon.phase.changed", "session.created"]
    bench = Bench("ga", "close:1011@session#*", "late-updated:500@session.update")
    assert bench.update() == []
    assert kinds(bench.wait(0.5)) == ["session.updated", "Close(code=1011, reason='scripted')"]
    assert kinds(bench.update()) == ["session.updated"]  # it is configured once


def test_moments_of_an_answer() -> None:
    bench = manual("ga", "unknown@audio", "binary@halfway", "drop@done")
    bench("response.create")
    said = kinds(bench.wait(10))
    first, half = said.index("moon.phase.changed"), said.index(repr(b"\0\1\2"))
    assert said[first - 1] == said[half - 1] == "response.output_audio.delta"
    assert said[:half].count("response.output_audio.delta") == 6  # of ten
    assert said[-3:] == [DONE, "rate_limits.updated", "Drop(reset=False)"]


def test_the_first_sound_may_be_the_half_too() -> None:
    bench = manual("ga", "unknown@audio", "binary@halfway", answers=Script([Speech("x", tone(24_000, 100))]))
    bench("response.create")
    said = kinds(bench.wait(10))
    assert said.index("moon.phase.changed") + 1 == said.index(repr(b"\0\1\2"))


# ---- the session ----------------------------------------------------------------
@pytest.mark.parametrize(
    ("fault", "expires_at"), [("expires-in:60", 60), ("expires-in:-5", -5), ("no-expiry", None)]
)
def test_when_the_session_says_it_ends(fault: str, expires_at: int | None) -> None:
    bench = Bench("ga", f"{fault}@accept")
    (updated,) = bench.update()
    for event in (bench.outputs[0], updated):
        assert event["session"].get("expires_at") == expires_at
    assert kinds(bench.wait(3600)) == [
        "error",
        "Close(code=1001, reason='Your session hit the maximum duration of 60 minutes.')",
    ]


def test_a_session_that_is_never_configured() -> None:
    bench = Bench("ga", "never-updated@session.update")
    assert bench.update() == bench.wait(60) == []


@pytest.mark.parametrize(("code", "closed"), [("invalid_api_key", 3000), ("insufficient_quota", 4000)])
def test_a_session_that_ends_with_a_reason(code: str, closed: int) -> None:
    error, close = Bench("ga", f"fatal:{code}@session.update").update()
    assert error["error"]["code"] == code
    assert close.code == closed


def test_a_session_that_expires_at_some_moment() -> None:
    *_, error, close = Bench("ga", "expire@session.update").update()
    assert error["error"]["code"] == "session_expired"
    assert close.code == 1001


def test_a_frame_of_any_size() -> None:
    *_, big = Bench("ga", "big:5000@session.update").update()
    assert len(big["item"]) == 5000


@pytest.mark.parametrize(
    ("text", "outputs"),
    [
        ("drop", [Drop()]),
        ("reset", [Drop(reset=True)]),
        ("freeze", [Freeze()]),
        ("close:4000", [Close(4000, "scripted")]),
        ("close:4000:server_error", [Close(4000, "server_error")]),
        ("close:1008:token expired: sign in", [Close(1008, "token expired: sign in")]),
        ("binary", [b"\0\1\2"]),
        ("bad-json", ['{"type": "response.output_audio.delta", "delta": ']),
    ],
)
def test_the_connection_now(text: str, outputs: list[Any]) -> None:
    assert inject(manual(), text) == outputs


@pytest.mark.parametrize(
    ("code", "close"),
    [
        ("invalid_api_key", Close(3000, "invalid_request_error.invalid_api_key")),
        ("insufficient_quota", Close(4000, "insufficient_quota.insufficient_quota")),
        ("credit_balance_exhausted:insufficient_quota", Close(4000, "insufficient_quota.credit_balance_exhausted")),
        ("server_error:server_error:1011", Close(1011, "server_error.server_error")),
    ],
)  # fmt: skip
def test_an_error_and_then_the_end(code: str, close: Close) -> None:
    error, end = inject(manual(), f"fatal:{code}")
    assert (error["error"]["code"], end) == (code.partition(":")[0], close)
    assert close.reason == f"{error['error']['type']}.{error['error']['code']}"


def test_an_error_that_nothing_led_to() -> None:
    (error,) = inject(manual(), "error:server_error")
    assert error["error"] | {"message": ""} == {
        "type": "server_error",
        "code": "server_error",
        "message": "",
        "param": None,
        "event_id": None,
    }


@pytest.mark.parametrize(
    ("argument", "kind", "code", "param"),
    [
        ("internal_error", "invalid_request_error", "internal_error", None),
        ("credit_balance_exhausted", "insufficient_quota", "credit_balance_exhausted", None),
        ("quota_exceeded:insufficient_quota", "insufficient_quota", "quota_exceeded", None),
        (
            "invalid_value:invalid_request_error:session.audio.input.transcription.model",
            "invalid_request_error",
            "invalid_value",
            "session.audio.input.transcription.model",
        ),
        (":server_error", "server_error", None, None),
    ],
)
def test_any_error_while_the_session_is_set_up(
    argument: str, kind: str, code: str | None, param: str | None
) -> None:
    bench = Bench("ga", f"error:{argument}@session.update#1-2")
    for _ in range(2):
        (error,) = bench.update()
        wanted = {"type": kind, "code": code, "param": param, "event_id": "mine", "message": "Scripted."}
        assert error["error"] == wanted
    assert kinds(bench.update()) == ["session.updated"]


# ---- the order of events --------------------------------------------------------
def test_duplicates() -> None:
    bench = manual("ga", "duplicate@commit")
    assert kinds(bench.update()) == ["session.updated"]
    bench.append(SECOND)
    committed = kinds(bench("input_audio_buffer.commit"))
    assert committed[::2] == committed[1::2]
    assert inject(bench, "binary") == [b"\0\1\2"]  # no event


def test_neighbours_are_swapped() -> None:
    outbox = Outbox()
    outbox.swaps = True
    first, second, third = ({"n": n} for n in range(3))
    outbox.put(first, second, third, at=1)
    assert outbox.due(1) == [second, first]
    assert outbox.next_at == pytest.approx(1.1)
    assert outbox.due(1.05) == []
    assert outbox.due(1.1) == [third]  # nothing came after it
    assert outbox.next_at is None
    outbox.put(first, Drop(), at=2)
    assert outbox.due(2) == [first, Drop()]


def test_an_answer_with_its_events_swapped_is_all_there() -> None:
    bench = answering()
    inject(bench, "reorder")
    said = kinds(bench.wait(10) + bench.wait(1))
    assert sorted(said) == sorted(kinds(answering().wait(10)))
    assert said != kinds(answering().wait(10))


# ---- the answer -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "status", "details"),
    [
        ("fail:rate_limit_exceeded", "failed", ("rate_limit_exceeded", "rate_limit_exceeded")),
        ("fail:inference_rate_limit_exceeded", "failed", ("invalid_request_error", "inference_rate_limit_exceeded")),
        ("fail", "failed", ("server_error", "server_error")),
        ("incomplete:max_output_tokens", "incomplete", "max_output_tokens"),
        ("incomplete:content_filter", "incomplete", "content_filter"),
        ("fail:quota_exceeded:insufficient_quota", "failed", ("insufficient_quota", "quota_exceeded")),
        ("ends:cancelled:turn_detected", "cancelled", "turn_detected"),
    ],
)  # fmt: skip
def test_an_answer_ends_badly(text: str, status: str, details: Any) -> None:
    begun = manual("ga", f"{text}@response")
    begun("response.create")
    half = answering()
    for outputs in (begun.wait(10), inject(half, text), answering(f"{text}@audio").outputs):
        ended, why = ending(outputs)
        assert ended == why["type"] == status
        said = why.get("reason") or (why["error"]["type"], why["error"]["code"])
        assert said == details
    assert half.wait(10) == []  # the rest of it is not said
    assert inject(half, text) == []  # there is none any more
    assert DONE in kinds(half("response.create") + half.wait(10))


@pytest.mark.parametrize("dialect", ["ga", "preview"])
def test_the_end_of_a_response_that_never_began(dialect: DialectName) -> None:
    bench = manual(dialect)
    assert ending(inject(bench, "fail-early:insufficient_quota"))[0] == "failed"
    bench("response.create")
    assert kinds(inject(bench, "fail-early")) == [DONE]
    assert ending(bench.wait(10)) == ("completed", None)  # the one that began goes on


def test_an_answer_that_stalls() -> None:
    bench = answering()
    assert inject(bench, "stall") == bench.wait(100) == []
    assert bench.refused("response.create")[0] == "conversation_already_has_active_response"
    assert ending(bench("response.cancel"))[0] == "cancelled"


@pytest.mark.parametrize("moment", ["response", "audio"])
def test_an_answer_whose_end_is_not_told(moment: str) -> None:
    bench = manual("ga", f"no-done@{moment}")
    bench("response.create")
    said = kinds(bench.wait(100))
    assert said.count("response.output_audio.delta") == 10
    assert "response.output_audio.done" in said
    assert DONE not in said
    assert ending(bench("response.cancel"))[0] == "cancelled"
    bench("response.create")
    assert DONE in kinds(bench.wait(10))


def test_an_answer_that_stalls_from_its_beginning() -> None:
    bench = manual("ga", "stall@response", "no-rate-limits@response#2")
    bench("response.create")
    said = kinds(bench.wait(100))
    assert said.count("response.output_audio.delta") == 5
    assert "response.output_audio.done" not in said
    bench("response.cancel")
    bench("response.create")
    assert kinds(bench.wait(10))[-1] == DONE


def test_an_answer_that_ends_without_a_reason() -> None:
    half = answering()
    assert ending(inject(half, "ends:incomplete")) == ("incomplete", {"type": "incomplete"})
    assert ending(inject(answering(), "ends:completed")) == ("completed", None)
    assert ending(answering("ends:in_progress@response").wait(10))[0] == "in_progress"


def active(bench: Bench) -> bool:
    """Whether the service takes a response for active."""
    (first, *_) = bench("response.create")
    refused: str | None = first.get("error", {}).get("code")
    return refused == "conversation_already_has_active_response"


@pytest.mark.parametrize("moment", ["response", "audio"])
def test_an_answer_that_is_active_for_ever(moment: str) -> None:
    bench = manual("ga", f"stuck@{moment}")
    bench("response.create")
    assert ending(bench.wait(10))[0] == "completed"
    assert active(bench)
    assert bench.refused("response.cancel")[0] == "response_cancel_not_active"
    assert active(bench)
    assert bench("response.create", response={"conversation": "none"})[0]["type"] == "response.created"


def test_stuck_for_no_reason() -> None:
    bench = Bench()
    assert inject(bench, "stuck") == []
    assert active(bench)
    said = kinds(bench.append(SECOND + bytes(48 * 400)))  # nor does it answer by itself
    assert said[-1] == "conversation.item.done"


@pytest.mark.parametrize("how", ["text", "nothing", "zeros"])
def test_an_answer_without_sound(how: str) -> None:
    answers = Script([Speech("one two", tone(24_000, 200)), Call("light")])
    bench = manual("ga", f"soundless:{how}@response", answers=answers)
    said = bench("response.create") + bench.wait(10)
    (done,) = [output["response"] for output in said if kinds([output]) == [DONE]]
    deltas = [b64decode(each["delta"]) for each in said if each["type"] == "response.output_audio.delta"]
    assert deltas == ([bytes(9600)] if how == "zeros" else [])
    assert [item["type"] for item in done["output"]] == {
        "text": ["message", "function_call"],
        "nothing": [],
        "zeros": ["message", "function_call"],
    }[how]
    assert done["status"] == "completed"


def test_two_items_with_sound() -> None:
    answers = Script([Speech("one two three four", SECOND), Call("light")])
    bench = manual("ga", "two-items@response", answers=answers)
    said = bench("response.create") + bench.wait(10)
    (done,) = [output["response"] for output in said if kinds([output]) == [DONE]]
    spoken = [item["content"][0]["transcript"] for item in done["output"][:2]]
    assert spoken == ["one two", "three four"]
    sounds = [b64decode(each["delta"]) for each in said if each["type"] == "response.output_audio.delta"]
    assert b"".join(sounds) == SECOND
    indices = {
        each["item_id"]: each["output_index"] for each in said if "output_index" in each and "item_id" in each
    }
    assert [indices[item["id"]] for item in done["output"]] == [0, 1, 2]


def test_a_call_without_its_id() -> None:
    bench = manual("ga", "no-call-id@response", answers=Script([Call("light")]))
    said = bench("response.create") + bench.wait(10)
    (done,) = [output["response"] for output in said if kinds([output]) == [DONE]]
    assert done["output"][0]["name"] == "light"
    assert not [each for each in said if "call_id" in json.dumps(each)]


@pytest.mark.parametrize("shape", ["totals", "null"])
def test_a_bill_without_details(shape: str) -> None:
    bench = manual("ga", f"usage:{shape}@response")
    usages = []
    for _ in range(2):
        bench("response.create")
        usages += [each["response"]["usage"] for each in bench.wait(10) if each["type"] == DONE]
    bare, whole = usages
    if shape == "null":
        assert bare is None
    else:
        assert bare.keys() == {"total_tokens", "input_tokens", "output_tokens"}
        assert bare["output_tokens"] == whole["output_tokens"] > 0


@pytest.mark.parametrize(
    ("argument", "code"), [("", None), (":audio_unintelligible", "audio_unintelligible")]
)
def test_what_was_said_is_not_written_down(argument: str, code: str | None) -> None:
    bench = manual("ga", "unknown@commit#2", f"no-transcript{argument}@commit#2")
    bench.update(audio={"input": {"transcription": {"model": "whisper-1"}}})
    for last in ("completed", "failed"):
        bench.append(SECOND)
        bench("response.create")  # to be answered or not makes no difference
        bench("input_audio_buffer.commit")
        bench("response.cancel")
        said = bench.wait(1)[-1]
        assert said["type"] == f"conversation.item.input_audio_transcription.{last}"
    assert said["error"]["code"] == code


def test_a_slow_answer() -> None:
    def heard_ms(outputs: list[Any]) -> int:
        return 200 * kinds(outputs).count("response.output_audio.delta")

    bench = answering()  # at five times real time
    inject(bench, "slow:50")
    assert heard_ms(bench.wait(1)) == pytest.approx(500, abs=200)
    assert DONE in kinds(bench.wait(10))
    bench("response.create")
    assert heard_ms(bench.wait(0.25)) == 200
    assert heard_ms(bench.wait(2.1)) == 1000
    bench = manual("ga", "slow:50@response")
    bench("response.create")
    assert heard_ms(bench.wait(2.3)) == 1200
    assert heard_ms(inject(bench, "slow:1000") + bench.wait(0.2)) == 800


def test_slow_says_nothing_where_nothing_is_said() -> None:
    assert inject(manual(), "slow:30") == inject(manual(), "no-done") == inject(manual(), "stall") == []


# ---- what a restored conversation is made of ------------------------------------
@pytest.mark.parametrize(
    ("dialect", "role", "kind", "complaint"),
    [
        ("ga", "user", "input_text", ""),
        ("ga", "system", "input_text", ""),
        ("ga", "assistant", "output_text", ""),
        ("ga", "assistant", "text", "Supported values are: 'output_text', 'output_audio'"),
        ("ga", "assistant", "input_text", "Supported values are: 'output_text'"),
        ("ga", "assistant", "output_audio", "Value must be 'output_text'"),
        ("ga", "user", "output_text", "Supported values are: 'input_text'"),
        ("ga", "system", "output_text", "Supported values are: 'input_text'"),
        ("preview", "user", "input_text", ""),
        ("preview", "system", "input_text", ""),
        ("preview", "assistant", "text", ""),
        ("preview", "assistant", "output_text", "Supported values are:"),
        ("preview", "assistant", "input_text", "Value must be 'text'"),
        ("preview", "assistant", "audio", "Value must be 'text'"),
        ("preview", "user", "text", "Value must be 'input_text'"),
        ("preview", "system", "text", "Value must be 'input_text'"),
    ],
)  # fmt: skip
def test_content_types(dialect: DialectName, role: str, kind: str, complaint: str) -> None:
    words = {"transcript" if "audio" in kind else "text": "Hello."}
    item = {"type": "message", "role": role, "content": [{"type": kind} | words]}
    (first, *_) = manual(dialect)("conversation.item.create", item=item)
    if complaint:
        assert (first["error"]["code"], first["error"]["param"]) == ("invalid_value", "item.content[0].type")
        assert complaint in first["error"]["message"]
    else:
        assert first["item"]["content"] == item["content"]


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"role": "user"}, "item.content"),
        ({"role": "user", "content": [{"type": "input_text"}]}, "item.content[0].text"),
        ({"role": "user", "content": [{"type": "input_audio"}]}, "item.content[0].audio"),
    ],
)
@pytest.mark.parametrize("dialect", ["ga", "preview"])
def test_a_message_without_words(dialect: DialectName, item: dict[str, Any], param: str) -> None:
    refused = manual(dialect).refused("conversation.item.create", item={"type": "message"} | item)
    assert refused == ("missing_required_parameter", param)


def test_what_was_answered_is_not_answered_again() -> None:
    bench = manual("ga", answers=Repeat())
    for role, kind, text in (("user", "input_text", "Old?"), ("assistant", "output_text", "Old.")):
        content = [{"type": kind, "text": text}]
        bench("conversation.item.create", item={"type": "message", "role": role, "content": content})
    bench("response.create")
    assert bench.session._core.asked.text == ""
    (delta,) = [output for output in bench.wait(5) if output["type"] == "response.output_text.delta"]
    assert delta["delta"] == "you asked: "


class Repeat:
    def answer(self, asked: Any) -> list[Speech]:
        return [Speech(f"you asked: {asked.text}")]


# ---- on a real socket -----------------------------------------------------------
@asynccontextmanager
async def client(service: SimulatedService) -> AsyncIterator[ClientConnection]:
    url = service.url.replace("http", "ws") + "/openai/v1/realtime?model=m"
    async with connect(url, additional_headers={"api-key": "k"}, proxy=None, close_timeout=1) as socket_:
        assert json.loads(await socket_.recv())["type"] == "session.created"
        yield socket_


def scripted(*faults: str) -> SimulatedService:
    return SimulatedService(faults=FaultScript(parse(text) for text in faults))


async def test_a_fault_of_all_open_connections() -> None:
    async with scripted() as service:
        assert service.inject("drop") == service.open == 0
        async with client(service) as one, client(service) as other:
            assert service.inject("unknown") == service.open == 2
            for connection in (one, other):
                assert json.loads(await connection.recv())["type"] == "moon.phase.changed"
            with pytest.raises(ValueError, match="not a fault"):
                service.inject("explode")
            service.inject("close:4004")
            for connection in (one, other):
                with pytest.raises(ConnectionClosedError, match="4004"):
                    await connection.recv()
        assert len(service.attempts) == service.connections == 2


@pytest.mark.parametrize(("how", "cause"), [("drop", EOFError), ("reset", ConnectionResetError)])
async def test_a_cut_and_a_reset_are_not_the_same(how: str, cause: type[Any]) -> None:
    async with scripted(f"{how}@append") as service:
        for cut in (
            lambda connection: connection.send('{"type": "input_audio_buffer.append", "audio": ""}'),
            lambda _: _now(service, how),
        ):
            async with client(service) as connection:
                await cut(connection)
                with pytest.raises(ConnectionClosedError) as caught:
                    await connection.recv()
                assert caught.value.rcvd is None
                assert type(caught.value.__cause__) is cause


async def _now(service: SimulatedService, what: str) -> None:
    assert service.inject(what) == 1


async def test_it_is_asked_to_wait() -> None:
    async with scripted("refuse:429:7@connect", "refuse:503@connect#2") as service:
        for status, retry_after_s in ((429, 7), (503, None)):
            with pytest.raises(InvalidStatus) as caught:
                async with client(service):
                    pass
            assert caught.value.response.status_code == status
            assert what_next(caught.value).retry_after_s == retry_after_s
        async with client(service):
            assert len(service.attempts) == 3
            assert service.connections == 1


@pytest.mark.parametrize(
    ("path", "answer"), [("/v1", "error"), ("/openai/v1", "session.updated")]
)  # at the second the name is that of a deployment
async def test_who_writes_down_at_each_door(path: str, answer: str) -> None:
    update = {"type": "realtime", "audio": {"input": {"transcription": {"model": "model_x"}}}}
    async with SimulatedService() as service:
        url = service.url.replace("http", "ws") + f"{path}/realtime?model=gpt-realtime-2.1"
        async with connect(url, additional_headers={"Authorization": "Bearer k"}, proxy=None) as connection:
            await connection.recv()
            await connection.send(json.dumps({"type": "session.update", "session": update}))
            assert json.loads(await connection.recv())["type"] == answer


@pytest.mark.parametrize(
    ("argument", "retry_after", "body"),
    [
        ("429:7:insufficient_quota", "7", "insufficient_quota"),
        ("425", None, "425"),
        ("502::<html>Bad Gateway</html>", None, "<html>Bad Gateway</html>"),
        ('503:5:{"message": "busy"}', "5", '{"message": "busy"}'),
    ],
)
async def test_it_refuses_in_these_words(argument: str, retry_after: str | None, body: str) -> None:
    async with scripted(f"refuse:{argument}@connect") as service:
        with pytest.raises(InvalidStatus) as caught:
            async with client(service):
                pass
        response = caught.value.response
        assert response.headers.get("Retry-After") == retry_after
        said = response.body.decode()
        assert body in (said, json.loads(said)["error"]["code"] if said.startswith('{"error') else "")
        assert ("html" in response.headers["Content-Type"]) == ("html" in body)


@pytest.mark.parametrize("how", ["drop", "reset"])
async def test_a_connection_that_breaks_at_the_door(how: str) -> None:
    async with scripted(f"{how}@connect") as service:
        with pytest.raises((InvalidMessage, ConnectionResetError)):
            async with client(service):
                pass
        async with client(service):
            pass


async def test_a_service_that_is_frozen_at_the_door() -> None:
    """It ends all the same."""
    async with scripted("freeze@connect") as service:
        host, port = service.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as plain:
            plain.sendall(
                b"GET /openai/v1/realtime?model=m HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            async with client(service):  # the next one is let in; by then the first has been seen
                assert len(service.attempts) == 2
            plain.setblocking(False)
            with pytest.raises(BlockingIOError):
                plain.recv(1)


async def test_a_frozen_session_does_not_even_answer_pings() -> None:
    async with scripted() as service, client(service) as connection:
        await (await connection.ping())
        service.inject("freeze")
        async with client(service) as other:
            await (await other.ping())
            pong = asyncio.ensure_future(await connection.ping())
            await (await other.ping())
            assert not pong.done()
            pong.cancel()
        connection.transport.abort()
