"""How turns are taken: what the conversation needs of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..config.model import Config


@dataclass(frozen=True, slots=True)
class TurnSettings:
    mode: Literal["button", "hands-free"] = "button"
    button: Literal["hold", "tap"] = "hold"
    end: Literal["local", "server", "semantic"] = "local"
    listen_s: float = 60.0  # the longest utterance
    silence_s: float = 8.0  # how long to wait for the first word after a tap
    answer_s: float = 20.0  # how long to wait for the answer to begin
    stall_s: float = 8.0  # how long an answer may stop in the middle
    offline_s: float = 30.0  # how long a question waits for the link
    visit_idle_s: float = 0.0  # how long nobody talks until all is forgotten; 0: for ever
    idle_close_s: float = 0.0  # how long nobody talks until the link is closed; 0: for ever

    @classmethod
    def of(cls, config: Config) -> TurnSettings:
        turns, limits = config.turns, config.limits
        return cls(
            turns.mode,
            turns.button,
            turns.end,
            limits.listen_s,
            limits.silence_s,
            limits.answer_s,
            limits.stall_s,
            limits.offline_s,
            limits.visit_idle_s,
            limits.idle_close_s,
        )

    @property
    def hands_free(self) -> bool:
        return self.mode == "hands-free"

    @property
    def begin_s(self) -> float:
        """How long the service may take to begin an answer at all; then another session is tried."""
        return self.answer_s / 2

    @property
    def holds(self) -> bool:
        """Whether the button is held while talking."""
        return self.mode == "button" and self.button == "hold"

    @property
    def until(self) -> Literal["silence", "closed"]:
        """What ends an utterance that a button began, for the engine."""
        return "closed" if self.holds or self.service_ends else "silence"

    @property
    def service_ends(self) -> bool:
        """Whether the service decides where an utterance ends."""
        return self.mode == "hands-free" and self.end != "local"
