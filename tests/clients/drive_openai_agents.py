"""openai-agents: a conversation in text and by voice, with a function and an interruption.

    python drive_openai_agents.py URL

Runs in an environment of its own. Prints each event of the session as a line of JSON, and ends when all is said.
"""

import asyncio
import json
import sys
from math import sin

from agents import function_tool, set_tracing_disabled
from agents.realtime import RealtimeAgent, RealtimeRunner

RATE_HZ = 24_000
# a second
VOICE = b"".join(int(9000 * sin(n / 8)).to_bytes(2, "little", signed=True) for n in range(RATE_HZ))
SILENCE = bytes(RATE_HZ * 2 * 6 // 10)


@function_tool
def light(on: bool) -> str:
    """Switches the light."""
    return f"it is {'on' if on else 'off'}"


class Listener:
    """What the session says, and a way to wait for it."""

    def __init__(self):
        self.seen = []
        self._changed = asyncio.Event()

    async def listen(self, session):
        async for event in session:
            self.seen.append(event.type)
            print(json.dumps({"event": event.type, "detail": detail_of(event)}), flush=True)
            self._changed.set()

    async def until(self, kind, count):
        while self.seen.count(kind) < count:
            self._changed.clear()
            await self._changed.wait()


def detail_of(event):
    match event.type:
        case "audio":
            return len(event.audio.data)
        case "tool_end":
            return str(event.output)
        case "error":
            return str(event.error)
    return None


async def main(url):
    set_tracing_disabled(True)
    agent = RealtimeAgent(name="assistant", instructions="Answer briefly.", tools=[light])
    settings = {
        "model_name": "gpt-realtime-2.1",
        "turn_detection": {"type": "server_vad", "interrupt_response": True},
    }
    runner = RealtimeRunner(starting_agent=agent, config={"model_settings": settings})
    model = {"api_key": "any", "url": url, "initial_model_settings": settings}
    listener = Listener()
    async with await runner.run(model_config=model) as session:
        listening = asyncio.create_task(listener.listen(session))
        await session.send_message("Hello?")
        await listener.until("audio_end", 1)
        await session.send_message("The light, please.")  # is answered with a call, and then with words
        await listener.until("tool_end", 1)
        await listener.until("audio_end", 2)
        await session.send_audio(VOICE + SILENCE)
        sounded = listener.seen.count("audio")
        await listener.until("audio", sounded + 1)
        interrupted = listener.seen.count("audio_interrupted")
        await session.send_audio(VOICE)  # over the answer
        await listener.until("audio_interrupted", interrupted + 1)
        await session.send_audio(SILENCE)
        await listener.until("audio_end", 4)
        listening.cancel()


asyncio.run(main(*sys.argv[1:]))
