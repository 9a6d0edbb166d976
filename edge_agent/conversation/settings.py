"""How turns are taken: what the conversation needs of the configuration."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from ..config.model import Config, Limits, TurnTaking
from ..vocabulary.frozen import frozen


@frozen
class TurnSettings:
    taking: TurnTaking = field(default_factory=TurnTaking)
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def of(cls, config: Config) -> TurnSettings:
        return cls(config.turns, config.limits)

    @property
    def hands_free(self) -> bool:
        return self.taking.mode == "hands-free"

    @property
    def begin_s(self) -> float:
        """How long the service may take to begin an answer at all; then another session is tried."""
        return self.limits.answer_s / 2

    @property
    def holds(self) -> bool:
        """Whether the button is held while talking."""
        return self.taking.mode == "button" and self.taking.button == "hold"

    @property
    def until(self) -> Literal["silence", "closed"]:
        """What ends an utterance that a button began, for the engine."""
        return "closed" if self.holds or self.service_ends else "silence"

    @property
    def service_ends(self) -> bool:
        """Whether the service decides where an utterance ends."""
        return self.hands_free and self.taking.end != "local"
