"""A tool that is a request over HTTP: only to hosts that its table allows, with secrets from files."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote, urlsplit

from ...config.own_tools import PLACEHOLDER, OwnTool
from ..definition import Arguments, ToolFailed
from ..secret_files import read_secret
from ..web import WebRequest, fetch

BYTES_A_CHARACTER = 4


async def run(tool: OwnTool, arguments: Arguments) -> str:
    """Raises ToolFailed."""
    url = PLACEHOLDER.sub(lambda match: quote(str(arguments.get(match[1], "")), safe=""), tool.url)
    if urlsplit(url).hostname not in tool.hosts:
        raise ToolFailed("the host of its url is not one that it may reach")
    headers = dict(tool.headers)
    for name, file in tool.secret_headers.items():
        headers[name] = read_secret(Path(file), f"secret_headers {name}")
    body = b""
    if tool.method != "GET":
        headers.setdefault("Content-Type", "application/json")
        body = json.dumps(arguments, ensure_ascii=False).encode()
    most_bytes = tool.output_chars * BYTES_A_CHARACTER
    status, answer = await fetch(WebRequest(tool.method, url, headers, body, tool.runs_s, most_bytes))
    if not 200 <= status < 300:
        raise ToolFailed(f"{urlsplit(url).hostname} answers with HTTP {status}")
    try:
        return answer.decode().strip() or '{"status": "done"}'
    except UnicodeDecodeError as error:
        if error.start >= len(answer) - BYTES_A_CHARACTER:  # the limit has cut a character
            return answer[: error.start].decode()
        raise ToolFailed(f"{urlsplit(url).hostname} answers with data that is not UTF-8 text") from None
