"""What was heard of a session, and when; and what can be measured of that. Pure."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..realtime.wire import Json
from ..realtime.wire.live.output_gate import OPENS, rms
from ..vocabulary.frozen import frozen
from ..vocabulary.sound import ServicePcm, service_ms

PAUSE_S = 1.0  # a longer one ends what is said


@frozen
class SocketEnd:
    """Of a connection: its close code (None: there was none), and when."""

    code: int | None
    at: float


@frozen
class Piece:
    """`delta`: Base64. `start_ms`: where it belongs, if the service says so."""

    at: float
    delta: str
    start_ms: int | None

    @property
    def pcm(self) -> ServicePcm:
        return b64decode(self.delta)

    @property
    def is_loud(self) -> bool:
        return rms(self.pcm) > OPENS


@dataclass(slots=True)
class SessionRecord:
    """Times are those of the clock that the session runs on, in s. `refused`: the upgrade was, and how."""

    opened_at: float
    heard: list[tuple[float, Json]] = field(default_factory=list)
    ending: SocketEnd | None = None
    refused: str = ""

    def of(self, *kinds: str) -> list[tuple[float, Json]]:
        return [(at, event) for at, event in self.heard if event.get("type") in kinds]

    def at(self, *kinds: str) -> float | None:
        """When the first of these came."""
        return next((at for at, _ in self.of(*kinds)), None)

    @property
    def errors(self) -> list[str]:
        """Codes, in order."""
        errors = [event.get("error") for _, event in self.of("error")]
        return [str(error.get("code") or error.get("type")) for error in errors if isinstance(error, dict)]

    @property
    def why_none(self) -> str:
        """Why there is no session."""
        return f"no session: {self.refused or ', '.join(self.errors) or 'no session.started'}"

    @property
    def is_over(self) -> bool:
        return self.ending is not None or bool(self.refused)

    @property
    def pieces(self) -> Iterator[Piece]:
        """Of the output."""
        for at, event in self.of("session.output_audio.delta"):
            start_ms = event.get("start_ms")
            yield Piece(at, event["delta"], start_ms if isinstance(start_ms, int) else None)

    def output_ms(self, since: float, until: float) -> int:
        """How much came in between."""
        return sum(service_ms(piece.pcm) for piece in self.pieces if since < piece.at <= until)

    def first_loud(self, since: float) -> float | None:
        return next((piece.at for piece in self.pieces if piece.at > since and piece.is_loud), None)

    def last_loud(self, since: float) -> float | None:
        """The end of what is said from then on, up to the first pause."""
        last: float | None = None
        for piece in self.pieces:
            if piece.at <= since or not piece.is_loud:
                continue
            if last is not None and piece.at - last > PAUSE_S:
                break
            last = piece.at
        return last

    @property
    def billed_s(self) -> float:
        """As the service has told it last."""
        told = [event.get("usage") for _, event in self.of("session.usage.updated", "session.closed")]
        seconds = [usage.get("seconds") for usage in told if isinstance(usage, dict)]
        return max((float(one) for one in seconds if isinstance(one, int | float)), default=0.0)

    def stood_s(self, now: float) -> float:
        """How long there was a session."""
        started = self.at("session.started")
        if started is None:
            return 0.0
        return (self.ending.at if self.ending else now) - started
