#!/usr/bin/env bash
# mcp 2.3.0: a server's ServerSession.send_tool_list_changed() reaches clients of the older protocol only.
#
# Expected: a client that has a message_handler hears notifications/tools/list_changed, in whichever version of the
# protocol the two have agreed upon; the call on the server raises nothing.
# Seen: with mode="legacy" (2025-11-25) it does. With the default mode="auto" two of this SDK agree on 2026-07-28, and
# the notification goes nowhere, without an error on either side. There a server must call
# Context.notify_tools_changed(), and a client must ask with Client.listen(tools_list_changed=True).
# Why it matters to a voice device: a server written for the older protocol is asked by a newer client, and its new
# tools are never offered to the model. So this device listens in both ways, and lists the tools every minute besides.
#
# Exits 0 while it is so, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check mcp==2.3.0
cat >"$folder/server.py" <<'PYTHON'
from mcp.server import MCPServer
from mcp.server.mcpserver import Context

server = MCPServer("kitchen")


@server.tool()
async def change(context: Context) -> str:
    """Says that the tools are others, in the way of the older protocol."""
    await context.session.send_tool_list_changed()
    return "said"


@server.tool()
async def change_now(context: Context) -> str:
    """Says so in the way of the newer one."""
    await context.notify_tools_changed()
    return "said"


server.run("stdio")
PYTHON
"$folder/bin/python" - "$folder/server.py" <<'PYTHON'
import sys
from importlib.metadata import version

import anyio
from mcp import Client, StdioServerParameters

SERVER = StdioServerParameters(command=sys.executable, args=[sys.argv[1]])
CHANGED = "notifications/tools/list_changed"


async def notified(mode, tool, listens):
    heard = anyio.Event()

    async def handle(message):
        if getattr(message, "method", "") == CHANGED:
            heard.set()

    async def listen(client, task_status):
        async with client.listen(tools_list_changed=True) as changes:
            task_status.started()
            async for _ in changes:
                heard.set()

    async with Client(SERVER, mode=mode, message_handler=handle) as client, anyio.create_task_group() as tasks:
        if listens:
            await tasks.start(lambda *, task_status: listen(client, task_status))
        await client.call_tool(tool)
        with anyio.move_on_after(2):
            await heard.wait()
        tasks.cancel_scope.cancel()
        return client.protocol_version, heard.is_set()


async def main():
    print(f"mcp {version('mcp')}: the client is told that the server's tools have changed")
    older, told = await notified("legacy", "change", listens=False)
    newer, lost = await notified("auto", "change", listens=False)
    _, listening = await notified("auto", "change_now", listens=True)
    print(f"expected: {older} True; {newer} True")
    print(f"seen:     {older} {told}; {newer} {lost}; {newer} with notify_tools_changed() and listen() {listening}")
    return 0 if told and not lost and listening else 1


sys.exit(anyio.run(main))
PYTHON
