"""How long the gate waits for a voice that has paused, before it takes the pause for the end. Pure.

A fixed time is too long for somebody who speaks in one go, and too short for somebody who thinks while speaking. So it
follows this person: who has lately gone on after long pauses is waited for longer, by FOLLOWS of the longest. And it
follows the speech: what sounds finished is waited for less. That is judged once, ASK into a pause. Times are for
`hangover_ms` of USUAL_MS, and scale with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from ..vocabulary.sound import FRAME_MS, MIC_FRAME_BYTES, MicPcm
from .prosody import WINDOW

USUAL_MS = 600
ASK = 200 // FRAME_MS  # frames of quiet
ASSUMED = 260 // FRAME_MS  # frames: a pause of somebody who was not heard yet
LEAST = 80 // FRAME_MS  # frames: less is not a pause
REMEMBERED = 12  # pauses
AT_LEAST_MS, AT_MOST_MS = 240, 700
BASE_MS, FOLLOWS = -60, 1.2
SPOKEN_MS = 120  # less for each unit of the logit
MIDDLE = 1.5  # of the logit
BEFORE = 600 // FRAME_MS  # frames that the network hears from before the gate opened
RETURNS = 1000 // FRAME_MS  # frames after the end: who is heard again sooner had only paused
# a network that needs longer than the pause so far
AWAITED = 360 // FRAME_MS  # frames of quiet
NETWORK_MS = 60  # less for each unit of its logit


class Network(Protocol):
    """It answers when it can."""

    def ask(self, pcm: MicPcm, /) -> None:
        """The utterance, up to now."""

    def answer(self) -> float | None:
        """Logit: above 0 it is rather the end; None: not known yet, or never."""


class Patience(Protocol):
    """Is told of each frame, as the gate judges them."""

    def opened(self) -> None:
        """A voice begins."""

    def wait(self, frame: MicPcm, /) -> None:
        """A frame while the gate is closed."""

    def limit(self, frame: MicPcm, quiet: int, /) -> int:
        """The next frame of an utterance, and with how many frames of quiet it ends. `quiet`: how many there are."""

    def certain(self, quiet: int, /) -> int:
        """After so many frames of quiet: it cannot end before it was told of so many more."""

    def ended(self) -> None:
        """The limit was reached."""

    def restart(self) -> None:
        """It was not told of frames for a while."""

    def forget(self) -> None:
        """Somebody else may speak next."""


class FixedPatience:
    """Always the same."""

    def __init__(self, hangover_ms: int) -> None:
        self._frames = max(1, hangover_ms // FRAME_MS)

    def opened(self) -> None:
        pass

    def wait(self, _: MicPcm) -> None:
        pass

    def limit(self, _: MicPcm, quiet: int) -> int:  # noqa: ARG002
        return self._frames

    def certain(self, quiet: int) -> int:
        return self._frames - quiet

    def ended(self) -> None:
        pass

    def restart(self) -> None:
        pass

    def forget(self) -> None:
        pass


class AdaptivePatience:
    """As this person speaks."""

    def __init__(
        self, hangover_ms: int, judge: Callable[[MicPcm], float], network: Network | None = None
    ) -> None:
        self._scale = hangover_ms / USUAL_MS
        self._judge, self._network = judge, network
        self._sound: deque[MicPcm] = deque(maxlen=8000 // FRAME_MS if network else WINDOW + ASK)
        self.forget()

    def forget(self) -> None:
        self._pauses: deque[int] = deque([ASSUMED], maxlen=REMEMBERED)
        self.restart()

    def restart(self) -> None:
        self._sound.clear()
        self._closed_for: int | None = None
        self._spoken = 0  # frames of this utterance
        self._begin()

    def _begin(self) -> None:
        self._longest = 0  # quiet in this pause
        self._logit = 0.0
        self._asked = False

    def certain(self, quiet: int) -> int:
        if quiet >= ASK:
            # a network may answer with the next frame
            return 1 if self._network else max(1, self._limit() - quiet)
        return min(self._frames(AT_MOST_MS), max(ASK, self._frames(AT_LEAST_MS))) - quiet

    def opened(self) -> None:
        if self._closed_for is not None and self._closed_for <= RETURNS:
            self._pauses.append(self._longest + self._closed_for)
        self._sound = deque(list(self._sound)[-BEFORE:], maxlen=self._sound.maxlen)
        self._spoken = 0
        self._begin()

    def wait(self, frame: MicPcm) -> None:
        self._sound.append(frame)
        if self._closed_for is not None:
            self._closed_for += 1

    def ended(self) -> None:
        self._closed_for = 0

    def limit(self, frame: MicPcm, quiet: int) -> int:
        self._sound.append(frame)
        self._spoken += 1
        if not quiet and self._longest:
            self._go_on()
        self._longest = max(self._longest, quiet)
        if quiet < ASK:
            return self._frames(AT_MOST_MS)
        if not self._asked:
            self._ask(quiet)
        return self._limit()

    def _go_on(self) -> None:
        """The voice is back."""
        if self._longest >= LEAST:
            self._pauses.append(self._longest)
        self._begin()

    def _ask(self, quiet: int) -> None:
        self._asked = True
        sound = b"".join(self._sound)
        said = sound[-self._spoken * MIC_FRAME_BYTES : -quiet * MIC_FRAME_BYTES]
        self._logit = self._judge(said) if said else 0.0
        if self._network:
            self._network.ask(sound)

    def _limit(self) -> int:
        pause_ms = max(self._pauses) * FRAME_MS
        wait_ms = BASE_MS + FOLLOWS * pause_ms - SPOKEN_MS * (self._logit - MIDDLE)
        answer = self._network.answer() if self._network else None
        if answer is not None:
            wait_ms -= NETWORK_MS * (answer - MIDDLE)
        elif self._network:
            wait_ms = max(wait_ms, AWAITED * FRAME_MS)
        return self._frames(wait_ms)

    def _frames(self, wait_ms: float) -> int:
        return round(min(max(wait_ms, AT_LEAST_MS), AT_MOST_MS) * self._scale / FRAME_MS)
