"""The conversation on a terminal, as it happens: time, light, who said what."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import monotonic

from ..vocabulary import events as e
from ..vocabulary.state import Mode, State

# light: (sign, ANSI colour)
LIGHTS: dict[Mode, tuple[str, int]] = {
    Mode.IDLE: ("○", 90),
    Mode.LISTENING: ("●", 32),
    Mode.THINKING: ("◐", 33),
    Mode.SPEAKING: ("♪", 36),
    Mode.MUTED: ("✕", 31),
    Mode.OFFLINE: ("!", 35),
    Mode.FAULT: ("⚠", 31),
}


class Display:
    def __init__(self, write: Callable[[str], None], *, colour: bool | None = None) -> None:
        self._write = write
        self._colour = sys.stdout.isatty() if colour is None else colour
        self._began = monotonic()
        self._mode: Mode | None = None
        self._words = ""
        self._asked_at: float | None = None
        self._note = ""
        self._half_duplex = False

    def watch(self, event: e.Event, state: State) -> None:
        """Called after each event."""
        now = monotonic()
        self._take(event, now)
        if state.mode is not self._mode:
            self._mode = state.mode
            self._show(state.mode, self._note, now)
            self._note = ""

    def _take(self, event: e.Event, now: float) -> None:
        match event:
            case e.AudioStarted(device):
                self._began = now
                self._say(now, "device", device)
            case e.AudioNoted(text):
                self._say(now, "note", text)
            case e.Connected(_, session_id):
                self._say(now, "link", f"up: {session_id}")
            case e.Disconnected(_, reason):
                self._say(now, "link", f"down: {reason}")
            case e.LinkFailed(_, message):
                self._say(now, "link", message)
            case e.ButtonPressed():
                self._note = "button pressed"
            case e.UplinkOpened(opened_by="speech"):
                self._note = "voice heard"
            case e.UplinkClosed():
                self._asked_at = now
            case e.PlaybackStarted():
                if self._asked_at is not None:
                    self._say(
                        now, "", f"first sound {now - self._asked_at:.2f} s after the end of the question"
                    )
                    self._asked_at = None
            case e.UserTranscribed(_, transcript):
                self._say(now, "you", transcript)
            case e.TranscriptDelta(_, _, text):
                self._words += text
            case e.ResponseDone(_, status, reason, message):
                if self._words:
                    self._say(now, "agent", self._words)
                self._words = ""
                if status in ("failed", "incomplete"):
                    self._say(now, "agent", f"({status}: {message or reason})")
            case e.EchoJudged(full_duplex, erle_db):
                if not full_duplex:
                    self._say(now, "echo", "too strong; half-duplex: not listening while speaking")
                elif self._half_duplex or erle_db:
                    self._say(now, "echo", f"full duplex: {erle_db:.0f} dB removed")
                self._half_duplex = not full_duplex
            case e.BudgetSpent(spent):
                self._say(now, "budget", "used up; nothing more is sent" if spent else "a new day has begun")
            case e.PlaybackStopped(heard):
                for item in heard:
                    self._say(now, "agent", f"(interrupted: {item.heard_ms / 1000:.3f} s heard)")

    def _show(self, mode: Mode, note: str, now: float) -> None:
        sign, colour = LIGHTS[mode]
        light = f"\x1b[{colour}m{sign} {mode.value:10}\x1b[0m" if self._colour else f"{sign} {mode.value:10}"
        self._write(f"{now - self._began:7.2f}  {light} {note}".rstrip())

    def _say(self, now: float, who: str, what: str) -> None:
        self._write(f"{now - self._began:7.2f}    {who:>10}  {what}")
