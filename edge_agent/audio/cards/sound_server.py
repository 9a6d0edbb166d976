"""Not a card but a way to a sound server, PulseAudio or PipeWire, which runs in the session of a user."""

from __future__ import annotations

import ctypes
import os
import pwd
import re
from collections.abc import Callable
from contextlib import suppress
from errno import ECONNREFUSED, EHOSTDOWN

from ...vocabulary.sound import NO_SERVER
from .alsa_cards import Direction

UNANSWERED = (
    ECONNREFUSED,
    EHOSTDOWN,
)  # what ALSA's plugins of PulseAudio and PipeWire give without their server
CAPTURE, PLAYBACK, NONBLOCK = 1, 0, 1  # of alsa/pcm.h
# what ALSA takes for more than a name may be a plugin that writes files; none that leads to a server needs it
PLAIN = re.compile(r"[\w .-]*")


def opened(name: str, direction: Direction) -> int:
    """As ALSA opens it by name, whichever plugins are on the way: 0, or the error's number. It may hang, and writes to
    standard error."""
    with suppress(OSError, MemoryError, AttributeError):
        alsa, pcm = ctypes.CDLL("libasound.so.2"), ctypes.c_void_p()
        stream = CAPTURE if direction == "microphone" else PLAYBACK
        code = int(alsa.snd_pcm_open(ctypes.byref(pcm), name.encode(), stream, NONBLOCK))
        if code == 0:
            alsa.snd_pcm_close(pcm)
        return -code
    return 0


def server_missing(name: str, direction: Direction, opened: Callable[[str, Direction], int] = opened) -> str:
    """What is wrong, where a device that is not listed leads to a sound server; else empty. `name`: empty for the
    system's default."""
    if not PLAIN.fullmatch(name) or opened(name or "default", direction) not in UNANSWERED:
        return ""
    shown = f"{direction} {name!r}" if name else f"the default {direction}"
    todo = "run edge-agent in the session of the server's user, or name a card: hardware/README.md, Sound servers"
    return f"{shown} leads to PulseAudio or PipeWire, and {NO_SERVER} {_user()}; {todo}"


def _user() -> str:
    try:
        return f"the user {pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return "this user"
