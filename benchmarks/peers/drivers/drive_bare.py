"""The floor: websockets + json + base64, the sound in messages of 20 ms; no gate, no playback, no recovery."""

import asyncio
import base64
import json

from conversation import Speaker, hold_by_frames, mark, plan
from websockets.asyncio.client import ClientConnection, connect

mark("imported")


async def listen(socket: ClientConnection, speaker: Speaker) -> None:
    async for frame in socket:
        event = json.loads(frame)
        if event["type"] == "response.output_audio.delta":
            speaker.play(len(base64.b64decode(event["delta"])))
        elif event["type"] == "response.done":
            speaker.finish()
        elif event["type"] == "error":
            raise SystemExit(event)


async def main() -> None:
    todo, speaker = plan(), Speaker()
    address = f"wss://{todo.service}/v1/realtime?model=gpt-realtime"
    async with connect(
        address, additional_headers={"Authorization": "Bearer local"}, max_size=None, compression=None
    ) as socket:

        async def send(**event: object) -> None:
            await socket.send(json.dumps(event))

        async def hear(pcm: bytes) -> None:
            await send(type="input_audio_buffer.append", audio=base64.b64encode(pcm).decode())

        async def press() -> None: ...

        async def release() -> None:
            await send(type="input_audio_buffer.commit")
            await send(type="response.create")

        await send(
            type="session.update",
            session={"type": "realtime", "audio": {"input": {"turn_detection": None}}},
        )
        listening = asyncio.create_task(listen(socket, speaker))
        await hold_by_frames(todo, hear=hear, press=press, release=release, over=speaker.over)
        await listening


asyncio.run(main())
