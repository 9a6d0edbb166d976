"""The link to GPT-Live over real sockets on loopback: its clock, its bill, and what leaves."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from edge_agent.config import Config
from edge_agent.config.model import AssistantSettings, ServiceSettings
from edge_agent.realtime.auth import credential
from edge_agent.realtime.errors import LinkFailure
from edge_agent.realtime.link import Link
from edge_agent.realtime.session import BEAT_S
from edge_agent.realtime.wire import Json, PastWords
from edge_agent.simulator.answers import Call, ReplyPart, Script, Speech
from edge_agent.simulator.faults import FaultScript, parse
from edge_agent.simulator.server import SimulatedService, WireRecord
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import is_silent

from .posted import Posted
from .sound import tone

pytestmark = pytest.mark.realtime

KEY = "a-very-secret-key"
SECOND = c.AppendAudio(tone(24_000, 1000))
HISTORY: list[PastWords] = [("user", "Hello."), ("assistant", "Hi.")]
LOOK_UP: Json = {"type": "function", "name": "look_up", "parameters": {"type": "object"}}
CALLING: Sequence[Sequence[ReplyPart]] = ([Call("look_up")], [Speech("that is it", tone(24_000, 600))])
BOTH = pytest.mark.parametrize("provider", ["openai-live", "azure-live"])


class Wire(Posted):
    """A link, its service, and all that both have seen."""

    PATIENCE_S = 20

    def __init__(
        self,
        provider: str,
        *faults: str,
        answers: Sequence[Sequence[ReplyPart]] = ([Speech("a few words", tone(24_000, 600))],),
        tools: Sequence[Json] = (),
        **options: Any,
    ) -> None:
        super().__init__()
        self.tools = tools
        self.record: list[WireRecord] = []
        self.service = SimulatedService(
            key=KEY,
            answers=lambda: Script(*answers),
            faults=FaultScript(parse(text) for text in faults),
            record=self._write,
            **options,
        )
        self.provider = provider

    @asynccontextmanager
    async def linked(self) -> AsyncIterator[Link]:
        async with self.service:
            service = ServiceSettings(provider=self.provider, endpoint=self.service.url)  # type: ignore[arg-type]
            proof = credential(service, {"OPENAI_API_KEY": KEY, "AZURE_OPENAI_API_KEY": KEY})
            config = replace(Config(), service=service, assistant=AssistantSettings(backend="gpt-5.5"))
            link = Link(config, proof, self.post, tools=lambda: self.tools, history=lambda: HISTORY)
            self.task = asyncio.create_task(link.run())
            try:
                yield link
            finally:
                self.task.cancel()
                await asyncio.wait({self.task})

    def _write(self, entry: WireRecord) -> None:
        self.record.append(entry)
        self.changed.set()

    def sent(self, kind: str) -> list[Any]:
        """By the device."""
        return [
            entry.event for entry in self.record if (entry.direction, entry.event["type"]) == ("in", kind)
        ]

    def appended(self, after: str = "session.start") -> Sequence[bytes]:
        """All pieces of sound that left after the first event of this type."""
        kinds = [entry.event["type"] if entry.direction == "in" else "" for entry in self.record]
        kind = "session.input_audio.append"
        return [
            b64decode(entry.event["audio"])
            for entry in self.record[kinds.index(after) :]
            if (entry.direction, entry.event["type"]) == ("in", kind)
        ]


@BOTH
async def test_a_question_and_its_answer_over_a_real_socket(provider: str) -> None:
    wire = Wire(provider)
    async with wire.linked() as link:
        assert wire.service.connections == 0  # it costs money: nobody has asked for it
        link.send(c.OpenLink())
        await wire.until(lambda: wire.of(e.Connected))
        start = wire.sent("session.start")[0]["session"]
        assert [message["content"][0]["text"] for message in start["input"]] == ["Hello.", "Hi."]
        link.send(SECOND)
        await wire.until(lambda: len(wire.of(e.AudioDelta)) >= 6)
        link.send(c.CloseLink())
        await wire.until(lambda: wire.of(e.Disconnected))
        await wire.until(lambda: wire.of(e.SecondsBilled))
        assert wire.sent("session.close")
        assert "".join(words.text for words in wire.of(e.WordsTranscribed)).startswith(" ")
        billed = wire.of(e.SecondsBilled)[-1]
        assert billed.session_id == wire.of(e.Connected)[0].session_id
        assert billed.lasted_s > 1
        assert len(wire.appended()) > 15
        assert [entry.event for entry in wire.record if entry.event["type"] == "error"] == []


async def test_muted_nothing_but_silence_is_on_the_wire() -> None:
    wire = Wire("openai-live")
    async with wire.linked() as link:
        link.send(c.OpenLink())
        await wire.until(lambda: wire.of(e.Connected))
        link.send(SECOND)
        link.send(SECOND)  # most of it waits
        await wire.until(lambda: wire.appended())
        assert not is_silent(wire.appended()[0])
        link.send(c.MuteInput(True))
        await wire.until(lambda: wire.sent("session.input_audio.mute"))
        await wire.until(lambda: len(wire.appended("session.input_audio.mute")) >= 10)
        assert is_silent(b"".join(wire.appended("session.input_audio.mute")))


async def test_a_lost_link_is_made_again_while_it_is_wanted_and_billed_until_then() -> None:
    wire = Wire("openai-live", "drop@append#5")
    async with wire.linked() as link:
        link.send(c.OpenLink())
        await wire.until(lambda: len(wire.of(e.Connected)) == 2)
        await wire.until(lambda: wire.of(e.SecondsBilled))
        first, _ = wire.of(e.Connected)
        assert wire.of(e.SecondsBilled)[0].session_id == first.session_id


async def test_what_a_session_costs_is_told_even_if_the_service_does_not() -> None:
    wire = Wire("azure-live")
    async with wire.linked() as link:
        link.send(c.OpenLink())
        await wire.until(lambda: wire.of(e.SecondsBilled))
        (used,) = wire.of(e.SecondsBilled)
        assert used.total_s == 0
        assert used.lasted_s >= BEAT_S


async def test_a_session_that_will_expire_is_announced_and_then_urgently() -> None:
    wire = Wire("openai-live", lifetime_s=4.0)
    async with wire.linked() as link:
        link.send(c.OpenLink())
        await wire.until(lambda: wire.of(e.SessionEnded))
        assert [prepared.urgent for prepared in wire.of(e.LinkPrepared)] == [False, True]
        assert wire.of(e.SessionEnded)[0].reason == "expired"
        assert wire.service.connections == 1 or wire.of(e.Disconnected)


async def test_the_next_session_begins_when_this_one_is_left() -> None:
    wire = Wire("openai-live")
    async with wire.linked() as link:
        link.send(c.OpenLink())
        await wire.until(lambda: wire.of(e.Connected))
        link.send(c.RenewLink())
        await wire.until(lambda: len(wire.of(e.Connected)) == 2)
        assert len({connected.session_id for connected in wire.of(e.Connected)}) == 2


async def test_a_start_that_is_refused_is_a_matter_of_the_configuration() -> None:
    wire = Wire("openai-live", "error:unknown_parameter:invalid_request_error:session.voice@session.update#*")
    async with wire.linked() as link:
        link.send(c.OpenLink())
        with pytest.raises(LinkFailure, match=r"session\.voice"):
            await wire.task


async def test_an_account_without_money_is_told() -> None:
    wire = Wire("openai-live", "error:credit_balance_exhausted:insufficient_quota@session.update#*")
    async with wire.linked() as link:
        link.send(c.OpenLink())
        await wire.until(lambda: wire.of(e.LinkFailed))
        assert wire.of(e.LinkFailed)[0].told


@BOTH
async def test_a_tool_is_called_and_what_comes_of_it_is_said(provider: str) -> None:
    wire = Wire(provider, answers=CALLING, tools=[LOOK_UP])
    async with wire.linked() as link:
        link.send(c.OpenLink())
        await wire.until(lambda: wire.of(e.Connected))
        link.send(SECOND)
        await wire.until(lambda: wire.of(e.WorkPaused))
        assert wire.of(e.WorkAsked)[0].by_service
        (call,) = wire.of(e.WorkPaused)[0].calls
        link.send(c.CreateFunctionOutput(call.call_id, "four"))
        link.send(c.ContinueWork())
        await wire.until(lambda: any("it" in words.text for words in wire.of(e.WordsTranscribed)))
        assert wire.of(e.WorkPaused)[1].calls == ()
        assert [entry.event for entry in wire.record if entry.event["type"] == "error"] == []


@pytest.mark.parametrize(
    ("where", "setting"),
    [
        ("session.delegation.responses.tools[0].parameters", "tool look_up"),
        ("session.delegation.responses.model", "backend"),
        ("session.delegation.acknowledgement_delay_ms", "acknowledgement_delay"),
    ],
)
async def test_what_the_service_refuses_of_the_tools_is_left_out(where: str, setting: str) -> None:
    fault = f"error:invalid_value:invalid_request_error:{where}@session.update"
    wire = Wire("openai-live", fault, tools=[LOOK_UP])
    async with wire.linked() as link:
        link.send(c.OpenLink())
        await wire.until(lambda: wire.of(e.Connected))
        assert wire.of(e.SettingRefused)[0].setting == setting
        delegation = wire.sent("session.start")[1]["session"].get("delegation", {})
        assert "acknowledgement_delay_ms" not in delegation
        assert ("responses" in delegation) is (setting == "acknowledgement_delay")


async def test_what_a_session_still_works_at_when_it_is_left_is_billed() -> None:
    wire = Wire("openai-live", answers=CALLING, tools=[LOOK_UP])
    async with wire.linked() as link:
        link.send(c.OpenLink())
        await wire.until(lambda: wire.of(e.Connected))
        link.send(SECOND)
        await wire.until(lambda: wire.of(e.WorkAsked))
        link.send(c.CloseLink())
        await wire.until(lambda: wire.of(e.Disconnected))
        await wire.until(lambda: wire.of(e.ResponseBilled))
        assert wire.of(e.ResponseBilled)[0].usage.input_text == 220
