"""A tool that is a program: no shell, arguments as JSON on its standard input, what it prints is its output."""

from __future__ import annotations

import json
import os

from ...config.own_tools import OwnTool
from ...realtime.auth import token_program
from ...realtime.auth.token_program import ProgramResult
from ..definition import Arguments, ToolFailed

BYTES_A_CHARACTER = 4
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "TZ")  # others may be secrets


async def run(tool: OwnTool, arguments: Arguments) -> str:
    """Raises ToolFailed."""
    most_bytes = tool.output_chars * BYTES_A_CHARACTER
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    try:
        outcome = await token_program.run(
            tool.command,
            tool.runs_s,
            given=json.dumps(arguments, ensure_ascii=False).encode() + b"\n",
            most_bytes=most_bytes,
            user=tool.user or None,
            environment=environment,
        )
    except TimeoutError:
        raise ToolFailed(f"{tool.command[0]} did not finish within {tool.runs_s:g} s") from None
    except (OSError, LookupError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ToolFailed(f"{tool.command[0]} cannot be run ({reason})") from None
    return _output(tool, outcome, most_bytes)


def _output(tool: OwnTool, outcome: ProgramResult, most_bytes: int) -> str:
    program = tool.command[0]
    if len(outcome.printed) > most_bytes:
        raise ToolFailed(f"{program} prints more than {most_bytes} bytes; it was ended")
    if outcome.status:
        said = f": {outcome.complaint}" if outcome.complaint else ""
        raise ToolFailed(f"{program} {outcome.how}{said}")
    try:
        text = outcome.printed.decode().strip()
    except UnicodeDecodeError:
        raise ToolFailed(f"{program} prints data that is not UTF-8 text") from None
    return text or '{"status": "done"}'
