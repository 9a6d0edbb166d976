"""Which machine decides: the one with turns, or the one for a model that has none. Pure."""

from __future__ import annotations

from ..vocabulary.state import State
from .deciding import Machine
from .duplex.dialogue import DuplexCheckpoint
from .duplex.duplex_machine import DuplexConversation
from .machine import Checkpoint, Conversation
from .settings import TurnSettings


def restored(checkpoint: Checkpoint | DuplexCheckpoint) -> Machine:
    """One that goes on from there. What the checkpoint does not know is as at the start."""
    if isinstance(checkpoint, Checkpoint):
        return Conversation.restored(checkpoint)
    return DuplexConversation.restored(checkpoint)


def machine_of(settings: TurnSettings, state: State) -> Machine:
    return DuplexConversation(settings, state) if settings.is_duplex else Conversation(settings, state)
