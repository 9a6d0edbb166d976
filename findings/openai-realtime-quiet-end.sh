#!/usr/bin/env bash
# openai 3.57.0: when a Realtime service ends a session with close code 1001, `async for event in connection` of the
# client ends as if all were said: no exception, no reason.
#
# 1001 is how the service ends a session that has reached its longest time, also in the middle of an answer.
# Expected: the loop raises, or tells why it ended, as `connection.recv()` does (ConnectionClosedOK with code 1001).
# Why it matters to a voice device: the answer is cut and the device is offline, and the loop that plays it looks
# exactly like one whose work is done. Whoever iterates must ask for the close code afterwards, or use recv().
#
# Exits 0 while it is so, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check openai==3.57.0 websockets==15.0.1
"$folder/bin/python" - <<'PYTHON'
import asyncio
import json
import sys
from importlib.metadata import version

from openai import AsyncOpenAI
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

DELTA = {
    "type": "response.output_audio.delta", "event_id": "event_1", "response_id": "resp_1", "item_id": "item_1",
    "output_index": 0, "content_index": 0, "delta": "AAAA",
}


async def service(socket):
    """The middle of an answer, and then the end of the session."""
    await socket.send(json.dumps(DELTA))
    await socket.close(1001, "Your session hit the maximum duration of 60 minutes.")


async def main():
    async with serve(service, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = AsyncOpenAI(api_key="any", base_url=f"http://127.0.0.1:{port}/v1")
        iterated = "ended without an exception"
        async with client.realtime.connect(model="gpt-realtime-2.1") as connection:
            try:
                async for _ in connection:
                    pass
            except Exception as error:
                iterated = f"raised {type(error).__name__}"
        async with client.realtime.connect(model="gpt-realtime-2.1") as connection:
            await connection.recv()
            try:
                received = (await connection.recv()).type
            except ConnectionClosed as error:
                received = f"raised {type(error).__name__}, code {error.rcvd.code}"
    print(f"openai {version('openai')}, websockets {version('websockets')}, close code 1001 in the middle of an answer")
    print("expected of async for: an exception, or a reason")
    print(f"seen of async for:     {iterated}")
    print(f"seen of recv():        {received}")
    return 0 if iterated.startswith("ended") and "1001" in received else 1


sys.exit(asyncio.run(main()))
PYTHON
