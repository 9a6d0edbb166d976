"""A turn machine with a fault put in, to see that it is noticed."""

from __future__ import annotations

from collections.abc import Callable

from edge_agent.conversation.machine import Conversation
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import Output
from edge_agent.vocabulary.state import State

from .plan import Plan

Fault = Callable[[list[Output]], list[Output]]


class Faulty(Conversation):
    """`fault` changes what is decided."""

    fault: Fault

    @classmethod
    def of(cls, plan: Plan, fault: Fault) -> Faulty:
        conversation = cls(plan.turn_settings(), State(muted=plan.muted))
        conversation.fault = fault
        return conversation

    def handle(self, event: e.Event, now: float) -> list[Output]:
        return self.fault(super().handle(event, now))
