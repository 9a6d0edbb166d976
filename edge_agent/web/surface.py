"""Serves pages to browsers, where the configuration wants that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Config
from ..config.web_settings import WebSettings
from ..host.surface import Find, Surface
from ..telemetry.metrics import Report
from ..telemetry.status import Finding
from ..telemetry.status_shape import SoundCounters
from ..vocabulary.events import Event
from ..vocabulary.state import State

if TYPE_CHECKING:
    from ..host.http.http_server import HttpServer, Serving
    from .pages import WebPages
    from .talk_room import RemoteHost
    from .workbench import CarryOut


class Web(Surface):
    """To be made inside an event loop. `do` carries out requests of the control socket, `report` gives the status,
    `find` takes what is wrong, `visits` tells how many visits are over, `levels` the counters of the sound; `talk` lets
    a page talk."""

    def __init__(
        self,
        do: CarryOut,
        report: Callable[[], Report],
        find: Find,
        visits: Callable[[], int],
        levels: Callable[[], SoundCounters],
        talk: RemoteHost,
    ) -> None:
        self._levels, self._talk = levels, talk
        self._do, self._report, self._find, self._visits = do, report, find, visits
        self._served = WebSettings(), _certificate_of(WebSettings())
        self._server: HttpServer | None = None
        self._pages: WebPages | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def changed(self, config: Config) -> None:
        if self._pages:
            self._pages.config = config
            self._pages.forget()
        wanted = config.web, _certificate_of(config.web)
        if wanted != self._served:
            self._served = wanted
            self._turn_over(config)

    def watch(self, event: Event, state: State) -> None:
        if self._pages:
            self._pages.watch(event, state, self._visits())

    async def stop(self) -> None:
        self._close_pages()
        if self._server:
            await self._server.close()
        if self._closing:
            await asyncio.wait(self._closing)

    def _turn_over(self, config: Config) -> None:
        self._close_pages()
        if config.web.address:
            # they cost memory, and many devices do without
            from ..host.http.http_server import HttpServer
            from .pages import WebPages

            self._pages = WebPages(config, self._do, self._report, self._levels, self._talk)
            self._server = self._server or HttpServer("pages", self._load, self._found)
        if self._server:
            self._server.open(config.web.listens_at, reload=True)

    def _load(self) -> Serving:
        assert self._pages
        return self._pages.serving()

    def _close_pages(self) -> None:
        pages, self._pages = self._pages, None
        if pages:
            closing = asyncio.create_task(pages.close(), name="pages")
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def _found(self, fault: str) -> None:
        self._find("web", Finding("web", fault, "check [web]") if fault else None)


def _certificate_of(web: WebSettings) -> tuple[int, int]:
    """Differs once its files are renewed, or made readable."""
    return _changed_ns(web.certificate), _changed_ns(web.private_key)


def _changed_ns(file: str) -> int:
    """0: it is not there."""
    try:
        return Path(file).stat().st_ctime_ns if file else 0
    except OSError:
        return 0
