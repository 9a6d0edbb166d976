#!/usr/bin/env bash
# openai 3.57.0: the client for Azure connects its Realtime API to the path of the preview, and speaks GA there.
#
# `AsyncAzureOpenAI(...).realtime` is the GA client: its types have session.type, output_modalities, audio.output.
# Expected: it connects to /openai/v1/realtime?model=DEPLOYMENT, where Azure serves that API.
# Seen: /openai/realtime?api-version=...&deployment=..., the preview (deprecated on 2026-04-30), whose sessions do not
# have these fields and refuse an update with any of them, so that the device would run on the defaults of the service.
# Why it matters to a voice device: the session opens, and only then is what was configured refused. The plain client
# with base_url=.../openai/v1 and the key as its api_key reaches GA.
#
# Exits 0 while it is so, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check openai==3.57.0 websockets==15.0.1 trustme==1.2.1
"$folder/bin/python" - <<'PYTHON'
import asyncio
import json
import ssl
import sys
from importlib.metadata import version
from urllib.parse import urlsplit

import trustme
from openai import AsyncAzureOpenAI, AsyncOpenAI
from websockets.asyncio.server import serve

seen = []
authority = trustme.CA()
trusting = ssl.create_default_context()
authority.configure_trust(trusting)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
authority.issue_cert("127.0.0.1").configure_cert(tls)


async def service(socket):
    """Notes what it is asked for."""
    update = json.loads(await socket.recv())
    seen.append((urlsplit(socket.request.path), update["session"]))


async def ask(client):
    async with client.realtime.connect(model="my-deployment", websocket_connection_options={"ssl": trusting}) as connection:
        await connection.session.update(session={"type": "realtime", "output_modalities": ["audio"]})
        async for _ in connection:
            pass
    return seen.pop()


async def main():
    async with serve(service, "127.0.0.1", 0, ssl=tls) as server:
        here = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        azure = AsyncAzureOpenAI(api_key="any", azure_endpoint=here, api_version="2025-04-01-preview")
        plain = AsyncOpenAI(api_key="any", base_url=f"{here}/openai/v1")
        of_azure, said = await ask(azure)
        of_plain, _ = await ask(plain)
    print(f"openai {version('openai')}: client.realtime.connect(model='my-deployment'), session.update {said}")
    print("expected of AsyncAzureOpenAI: /openai/v1/realtime?model=my-deployment")
    print(f"seen of AsyncAzureOpenAI:     {of_azure.path}?{of_azure.query}")
    print(f"seen of AsyncOpenAI:          {of_plain.path}?{of_plain.query}")
    return 0 if of_azure.path == "/openai/realtime" and of_plain.path == "/openai/v1/realtime" else 1


sys.exit(asyncio.run(main()))
PYTHON
