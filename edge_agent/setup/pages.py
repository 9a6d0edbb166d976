"""Serves the set-up page: to everybody who reaches the device, until somebody gives the code there."""

from __future__ import annotations

from pathlib import Path

from ..host.http.http_server import Serving
from ..host.http.pages import Page
from ..web.access import NO_TOKENS, UNKNOWN, Access, Fields, NotAdmitted, WebRole
from ..web.address import own_names
from ..web.attendance import Attendance
from ..web.site import BrowserSite
from ..web.static_files import static_files
from ..web.web_socket import WebSocket
from .bench import SetupBench
from .signing_in import PICTURE

PLACE = "/setup"
HERE = Path(__file__).parent / "static"
SHARED = ("style.css", "elements.js", "feed.js", "light.js", "said.js", "words.js")


class OpenAccess(Access):
    """Everybody may see the page, and only our own page may talk: what is done there, the code decides."""

    def __init__(self) -> None:
        super().__init__(is_local=False, names=own_names(), tokens=lambda: NO_TOKENS)

    def admit(self, fields: Fields, *, socket: bool = False) -> WebRole | NotAdmitted:
        found = super().admit(fields, socket=socket)
        return WebRole.READER if found is UNKNOWN else found


class SetupPages:
    def __init__(self, bench: SetupBench) -> None:
        self._bench = bench

    def serving(self) -> Serving:
        """To be called in a thread, since files take their time."""
        files, shared = static_files(HERE), static_files()
        pages = {"/": files["setup.html"], PLACE: files["setup.html"]}
        pages |= {f"/{name}": shared[name] for name in SHARED}
        pages |= {f"/{name}": file for name, file in files.items() if not name.endswith(".html")}
        pages[PICTURE] = Page("image/svg+xml", self._bench.signing_in.picture)
        site = BrowserSite(
            OpenAccess(),
            pages=pages,
            sockets={"/socket/setup": self._attend},
            made=lambda _: None,
            secure=lambda _: False,
        )
        return Serving(site.answer)

    async def _attend(self, socket: WebSocket, _: WebRole) -> None:
        page = Attendance(socket)
        try:
            await page.run(lambda said: self._bench.take(said, page))
        finally:
            await self._bench.leave(page)
