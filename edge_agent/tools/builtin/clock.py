"""What time and date it is here."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from ...vocabulary.tool_events import Tool
from ..definition import Arguments, ToolDefinition


def local_now() -> datetime:
    return datetime.now().astimezone()


def clock_tool(now: Callable[[], datetime] = local_now) -> ToolDefinition:
    async def tell(_: Arguments) -> str:
        at = now()
        told = {"time": f"{at:%H:%M:%S}", "date": f"{at:%Y-%m-%d}", "weekday": f"{at:%A}", "zone": f"{at:%Z}"}
        return json.dumps(told)

    return ToolDefinition(Tool("get_time"), "Tells the local time, date and weekday.", tell)
