"""openai: its realtime client, as in its README: an async connection, one event after the other."""

import asyncio
import base64

from conversation import Speaker, hold_by_frames, mark, plan
from openai import AsyncOpenAI

todo = plan()
client = AsyncOpenAI(api_key="local", base_url=f"https://{todo.service}/v1")
client.realtime  # noqa: B018 - the package imports it when it is first used
mark("imported")


async def main() -> None:
    speaker = Speaker()
    async with client.realtime.connect(model="gpt-realtime") as connection:

        async def listen() -> None:
            async for event in connection:
                if event.type == "response.output_audio.delta":
                    speaker.play(len(base64.b64decode(event.delta)))
                elif event.type == "response.done":
                    speaker.finish()
                elif event.type == "error":
                    raise SystemExit(event.error.message)

        async def hear(pcm: bytes) -> None:
            await connection.input_audio_buffer.append(audio=base64.b64encode(pcm).decode())

        async def press() -> None: ...

        async def release() -> None:
            await connection.input_audio_buffer.commit()
            await connection.response.create()

        await connection.session.update(
            session={"type": "realtime", "audio": {"input": {"turn_detection": None}}}
        )
        listening = asyncio.create_task(listen())
        await hold_by_frames(todo, hear=hear, press=press, release=release, over=speaker.over)
        await listening


asyncio.run(main())
