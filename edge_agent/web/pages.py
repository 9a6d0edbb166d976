"""All that is served while the pages are on: which page is where, and who has it open."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..config import Config
from ..config.addresses import is_loopback
from ..files.folders import state_folder
from ..host.http.exporter import metrics_page
from ..host.http.http_server import NotServed, Serving
from ..host.http.pages import Page
from ..telemetry.metrics import Report
from ..telemetry.status_shape import SoundCounters
from ..vocabulary import events as e
from ..vocabulary.state import Mode, State
from . import responses
from .access import NO_TOKENS, Access, Tokens, WebRole
from .address import own_names, site_of
from .attendance import TRY_LATER, Attendance, TakeMessage
from .caption_feed import CaptionFeed
from .invitation import PLACE, Invitation
from .log_tail import LogTail
from .mailbox import Letter
from .site import Attend, BrowserSite
from .static_files import static_files, unchanging
from .talk_room import RemoteHost, TalkRoom
from .tokens import file_in, kept, make
from .web_socket import WebSocket
from .workbench import CarryOut, Workbench

MOST_GUESTS = 8
LEVELS_EACH_S = 0.5
OVER = Letter({"over": True}, clears=True)
PLACES = {"/": "technician.html", "/captions": "captions.html", "/talk": "talk.html"}

log = logging.getLogger("edge_agent")


class WebPages:
    """To be made inside an event loop. `do` carries out requests of the control socket, `report` gives the status,
    `levels` the counters of the sound; `talk` lets a page talk."""

    def __init__(
        self,
        config: Config,
        do: CarryOut,
        report: Callable[[], Report],
        levels: Callable[[], SoundCounters],
        talk: RemoteHost,
    ) -> None:
        self.config, self._report, self._levels = config, report, levels
        self._telling: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._log = LogTail(self._log_line)
        self._workbench = Workbench(do, self._log, lambda: self.config.path)
        self._feed = CaptionFeed(Mode(report()["mode"]), captions=config.web.captions)
        self._technicians: set[Attendance] = set()
        self._spectators: set[Attendance] = set()
        self._guests: set[Attendance] = set()
        self._invitation = Invitation(site_of(config.web)) if config.web.captions_qr else None
        self._talk = talk
        self._room = talk.room = TalkRoom(talk)
        log.addHandler(self._log)

    def watch(self, event: e.Event, state: State, visits: int) -> None:
        self._show(self._feed.feed(event, state, visits))

    def forget(self) -> None:
        """The visit is over."""
        self._show(self._feed.forget())

    async def close(self) -> None:
        log.removeHandler(self._log)
        if self._telling:
            self._telling.cancel()
        await self._workbench.stop()
        await self._talk.end()

    def _show(self, letters: list[Letter]) -> None:
        if any(letter.clears for letter in letters):
            letters = [*letters, *self._invite_again()]
        for page in self._spectators | self._guests:
            page.put(letters)
        if lights := [letter for letter in letters if letter.key == "light"]:
            for page in self._technicians:
                page.put(lights)

    def _invite_again(self) -> list[Letter]:
        """The visit is over: its guests have to go, and see nothing of the next."""
        if self._invitation is None:
            return []
        self._invitation.renew()
        for guest in self._guests:
            guest.dismiss(OVER)
        self._guests.clear()
        return [self._invitation.letter]

    def _log_line(self, line: str) -> None:
        """From any thread, and perhaps after the end."""
        if self._technicians:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._tell, Letter({"log": line}))

    def _tell(self, letter: Letter) -> None:
        for page in self._technicians:
            page.put([letter])

    async def _tell_levels(self) -> None:
        """While somebody has the technician's page open."""
        while self._technicians:
            counters = self._levels()
            told = {name: counters[name] for name in ("level_db", "noise_db", "speaker_db")}
            self._tell(Letter({"levels": told}, "levels"))
            await asyncio.sleep(LEVELS_EACH_S)

    # ---- those who have a page open -------------------------------------
    async def _attend_technician(self, socket: WebSocket, role: WebRole) -> None:
        page = Attendance(socket)
        page.put([Letter({"role": role.value}), self._feed.light])
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_levels(), name="levels")
        await self._attend(page, self._technicians, lambda said: self._workbench.take(said, page, role))

    async def _attend_spectator(self, socket: WebSocket, role: WebRole) -> None:
        page = Attendance(socket)
        is_guest = role is WebRole.GUEST
        if is_guest and len(self._guests) >= MOST_GUESTS:
            await socket.close(TRY_LATER, "too many guests")
            return
        page.put(self._feed.snapshot())
        if self._invitation and not is_guest:
            page.put([self._invitation.letter])

        async def nothing(_: bytes) -> None:
            """A page with captions has no say."""

        await self._attend(page, self._guests if is_guest else self._spectators, nothing)

    async def _attend(self, page: Attendance, those: set[Attendance], take: TakeMessage) -> None:
        those.add(page)
        try:
            await page.run(take)
        finally:
            those.discard(page)

    # ---- what is served -------------------------------------------------
    def serving(self) -> Serving:
        """To be called in a thread, since imports and files take their time. Raises NotServed."""
        web = self.config.web
        tls = _tls(web.certificate, web.private_key) if web.certificate else None
        sockets: dict[str, Attend] = {"/socket/technician": self._attend_technician}
        if web.captions:
            sockets["/socket/captions"] = self._attend_spectator
        if web.talk:
            sockets["/socket/talk"] = self._room.attend
        site = BrowserSite(
            self._access(),
            pages=self._pages(),
            sockets=sockets,
            made=self._made,
            # by another name, only a proxy leads to a local address
            secure=lambda host: tls is not None or (web.is_local and not is_loopback(host)),
        )
        return Serving(site.answer, tls)

    def _access(self) -> Access:
        web = self.config.web
        file = file_in(state_folder())
        if not kept(file) and web.needs_link:
            _make_tokens(file)
        return Access(
            is_local=not web.needs_link,
            names=web.known_names | own_names(),
            tokens=lambda: self._with_guests(kept(file) or NO_TOKENS),
        )

    def _with_guests(self, tokens: Tokens) -> Tokens:
        return replace(tokens, guest=self._invitation.token) if self._invitation else tokens

    def _made(self, path: str) -> bytes | None:
        if self._invitation and path == PLACE:
            return responses.page("image/svg+xml", self._invitation.picture(), responses.DRAWING)
        return self._workbench.made(path)

    def _pages(self) -> dict[str, Page]:
        files = static_files()
        web = self.config.web
        hidden = {"/captions": not web.captions, "/talk": not web.talk}
        shown = [place for place in PLACES if not hidden.get(place)]
        names = {f"/{name}": name for name in files if not name.endswith(".html")}
        names |= {place: PLACES[place] for place in shown}
        pages = {path: files[name] for path, name in names.items()}
        try:
            metrics = metrics_page(self._report)
        except NotServed as missing:
            metrics = unchanging("text/plain; charset=utf-8", f"{missing}\n".encode())
        return pages | {"/metrics": metrics}


def _tls(certificate: str, private_key: str) -> ssl.SSLContext:
    """Raises NotServed."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, private_key)
    except OSError as error:  # of TLS too
        raise NotServed(
            f"cannot use [web] certificate and private_key ({error.strerror or error}); check both files"
        ) from None
    return context


def _make_tokens(file: Path) -> None:
    """Raises NotServed."""
    try:
        make(file)
    except OSError as error:
        raise NotServed(f"cannot keep the tokens of the pages ({error})") from None
