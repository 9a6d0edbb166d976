"""Which device of a group answers a call: the one that hears it best. Pure; times in s.

Each tells the others how well it has heard a call, and yields to a better claim. Clocks differ from device to device,
so a claim counts from when it arrives. With every claim on its way for at most `LATEST_S`, exactly one device answers;
where claims are lost, several may, but never none: nobody yields but to a better claim, and the best of all finds none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from ..vocabulary.group import Claim, Readiness

SAME_S = 0.3  # at most, between two devices that hear the same call
LATEST_S = 0.2  # that a claim may be on its way
MEASURED_S = 0.4  # from a voice until it is known how well it is heard
FELT_S = 0.045  # from a call until the device shows that it was called: with all that it takes, 50 ms
TAIL_S = 0.5  # a room goes on sounding, and that is not a call
ENGAGED_S = 5.0  # that it counts, unless it is told again


@dataclass(slots=True)
class Nearest:
    """`device`: what the others call this one; empty: none of them can be reached."""

    device: str = ""
    # to the last call; None: there was none, or it is not known yet how well it is heard
    own: Claim | None = None
    heard_at: float = -inf
    better: str = ""  # a device with a better claim to it
    claims: list[tuple[float, Claim]] = field(default_factory=list)  # of others: when they came
    engaged_until: dict[str, float] = field(default_factory=dict)  # others that are in a turn, or speak

    def expect(self, now: float) -> None:
        """Somebody calls this device; how well that is heard will be known soon."""
        self.own, self.heard_at, self.better = None, now + MEASURED_S, ""

    def hear(self, readiness: Readiness, over_noise_db: float, now: float) -> Claim:
        """This device was called; what to tell the others."""
        own = Claim(readiness, over_noise_db, self.device)
        self.own, self.heard_at = own, now
        self._drop_before(now - SAME_S)
        self.better = next((claim.device for _, claim in self.claims if claim.beats(own)), "")
        return own

    def take(self, claim: Claim, now: float) -> None:
        """Another device was called."""
        self._drop_before(now - SAME_S)
        self.claims.append((now, claim))
        if self.own and self.is_open(now) and claim.beats(self.own):
            self.better = claim.device

    @property
    def felt_at(self) -> float:
        """When the device shows that it was called."""
        return self.heard_at + FELT_S

    @property
    def settled_at(self) -> float:
        """When no better claim to the last call can come any more."""
        return self.heard_at + SAME_S + LATEST_S

    def is_open(self, now: float) -> bool:
        """Whether one may still come."""
        return now < self.settled_at

    def engage(self, device: str, now: float, *, engaged: bool) -> bool:
        """Another device is in a turn, or has left it. Whether it has just begun one."""
        was_engaged = self.engaged_until.get(device, -inf) > now
        self.engaged_until = {other: until for other, until in self.engaged_until.items() if until > now}
        if engaged or device in self.engaged_until:
            self.engaged_until[device] = now + (ENGAGED_S if engaged else TAIL_S)
        return engaged and not was_engaged

    def engaged(self, now: float) -> str:
        """Another device that is in a turn; empty: none is."""
        return next((device for device, until in self.engaged_until.items() if until > now), "")

    def _drop_before(self, then: float) -> None:
        self.claims = [(at, claim) for at, claim in self.claims if at >= then]
