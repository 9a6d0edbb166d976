"""What was said and is not answered yet: it is sent again in the next session, if this one is lost. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...vocabulary.commands import AppendAudio
from ...vocabulary.sound import service_ms

MOST_MS = 60_000


@dataclass(slots=True)
class KeptSound:
    pieces: list[AppendAudio] = field(default_factory=list)
    ms: int = 0
    forgot: bool = False  # the beginning

    def add(self, piece: AppendAudio) -> None:
        self.pieces.append(piece)
        self.ms += service_ms(piece.pcm)
        while self.ms > MOST_MS:
            self.ms -= service_ms(self.pieces.pop(0).pcm)
            self.forgot = True

    def clear(self) -> None:
        self.pieces.clear()
        self.ms, self.forgot = 0, False
