"""The page that talks, by itself: for browsers on this machine."""

from __future__ import annotations

from ..host.http.pages import Page
from .access import Access, Tokens
from .site import BrowserSite
from .static_files import static_files
from .talk_room import TalkRoom

NO_TOKENS = Tokens("", "")


def talk_site(room: TalkRoom) -> BrowserSite:
    files = static_files()
    names = {f"/{name}": name for name in files if not name.endswith(".html")} | {"/": "talk.html"}
    return BrowserSite(
        Access(is_local=True, names=(), tokens=lambda: NO_TOKENS),
        pages={path: _always(*files[name]) for path, name in names.items()},
        sockets={"/socket/talk": room.attend},
        made=lambda _: None,
        secure=lambda _: False,
    )


def _always(content_type: str, body: bytes) -> Page:
    return Page(content_type, lambda: body)
