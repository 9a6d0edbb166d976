"""Which of the utterances that the service takes in are ended by us: it confirms each, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..vocabulary.commands import CommitInput, ServiceCommand

EMPTY = "input_audio_buffer_commit_empty"  # the service had ended it by itself


@dataclass(slots=True)
class Commits:
    awaited: int = 0  # that the service has not confirmed

    @property
    def pending(self) -> bool:
        """Whether one is on its way: what the service says of its input is about what was before."""
        return self.awaited > 0

    def count(self, commands: Iterable[ServiceCommand]) -> Iterator[ServiceCommand]:
        """The same commands, on their way to the service."""
        for command in commands:
            self.awaited += isinstance(command, CommitInput)
            yield command

    def settled(self) -> bool:
        """The service has taken in an utterance, or refused one as empty. Whether it was ended by us."""
        ours = self.pending
        self.awaited = max(0, self.awaited - 1)
        return ours

    def withdrawn(self, number: int) -> None:
        """So many were never sent."""
        self.awaited = max(0, self.awaited - number)

    def reset(self) -> None:
        """A new connection, or one that says nothing any more."""
        self.awaited = 0
