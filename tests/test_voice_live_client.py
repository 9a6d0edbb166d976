"""The vendor's own client of Voice Live holds a conversation with the simulated service, and so does a device."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from edge_agent.audio.sounds import spoken_lines
from edge_agent.realtime.connection import Connection
from edge_agent.realtime.errors import LinkFailure
from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.simulator.reply import Pace
from edge_agent.simulator.server import SimulatedService, WireRecord
from edge_agent.simulator.speech import describe
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .sound import tone
from .test_link import KEY, config_for, linked

pytestmark = pytest.mark.realtime
voicelive = pytest.importorskip("azure.ai.voicelive.aio")

AVA = "en-US-Ava:DragonHDLatestNeural"
ANSWER = Speech("one two three four", tone(24_000, 2000, 300))


def door(*answers: Sequence[Any], **options: Any) -> SimulatedService:
    return SimulatedService(
        key=KEY, answers=lambda: Script(*answers), pace=Pace(think_ms=0, speed=50), **options
    )


class Client:
    """The vendor's, with all that it heard."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.heard: list[Any] = []

    async def until(self, *kinds: str) -> Any:
        """The next event of each of these kinds has come: the last."""
        awaited = set(kinds)
        async with asyncio.timeout(10):
            while True:
                event = await self.connection.recv()
                self.heard.append(event)
                awaited.discard(event.type)
                if not awaited:
                    return event

    def of(self, kind: str) -> list[Any]:
        return [event for event in self.heard if event.type == kind]


def connected(url: str, **options: Any) -> Any:
    from azure.core.credentials import AzureKeyCredential

    options.setdefault("model", "gpt-realtime-2.1")
    return voicelive.connect(endpoint=url, credential=AzureKeyCredential(options.pop("key", KEY)), **options)


async def test_a_whole_conversation() -> None:
    from azure.ai.voicelive import models as m

    answers = ([ANSWER], [Call("light_on", '{"room": 1}')], [ANSWER], [Speech("long", tone(24_000, 20_000))])
    async with door(*answers) as simulated, connected(simulated.url) as connection:
        client = Client(connection)
        created = await client.until("session.created")
        assert created.session.model == "gpt-realtime-2.1"
        assert created.session.expires_at is not None
        session = m.RequestSession(
            modalities=[m.Modality.TEXT, m.Modality.AUDIO],
            instructions="Be brief.",
            voice=m.AzureStandardVoice(name=AVA),
            input_audio_format=m.InputAudioFormat.PCM16,
            input_audio_sampling_rate=16000,
            output_audio_format=m.OutputAudioFormat.PCM16,
            output_audio_timestamp_types=[m.AudioTimestampType.WORD],
            input_audio_transcription=m.AudioInputTranscriptionOptions(model="azure-speech", language="en"),
            input_audio_noise_reduction=m.AudioNoiseReduction(type="azure_deep_noise_suppression"),
            input_audio_echo_cancellation=m.AudioEchoCancellation(),
            turn_detection=m.AzureSemanticVad(silence_duration_ms=300, remove_filler_words=True),
            tools=[m.FunctionTool(name="light_on", parameters={"type": "object"})],
        )
        await connection.session.update(session=session)
        updated = await client.until("session.updated")
        assert updated.session.voice["name"] == AVA
        assert updated.session.turn_detection.type == "azure_semantic_vad"
        (warned,) = client.of("warning")
        assert warned.warning.message

        # spoken, and ended by the service
        said = tone(16_000, 1000, 300)
        await connection.input_audio_buffer.append(audio=b64encode(said + bytes(32_000)).decode())
        await client.until("response.done", "conversation.item.input_audio_transcription.completed")
        assert client.of("input_audio_buffer.speech_stopped")
        (transcribed,) = client.of("conversation.item.input_audio_transcription.completed")
        assert transcribed.transcript.startswith("(")
        assert b"".join(delta.delta for delta in client.of("response.audio.delta")) == ANSWER.pcm
        words = [(word.text, word.audio_offset_ms) for word in client.of("response.audio_timestamp.delta")]
        assert words == [("one", 0), ("two", 500), ("three", 1000), ("four", 1500)]

        # written, with a function
        await connection.session.update(session=m.RequestSession(turn_detection=None))
        await connection.conversation.item.create(
            item=m.UserMessageItem(content=[m.InputTextContentPart(text="Light!")])
        )
        await connection.response.create()
        called = await client.until("response.function_call_arguments.done")
        assert (called.name, called.arguments) == ("light_on", '{"room": 1}')
        await client.until("response.done")
        await connection.conversation.item.create(
            item=m.FunctionCallOutputItem(call_id=called.call_id, output="on")
        )
        await connection.response.create()
        done = await client.until("response.done")
        assert done.response.status == "completed"

        # interrupted
        await connection.response.create()
        delta = await client.until("response.audio.delta")
        await connection.response.cancel()
        done = await client.until("response.done")
        assert done.response.status == "cancelled"
        await connection.conversation.item.truncate(item_id=delta.item_id, content_index=0, audio_end_ms=100)
        assert (await client.until("conversation.item.truncated")).audio_end_ms == 100
        assert client.of("error") == []


async def test_what_its_client_is_refused() -> None:
    async with door([ANSWER]) as simulated, connected(simulated.url, api_version="2026-04-10") as connection:
        client = Client(connection)
        assert (await client.until("session.created")).session.expires_at is None
        await connection.send({"type": "session.update", "session": {"type": "realtime"}})
        error = (await client.until("error")).error
        assert (error.code, error.param) == ("unknown_parameter", "session.type")
        await connection.input_audio_buffer.commit()
        assert (await client.until("error")).error.code == "input_audio_buffer_commit_empty"


async def test_its_client_without_a_good_key() -> None:
    async with door([ANSWER]) as simulated:
        with pytest.raises(voicelive.ConnectionError, match="401"):
            async with connected(simulated.url, key="bad"):
                pass


# ---- a device, over the same door ---------------------------------------------------
def device_config(url: str, **assistant: Any) -> Any:
    config = config_for(url, "azure-voice-live")
    return replace(config, assistant=replace(config.assistant, voice=AVA, **assistant))


async def test_a_device_says_and_hears_as_much() -> None:
    record: list[WireRecord] = []
    async with (
        door([ANSWER], record=record.append) as simulated,
        linked(device_config(simulated.url, transcription="azure-speech")) as watched,
    ):
        await watched.until(lambda: watched.of(e.Connected))
        sound = spoken_lines()[0].pcm
        for command in (
            c.AppendAudio(sound[: len(sound) // 4 * 4]),
            c.CommitInput(),
            c.CreateResponse("ask_1"),
        ):
            watched.link.send(command)
        await watched.until(lambda: watched.of(e.ResponseDone) and watched.of(e.UserTranscribed))
        assert b"".join(delta.pcm for delta in watched.of(e.AudioDelta)) == ANSWER.pcm
        assert [(word.text, word.end_ms) for word in watched.of(e.WordTimed)] == [
            ("one", 500),
            ("two", 1000),
            ("three", 1500),
            ("four", 2000),
        ]
        (started,) = watched.of(e.ResponseStarted)
        assert started.request_id == "ask_1"
        at_16_khz = (len(sound) // 4 * 4) * 3 // 2
        assert watched.of(e.UserTranscribed)[0].transcript == describe(bytes(at_16_khz))
    configured = next(entry.event for entry in record if entry.event["type"] == "session.update")
    assert configured["session"]["voice"] == {"type": "azure-standard", "name": AVA}


async def test_a_warning_is_told_once_over_all_sessions() -> None:
    async with door([ANSWER]) as simulated, linked(device_config(simulated.url)) as watched:
        await watched.until(lambda: watched.of(e.Connected))
        watched.link.send(c.RenewLink())
        await watched.until(lambda: len(watched.of(e.Connected)) == 2)
        assert [note.code for note in watched.of(e.ServiceNoted)] == ["simulated_service"]


async def test_the_roles_that_may_be_missing_are_those_of_the_provider() -> None:
    def refuse(connection: ServerConnection, _: Request) -> Response:
        return connection.respond(HTTPStatus.UNAUTHORIZED, '{"message": "lacks the required data action"}')

    async with serve(lambda _: asyncio.sleep(0), "127.0.0.1", 0, process_request=refuse) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(LinkFailure, match="roles 'Cognitive Services User' and 'Foundry User'"):
            await Connection(device_config(f"http://127.0.0.1:{port}")).open({})
