"""What can be done to the device by name, from wherever: a script, a terminal, the control socket."""

from __future__ import annotations

from . import events as e

ACTIONS: dict[str, e.Event] = {
    "press": e.ButtonPressed(),
    "release": e.ButtonReleased(),
    "mute": e.MuteSwitched(True),
    "unmute": e.MuteSwitched(False),
    "interrupt": e.InterruptRequested(),
    "stop-ringing": e.RingingStopped(),
    "forget": e.ForgetRequested(),
}
