"""Puts a device together as the configuration says, and runs it until it is told to stop."""

from __future__ import annotations

from .config import Config
from .conversation import TurnSettings


def turn_settings(config: Config) -> TurnSettings:
    turns, limits = config.turns, config.limits
    return TurnSettings(
        mode=turns.mode,
        button=turns.button,
        end=turns.end,
        listen_s=limits.listen_s,
        silence_s=limits.silence_s,
        answer_s=limits.answer_s,
        stall_s=limits.stall_s,
        offline_s=limits.offline_s,
    )
