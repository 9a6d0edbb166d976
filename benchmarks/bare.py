"""The floor: websockets + json + base64, the audio in messages of 20 ms, no gate, no playback, no recovery.

python -m benchmarks.bare URL TURNS TALK_S
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import wave
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

MESSAGE = 960  # bytes: 20 ms
ANSWER = Path(__file__).parent.parent / "edge_agent" / "sounds" / "speech" / "answer-1.wav"  # 24 kHz speech


async def listen(socket: ClientConnection) -> int:
    """Until the answer is done; how many bytes of sound it had."""
    received = 0
    while True:
        event: dict[str, Any] = json.loads(await socket.recv())
        if event["type"] == "response.output_audio.delta":
            received += len(base64.b64decode(event["delta"]))
        elif event["type"] == "response.done":
            return received


async def main(url: str, turns: int, talk_s: float) -> None:
    address = url.replace("http", "ws") + "/openai/v1/realtime?model=gpt-realtime"
    with wave.open(str(ANSWER)) as file:
        line = file.readframes(file.getnframes())
    speech = (line * int(talk_s * 48_000 // len(line) + 1))[: int(talk_s * 48_000)]
    async with connect(address, additional_headers={"api-key": "local"}, max_size=None) as socket:
        audio = {"input": {"turn_detection": None}}
        await socket.send(
            json.dumps({"type": "session.update", "session": {"type": "realtime", "audio": audio}})
        )
        print("ready", flush=True)
        loop = asyncio.get_running_loop()
        for _ in range(turns):
            began = loop.time()
            for number, at in enumerate(range(0, len(speech), MESSAGE)):
                await asyncio.sleep(began + number * 0.02 - loop.time())
                audio64 = base64.b64encode(speech[at : at + MESSAGE]).decode()
                await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio64}))
            await socket.send(json.dumps({"type": "input_audio_buffer.commit"}))
            await socket.send(json.dumps({"type": "response.create"}))
            received = await listen(socket)
            await asyncio.sleep(received / 48_000)  # as long as it would play
        print("over", flush=True)
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
