"""What the technician's page may ask: the requests of the control socket, and what the commands show besides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from ..host.control.requests import Request, RequestRefused
from . import own_commands, responses
from .access import WebRole, may
from .attendance import Attendance
from .log_tail import LogTail
from .mailbox import Letter, PageMessage
from .turn_pictures import pictures_of

TURNS = 40
NOT_HERE = "this cannot be asked over the pages; use the commands on the device"
LOOKS_ONLY = "this page may only look; open the operator's link to change something"

WebAnswer = Mapping[str, Any]
CarryOut = Callable[[Request], WebAnswer | Awaitable[WebAnswer]]


class Workbench:
    """`do` carries out a request of the control socket; raises RequestRefused. `config`: the file that the device
    uses."""

    def __init__(self, do: CarryOut, log: LogTail, config: Callable[[], Path | None]) -> None:
        self._do, self._log, self._config = do, log, config
        self._drawings: dict[str, str] = {}
        self._reports: dict[str, bytes] = {}  # the last one, by path
        self._is_reporting = False
        self._doctor: asyncio.Task[None] | None = None

    async def take(self, said: bytes, page: Attendance, role: WebRole) -> None:
        await page.answer(said, lambda request: self._answer(request, page, role))

    def made(self, path: str) -> bytes | None:
        """What was made for a page, as an answer over HTTP."""
        if drawing := self._drawings.get(path):
            return responses.page("image/svg+xml", drawing.encode(), responses.DRAWING)
        if report := self._reports.get(path):
            name = f"edge-agent-report-{datetime.now().astimezone():%Y%m%d-%H%M%S}.html"
            attachment = f'attachment; filename="{name}"'
            return responses.page(
                "text/html; charset=utf-8", report, responses.DRAWING, Content_Disposition=attachment
            )
        return None

    async def stop(self) -> None:
        if self._doctor:
            self._doctor.cancel()
            await asyncio.wait({self._doctor})

    async def _answer(self, request: Request, page: Attendance, role: WebRole) -> PageMessage:
        """Raises RequestRefused."""
        if not may(role, request.get("do")):
            raise RequestRefused(NOT_HERE if role is WebRole.OPERATOR else LOOKS_ONLY)
        match request:
            case {"do": "journal"}:
                return {"lines": list(self._log.lines)}
            case {"do": "turns"}:
                told = await self._control({"do": "report", "last": TURNS})
                turns, self._drawings = await asyncio.to_thread(pictures_of, told)
                return {"turns": turns}
            case {"do": "doctor"}:
                return self._call_doctor(page)
            case {"do": "report file"}:
                return {"path": await self._make_report()}
        return dict(await self._control(request))

    async def _control(self, request: Request) -> WebAnswer:
        answer = self._do(request)
        return await answer if isinstance(answer, Awaitable) else answer

    async def _make_report(self) -> str:
        if self._is_reporting:
            raise RequestRefused("a report is being made already")
        self._is_reporting = True
        try:
            made = await own_commands.report(self._config())
        except (own_commands.CommandFailed, TimeoutError, OSError) as failure:
            raise RequestRefused(f"no report was made ({failure})") from None
        finally:
            self._is_reporting = False
        path = f"/report/{token_urlsafe()}.html"
        self._reports = {path: made}
        return path

    def _call_doctor(self, page: Attendance) -> PageMessage:
        if self._doctor and not self._doctor.done():
            raise RequestRefused("the doctor is at work already")
        self._doctor = asyncio.create_task(self._examine(page), name="doctor")
        return {}

    async def _examine(self, page: Attendance) -> None:
        """Without what the running device has for itself."""
        command = "doctor", "--no-sound", "--no-panel", *own_commands.config_option(self._config())
        try:
            async for line in own_commands.printed(*command):
                page.put([Letter({"doctor": line})])
        except (TimeoutError, OSError) as failure:
            page.put([Letter({"doctor": f"the doctor did not finish ({failure})"})])
        page.put([Letter({"doctor": None})])
