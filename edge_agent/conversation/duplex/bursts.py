"""What the model says, from one silence to the next: what of it is played, and what is not. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.sound import service_ms
from ..answer import CutOff
from ..transcript import Transcript


@dataclass(slots=True)
class Bursts:
    """`coming`: the one that arrives now. `deaf`: the one that is thrown away. `playing`: those at the speaker.
    `withheld`: what waits until the user has finished."""

    coming: str = ""
    deaf: str = ""
    received_ms: dict[str, int] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    withheld: list[e.AudioDelta] = field(default_factory=list)
    stops: int = 0  # StopPlayback without its PlaybackStopped

    @property
    def sounds(self) -> bool:
        """Whether any of it is at the speaker, or on its way there."""
        return bool(self.received_ms)

    @property
    def are_under_way(self) -> bool:
        """Whether one arrives, or is heard."""
        return bool(self.coming) or self.sounds

    @property
    def coming_ms(self) -> int:
        """How much of the one that arrives has come."""
        withheld_ms = sum(service_ms(delta.pcm) for delta in self.withheld)
        return self.received_ms.get(self.coming, 0) + withheld_ms

    def play(self, delta: e.AudioDelta, transcript: Transcript) -> c.Play:
        transcript.sounds(delta.item_id)
        self.received_ms[delta.item_id] = self.received_ms.get(delta.item_id, 0) + service_ms(delta.pcm)
        return c.Play(delta.item_id, delta.pcm)

    def release(self, transcript: Transcript) -> Iterator[c.Play | c.FinishPlayback]:
        """The user has finished: play what waits."""
        withheld, self.withheld = self.withheld, []
        yield from (self.play(delta, transcript) for delta in withheld)
        if withheld and withheld[-1].item_id != self.coming:
            yield c.FinishPlayback()

    def end(self) -> Iterator[c.FinishPlayback]:
        """No more of the one that arrives."""
        if self.coming and self.coming in self.received_ms and not self.withheld:
            yield c.FinishPlayback()
        if self.coming in self.received_ms or self.withheld:
            self.whole.add(self.coming)
        self.coming = ""

    def drop(self, transcript: Transcript) -> None:
        """What still comes of the one that arrives is not heard."""
        self.deaf = self.coming or self.deaf
        if self.deaf:
            transcript.close(self.deaf)

    def stop(self, transcript: Transcript) -> Iterator[c.StopPlayback]:
        """Nothing of it is heard any more, whatever still comes of it."""
        self.withheld.clear()
        self.whole &= self.received_ms.keys()
        self.drop(transcript)
        if self.sounds:
            self.stops += 1
            yield c.StopPlayback()

    def stopped(self, heard: tuple[e.Heard, ...], transcript: Transcript) -> None:
        """So much was heard of what was stopped."""
        self.stops = max(0, self.stops - 1)
        heard_ms = {item.item_id: item.heard_ms for item in heard}
        for item_id in [item_id for item_id in self.received_ms if not self.stops]:
            received_ms = self.received_ms.pop(item_id)
            whole = item_id in self.whole
            cut = CutOff(item_id, heard_ms.get(item_id, 0), received_ms, whole=whole, known=True)
            transcript.cut(cut)
            self.whole.discard(item_id)

    def drained(self, heard: tuple[e.Heard, ...], transcript: Transcript) -> None:
        """All of it was heard."""
        for item in heard:
            transcript.heard(item.item_id, item.heard_ms)
            self.whole.discard(item.item_id)
        self.received_ms.clear()

    def forsake(self, transcript: Transcript) -> None:
        """The player knows nothing of it any more, and has not played it."""
        for item_id, received_ms in self.received_ms.items():
            transcript.cut(CutOff(item_id, 0, received_ms, whole=item_id in self.whole, known=True))
        self.received_ms.clear()
        self.withheld.clear()
        self.whole.clear()
        self.stops = 0
