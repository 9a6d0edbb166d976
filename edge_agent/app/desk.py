"""Carries out what is asked of the running device, in the words of `host.control.requests`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from ..host.control.requests import (
    ANSWER_S,
    CONFIG_NAMES,
    MOST_TURNS,
    Request,
    RequestRefused,
    announcement_of,
    event_of,
)
from ..host.rate import RateLimit
from ..report.device_share import PAUSE_S
from ..telemetry.status_shape import DeviceStatus
from ..vocabulary.announcements import Announcement
from ..vocabulary.events import Event

if TYPE_CHECKING:
    from .editor import Editor


LOOKS = 20, 0.5  # at the configuration, in a row, and the time that earns another


class RunningDevice(Protocol):
    """What may be asked of it."""

    def post(self, event: Event) -> None: ...

    def reload(self) -> None:
        """Raises RequestRefused."""

    def restart(self) -> None:
        """Raises RequestRefused."""

    def report(self) -> DeviceStatus: ...

    def tools(self) -> list[dict[str, Any]]:
        """All of them, and what came of each last."""

    async def call_tool(self, name: str, arguments: str) -> dict[str, Any]:
        """What came of it."""

    async def announce(self, wanted: Announcement) -> dict[str, Any]:
        """What became of it, once it is over. Raises RequestRefused."""

    async def start(self, text: str) -> dict[str, Any]:
        """Whether the microphone is open. `text`: what is said first. Raises RequestRefused."""

    async def ask_user(self, text: str, answer_s: float) -> dict[str, Any]:
        """What was answered. Raises RequestRefused."""

    @property
    def editor(self) -> Editor:
        """Of its configuration. Raises RequestRefused."""

    def share(self, last: int, transcript: bool) -> dict[str, Any]:
        """Its part of a report: of the last so many turns; what was said only with `transcript`."""


class Desk:
    """For every surface that takes requests."""

    def __init__(self, device: RunningDevice) -> None:
        self._device, self._next_report = device, 0.0
        self._looks = RateLimit(*LOOKS)

    def do(self, request: Request) -> Mapping[str, Any] | Awaitable[Mapping[str, Any]]:
        """The answer to a request. Raises RequestRefused."""
        if event := event_of(request):
            self._device.post(event)
        elif request["do"] == "reload":
            self._device.reload()
        elif request["do"] == "restart":
            self._device.restart()
        elif request["do"] == "announce":
            return self._device.announce(announcement_of(request))
        elif request["do"] == "start":
            return self._device.start(request.get("text", ""))
        elif request["do"] == "ask-user":
            return self._device.ask_user(request["text"], request.get("answer_s", ANSWER_S))
        elif request["do"] == "report":
            return self._share(request)
        elif request["do"] in CONFIG_NAMES:
            return self._configure(request)
        elif request["do"] == "tools" and "name" in request:
            return self._device.call_tool(request["name"], json.dumps(request["arguments"]))
        elif request["do"] == "tools":
            return {"tools": self._device.tools()}
        return self._device.report()

    def _configure(self, request: Request) -> dict[str, Any] | Awaitable[dict[str, Any]]:
        if not self._looks.allows(monotonic()):
            raise RequestRefused("the configuration was just looked at too often; try again in a second")
        editor = self._device.editor
        text, changes, revision = request.get("text"), request.get("set", {}), request.get("revision")
        match request["do"]:
            case "config-read":
                return editor.read()
            case "config-check":
                return editor.check(text, changes)
            case "config-undo":
                return editor.undo(revision)
        return editor.write(text, changes, revision)

    def _share(self, request: Request) -> dict[str, Any]:
        if (now := monotonic()) < self._next_report:
            raise RequestRefused("another report was just made; try again in a second")
        self._next_report = now + PAUSE_S
        return self._device.share(request.get("last", MOST_TURNS), request.get("transcript", False))
