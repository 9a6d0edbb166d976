"""A real MCP server, made with the SDK: python -m tests.mcp_server stdio | http.

Over HTTP it prints its port, and wants the token in TOKEN.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import anyio
import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from pydantic import Field

server = MCPServer("kitchen")
CANCELLED = Path(os.environ.get("CANCELLED", "/dev/null"))
TOKEN = os.environ.get("TOKEN", "")


@server.tool()
def set_light(room: str, level: Annotated[int, Field(ge=0, le=100)]) -> str:
    """Sets the light in a room, in %."""
    return f"{room} is at {level} %"


@server.tool()
def set_scene(scene: Literal["day", "night"] | None = None) -> str:
    """Sets a scene."""
    return f"scene {scene}"


def mark_cancelled() -> None:
    CANCELLED.write_text("cancelled")


@server.tool()
async def brew(seconds: float) -> str:
    """Makes coffee."""
    try:
        await anyio.sleep(seconds)
    except BaseException:
        mark_cancelled()
        raise
    return "coffee"


@server.tool()
def recite(characters: int) -> str:
    """Says a lot."""
    return "x" * characters


@server.tool()
def fail() -> str:
    """Fails."""
    raise ValueError("Ada's recipe is gone")


@server.tool()
def die() -> str:
    """Ends the server."""
    os._exit(3)


@server.tool()
def get_variable(name: str) -> str:
    """What its environment says."""
    return os.environ.get(name, "nothing")


@server.tool()
async def learn(context: Context) -> str:
    """Learns another tool."""
    server.add_tool(learned, name="learned")
    await context.notify_tools_changed()
    return "learned"


def learned() -> str:
    """Was learned."""
    return "it was"


async def serve_http() -> None:
    app = server.streamable_http_app(host="127.0.0.1")

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if (
            scope["type"] == "http"
            and dict(scope["headers"]).get(b"authorization") != f"Bearer {TOKEN}".encode()
        ):
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, send)

    bound = socket.create_server(("127.0.0.1", 0))
    print(bound.getsockname()[1], flush=True)
    await uvicorn.Server(uvicorn.Config(guarded, log_level="critical")).serve([bound])


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        print("a line that is not a message", flush=True)
        server.run("stdio")
    else:
        anyio.run(serve_http)
