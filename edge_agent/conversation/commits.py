"""Which of the utterances that the service takes in are ended by us: it confirms each, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..vocabulary.commands import CommitInput, ServiceCommand

EMPTY = "input_audio_buffer_commit_empty"  # the service had ended it by itself


class Commits:
    def __init__(self) -> None:
        self._pending = 0

    @property
    def pending(self) -> bool:
        """Whether one is on its way: what the service says of its input is about what was before."""
        return self._pending > 0

    def count(self, commands: Iterable[ServiceCommand]) -> Iterator[ServiceCommand]:
        """The same commands, on their way to the service."""
        for command in commands:
            self._pending += isinstance(command, CommitInput)
            yield command

    def settled(self) -> bool:
        """The service has taken in an utterance, or refused one as empty. Whether it was ended by us."""
        ours = self.pending
        self._pending = max(0, self._pending - 1)
        return ours

    def reset(self) -> None:
        """A new connection, or one that says nothing any more."""
        self._pending = 0
