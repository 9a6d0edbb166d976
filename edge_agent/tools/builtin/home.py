"""Hands a sentence to Home Assistant: POST /api/conversation/process, as its REST API documents it."""

from __future__ import annotations

import json
from pathlib import Path

from ...config.tool_settings import HomeSettings
from ...vocabulary.tool_events import Tool
from ..definition import Arguments, ToolDefinition, ToolFailed, parameters
from ..secret_files import read_secret
from ..web import WebRequest, fetch

PATH = "/api/conversation/process"
TEXT = {
    "type": "string",
    "maxLength": 500,
    "description": "A command or question about the home, in the user's language, as in: turn on the kitchen light",
}


def home_tool(settings: HomeSettings, language: str) -> ToolDefinition:
    """`language`: of the user; empty: as Home Assistant is set."""

    async def ask(given: Arguments) -> str:
        token = read_secret(Path(settings.token_file), "home.token_file")
        body = {"text": given["text"]} | ({"language": language} if language else {})
        body |= {"agent_id": settings.agent} if settings.agent else {}
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        url = settings.url.rstrip("/") + PATH
        status, answer = await fetch(
            WebRequest("POST", url, headers, json.dumps(body).encode(), settings.timeout_s)
        )
        if status == 401:
            raise ToolFailed(
                "Home Assistant rejects the token; create a new one and put it in home.token_file"
            )
        if status != 200:
            raise ToolFailed(f"Home Assistant answers with HTTP {status}")
        return _said(answer)

    schema = parameters({"text": TEXT}, "text")
    description = (
        "Controls the home and tells about it: lights, heating, doors, sensors, through Home Assistant."
    )
    tool = Tool("ask_home", deadline_s=settings.timeout_s + 1, confirm=settings.confirm)
    return ToolDefinition(tool, description, ask, schema, source="Home Assistant")


def _said(answer: bytes) -> str:
    """What it says, and whether it has done it. Raises ToolFailed."""
    try:
        response = json.loads(answer)["response"]
        speech = str(response["speech"]["plain"]["speech"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ToolFailed("Home Assistant answers with something that is not its conversation API") from None
    kind = str(response.get("response_type", ""))
    return json.dumps({"said": speech, "result": kind}, ensure_ascii=False)
