"""The conversation on a terminal, as it happens: time, light, who said what."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import monotonic

from ..telemetry.captions import AnswerEnd, Captions
from ..vocabulary import events as e
from ..vocabulary.look import LOOKS, Colour
from ..vocabulary.state import Mode, State

ANSI = {
    Colour.DARK: 90,
    Colour.GREEN: 32,
    Colour.YELLOW: 33,
    Colour.CYAN: 36,
    Colour.RED: 31,
    Colour.MAGENTA: 35,
}


class Display:
    """`clock` in seconds; `colour`: None: where the terminal can."""

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        colour: bool | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._write, self._clock = write, clock
        self._colour = sys.stdout.isatty() if colour is None else colour
        self._began = clock()
        self._mode: Mode | None = None
        self._captions = Captions()
        self._asked_at: float | None = None
        self._note = ""
        self._half_duplex = False

    def watch(self, event: e.Event, state: State) -> None:
        """Called after each event."""
        now = self._clock()
        changed = self._captions.feed(event)
        for caption in [] if isinstance(event, e.TextEntered) else changed:
            if caption.who == "user" and caption.final:
                self._say(now, "you", caption.text)
        answers = [caption.text for caption in changed if caption.who == "assistant"]
        if isinstance(event, AnswerEnd) and (words := "".join(answers)):
            self._say(now, "agent", words)
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
            case e.AudioNoted(text) | e.ServiceNoted(_, text):
                self._say(now, "note", text)
            case e.Connected(_, session_id):
                self._say(now, "link", f"up: {session_id}")
            case e.Disconnected(_, reason):
                self._say(now, "link", f"down: {reason}")
            case e.LinkFailed(_, message):
                self._say(now, "link", message)
            case e.ButtonPressed():
                self._note = "button pressed"
            case e.WakeWordHeard(word):
                self._note = f"called: {word}"
            case e.StopWordHeard(word):
                self._note = f"stopped: {word}"
            case e.OwnWordHeard(word):
                self._say(now, "agent", f"(said {word!r} itself: not a call)")
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
            case e.ResponseDone(_, "failed" | "incomplete" as status, reason, message):
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
        light = f"{LOOKS[mode].sign} {mode.value:10}"
        if self._colour:
            light = f"\x1b[{ANSI[LOOKS[mode].colour]}m{light}\x1b[0m"
        self._write(f"{now - self._began:7.2f}  {light} {note}".rstrip())

    def _say(self, now: float, who: str, what: str) -> None:
        self._write(f"{now - self._began:7.2f}    {who:>10}  {what}")
