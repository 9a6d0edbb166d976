"""openai-agents: a realtime session of its runner."""

import asyncio

from agents import set_tracing_disabled
from agents.realtime import (
    RealtimeAgent,
    RealtimeModelSendRawMessage,
    RealtimeRunner,
)
from conversation import Speaker, hold_by_frames, mark, plan

mark("imported")


async def main() -> None:
    todo, speaker = plan(), Speaker()
    set_tracing_disabled(True)
    agent = RealtimeAgent(name="assistant", instructions="Answer briefly.")
    settings = {"model_name": "gpt-realtime", "turn_detection": None}
    runner = RealtimeRunner(starting_agent=agent, config={"model_settings": settings})
    session = await runner.run(
        model_config={
            "api_key": "local",
            "url": f"wss://{todo.service}/v1/realtime?model=gpt-realtime",
            "initial_model_settings": settings,
        }
    )
    async with session:

        async def listen() -> None:
            async for event in session:
                if event.type == "audio":
                    speaker.play(len(event.audio.data))
                elif event.type == "audio_end":
                    speaker.finish()
                elif event.type == "error":
                    raise SystemExit(str(event.error))

        async def hear(pcm: bytes) -> None:
            await session.send_audio(pcm)

        async def press() -> None: ...

        async def release() -> None:
            await session.send_audio(b"", commit=True)
            create = RealtimeModelSendRawMessage(message={"type": "response.create"})
            await session.model.send_event(create)

        listening = asyncio.create_task(listen())
        await hold_by_frames(todo, hear=hear, press=press, release=release, over=speaker.over)
        await listening


asyncio.run(main())
