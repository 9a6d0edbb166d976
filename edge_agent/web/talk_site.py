"""The page that talks, by itself: for browsers on this machine."""

from __future__ import annotations

from .access import NO_TOKENS, Access
from .site import BrowserSite
from .static_files import static_files
from .talk_room import TalkRoom


def talk_site(room: TalkRoom) -> BrowserSite:
    files = static_files()
    parts = {f"/{name}": file for name, file in files.items() if not name.endswith(".html")}
    return BrowserSite(
        Access(is_local=True, names=(), tokens=lambda: NO_TOKENS),
        pages=parts | {"/": files["talk.html"]},
        sockets={"/socket/talk": room.attend},
        made=lambda _: None,
        secure=lambda _: False,
    )
