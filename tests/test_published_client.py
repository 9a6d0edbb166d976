"""The newest client libraries of the API hold a whole conversation with the simulated service."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.simulator.server import SimulatedService, WireRecord

from .sound import tone

DRIVER = Path(__file__).parent / "clients" / "drive_openai_agents.py"
PACKAGES = ("openai-agents==0.24.0", "openai==3.57.0")  # the first will not have the websockets of the checks

openai = pytest.importorskip("openai", reason="openai is not installed")

pytestmark = pytest.mark.realtime

SECOND = tone(24_000, 1000, 300)
SILENCE = bytes(48 * 600)
ANSWER = Speech("one two three four", tone(24_000, 2000, 200))
LIGHT = {"type": "function", "name": "light", "parameters": {"type": "object", "properties": {}}}


@asynccontextmanager
async def connected(path: str) -> AsyncIterator[Any]:
    answers = Script([ANSWER], [Call("light", '{"on": true}')], [ANSWER])
    async with SimulatedService(answers=lambda: answers) as service:
        client = openai.AsyncOpenAI(api_key="any", base_url=service.url + path)
        async with client, client.realtime.connect(model="gpt-realtime-2.1") as connection:
            assert (await connection.recv()).type == "session.created"
            yield connection


async def until(connection: Any, kind: str) -> list[Any]:
    """All events up to this one."""
    events: list[Any] = []
    while not events or events[-1].type != kind:
        events.append(await connection.recv())
        assert events[-1].type != "error", events[-1]
    return events


def sound_of(events: list[Any]) -> bytes:
    return b"".join(b64decode(each.delta) for each in events if each.type == "response.output_audio.delta")


@pytest.mark.parametrize("path", ["/v1", "/openai/v1"])
async def test_a_conversation(path: str) -> None:
    async with connected(path) as connection:
        await configure(connection)
        await ask_in_text(connection)
        await call_a_function(connection)
        await ask_by_voice_and_break_in(connection)


async def configure(connection: Any) -> None:
    heard = {"transcription": {"model": "whisper-1"}, "noise_reduction": {"type": "far_field"}}
    audio = {"input": heard | {"turn_detection": {"type": "server_vad"}}, "output": {"voice": "marin"}}
    session = {"type": "realtime", "instructions": "Be brief.", "tools": [LIGHT], "audio": audio}
    await connection.session.update(session=session | {"reasoning": {"effort": "low"}})
    (updated,) = await until(connection, "session.updated")
    assert updated.session.audio.output.voice == "marin"


async def ask_in_text(connection: Any) -> None:
    content = [{"type": "input_text", "text": "Hello?"}]
    await connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})
    await connection.response.create(response={"metadata": {"mine": "1"}})
    said = await until(connection, "response.done")
    assert sound_of(said) == ANSWER.pcm
    assert said[-1].response.metadata == {"mine": "1"}
    assert said[-1].response.usage.output_token_details.audio_tokens == 40


async def call_a_function(connection: Any) -> None:
    await connection.response.create()
    done = (await until(connection, "response.done"))[-1].response
    (call,) = done.output
    assert (call.type, call.name, call.arguments) == ("function_call", "light", '{"on": true}')
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "ok"}
    await connection.conversation.item.create(item=output)
    await connection.response.create()
    assert sound_of(await until(connection, "response.done")) == ANSWER.pcm


async def ask_by_voice_and_break_in(connection: Any) -> None:
    await append(connection, SECOND + SILENCE)
    heard = await until(connection, "response.output_audio.delta")
    assert "conversation.item.input_audio_transcription.completed" in [each.type for each in heard]
    await append(connection, SECOND)
    done = (await until(connection, "response.done"))[-1].response
    assert (done.status, done.status_details.reason) == ("cancelled", "turn_detected")
    await connection.conversation.item.truncate(item_id=done.output[0].id, content_index=0, audio_end_ms=100)
    assert (await until(connection, "conversation.item.truncated"))[-1].audio_end_ms == 100
    await append(connection, SILENCE)
    assert sound_of(await until(connection, "response.done")) == ANSWER.pcm


async def append(connection: Any, pcm: bytes) -> None:
    await connection.input_audio_buffer.append(audio=b64encode(pcm).decode())


# ---- openai-agents ----------------------------------------------------------------------
@pytest.fixture(scope="module")
def agents_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own."""
    folder = tmp_path_factory.mktemp("openai-agents")
    python = folder / "bin" / "python"
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True, capture_output=True)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"openai-agents cannot be installed: {error.stderr.decode()[-200:]}")
    return python


async def test_a_conversation_of_openai_agents(agents_python: Path) -> None:
    record: list[WireRecord] = []
    answers = Script([ANSWER], [Call("light", '{"on": true}')], [ANSWER])
    async with SimulatedService(answers=lambda: answers, record=record.append) as service:
        url = service.url.replace("http", "ws") + "/v1/realtime?model=gpt-realtime-2.1"
        process = await asyncio.create_subprocess_exec(
            agents_python, DRIVER, url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        printed, complaints = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, complaints.decode()
    told = [json.loads(line) for line in printed.decode().splitlines()]
    assert [each["detail"] for each in told if each["event"] == "error"] == []
    assert [each["detail"] for each in told if each["event"] == "tool_end"] == ["it is on"]
    heard = sum(each["detail"] for each in told if each["event"] == "audio")
    assert heard >= 3 * len(ANSWER.pcm)
    sent = Counter(entry.event["type"] for entry in record if entry.direction == "in")
    assert sent["conversation.item.truncate"] >= 1
    assert not [entry.event for entry in record if entry.event["type"] == "error"]
    done = [entry.event["response"] for entry in record if entry.event["type"] == "response.done"]
    assert [each["status"] for each in done] == [*["completed"] * 3, "cancelled", "completed"]
