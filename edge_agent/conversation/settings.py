"""How turns are taken: what the conversation needs of the configuration."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from ..config.model import Config, Limits, TurnTaking
from ..config.providers import PROVIDERS
from ..vocabulary.frozen import frozen

CLOSE_S = 120.0  # without speech, a link is closed
DUPLEX_CLOSE_S = 25.0  # and one that costs 3 USD an hour


@frozen
class TurnSettings:
    taking: TurnTaking = field(default_factory=TurnTaking)
    limits: Limits = field(default_factory=Limits)
    personas: frozenset[str] = frozenset()  # wake words that somebody else answers to than [assistant]
    is_duplex: bool = False  # the model listens while it speaks, and decides when to
    is_greeted: bool = False  # the service speaks first, at the beginning of a session

    @classmethod
    def of(cls, config: Config) -> TurnSettings:
        personas = frozenset(word.name for word in config.wake_words if word.has_persona)
        provider = PROVIDERS[config.service.provider]
        return cls(config.turns, config.limits, personas, provider.is_duplex, provider.is_agent)

    @property
    def hears_voices(self) -> bool:
        """Whether a voice may begin an utterance, always or after an answer."""
        return self.taking.mode != "button"

    @property
    def waits_for_word(self) -> bool:
        """Whether there is no link until somebody calls."""
        return self.taking.mode == "wake-word"

    @property
    def begins_unlinked(self) -> bool:
        """Whether there is no link until somebody is here."""
        return self.waits_for_word or self.is_greeted

    @property
    def idle_close_s(self) -> float:
        """0: never."""
        chosen_s = self.limits.idle_close_s
        return chosen_s if chosen_s >= 0 else DUPLEX_CLOSE_S if self.is_duplex else CLOSE_S

    @property
    def begin_s(self) -> float:
        """How long the service may take to begin an answer at all; then another session is tried."""
        return self.limits.answer_s / 2

    @property
    def holds(self) -> bool:
        """Whether the button is held while talking."""
        return self.taking.mode == "button" and self.taking.button == "hold"

    def until(self, *, held: bool) -> Literal["silence", "closed"]:
        """What ends an utterance, for the engine. `held`: the button is, meanwhile."""
        return "closed" if held or self.service_ends else "silence"

    @property
    def service_ends(self) -> bool:
        """Whether the service decides where an utterance ends."""
        return self.taking.service_ends
