#!/usr/bin/env bash
# azure-ai-projects 2.10.0: values for the templates of a voice agent go into another query parameter than the reference names.
#
# Expected: the reference of the operation "connect to a voice agent" (Microsoft Learn, 2026-09) has the query parameters
# structured_inputs (JSON) and agent_version_override; a client with structured_inputs={...} asks with the first.
# Seen: the client asks with structured_input, in the singular, and has no argument for the version.
# Why it matters to a voice device: a parameter that a service does not know is passed over in silence, and the kiosk greets
# with an empty place. So this device says values and version in each spelling.
#
# Exits 0 while it is so, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check azure-ai-projects==2.10.0 aiohttp==3.14.5 trustme==1.2.1
"$folder/bin/python" - <<'PYTHON'
import asyncio
import inspect
import ssl
import sys
from importlib.metadata import version

import trustme
from aiohttp import web
from azure.ai.projects.aio import AIProjectClient
from azure.core.credentials import AccessToken

asked = {}


class Token:
    async def get_token(self, *_, **__):
        return AccessToken("token", 2**31)

    async def close(self):
        pass


async def answer(request):
    asked.update(request.query)
    socket = web.WebSocketResponse(protocols=["realtime"])
    await socket.prepare(request)
    await socket.close()
    return socket


async def main():
    ca = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    ca.issue_cert("127.0.0.1").configure_cert(server)
    ca.configure_trust(client)
    application = web.Application()
    application.router.add_get("/api/projects/museum/agents/guide/endpoint/protocols/voice", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server)
    await site.start()
    port = runner.addresses[0][1]
    projects = AIProjectClient(f"https://127.0.0.1:{port}/api/projects/museum", Token())
    connect = projects.beta.voice_agents.realtime.connect
    async with projects, connect(agent_name="guide", structured_inputs={"place": "hall"}, ssl=client):
        pass
    await runner.cleanup()
    versioned = [name for name in inspect.signature(connect).parameters if "version" in name and name != "api_version"]
    print(f"azure-ai-projects {version('azure-ai-projects')}: asked with {sorted(asked)}; for a version: {versioned}")
    is_so = asked.get("structured_input") == '{"place": "hall"}' and "structured_inputs" not in asked and not versioned
    print("as expected of this version" if is_so else "it has changed")
    return 0 if is_so else 1


sys.exit(asyncio.run(main()))
PYTHON
