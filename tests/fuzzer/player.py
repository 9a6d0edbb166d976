"""The loudspeaker's side of the sound: plays in time, and counts what was heard of each item."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable

from edge_agent.vocabulary import events as e

from .clock import Clock

PREBUFFER_MS = 100


class Player:
    """`handed`: of each item, what was ever given to the device; that is what was heard of it, once it stopped."""

    def __init__(self, clock: Clock, emit: Callable[[e.Event], None], latency_ms: int) -> None:
        self._clock, self._emit, self._latency_ms = clock, emit, latency_ms
        self.handed: Counter[str] = Counter()
        self._epoch = 0
        self._forget()

    def _forget(self) -> None:
        self._epoch += 1
        self._queue: deque[tuple[str, int]] = deque()
        self.pushed: dict[str, int] = {}
        self._given: Counter[str] = Counter()
        self._finished, self._buffering = False, True
        self._since_ms = 0
        self.item_id = ""

    @property
    def _queued_ms(self) -> int:
        return sum(size for _, size in self._queue)

    def push(self, item_id: str, size_ms: int) -> None:
        self._advance()
        self.pushed[item_id] = self.pushed.get(item_id, 0) + size_ms
        self._finished = False
        if size_ms:
            self._queue.append((item_id, size_ms))
        self._look()

    def finish(self) -> None:
        self._advance()
        if self.pushed:
            self._finished = True
            self._look()

    def stop(self) -> tuple[e.Heard, ...]:
        self._advance()
        heard = self.heard
        self._forget()
        return heard

    @property
    def heard(self) -> tuple[e.Heard, ...]:
        self._advance()
        return tuple(e.Heard(item_id, self._given[item_id]) for item_id in self.pushed)

    def _look(self) -> None:
        """Begin, go on to the next item, or end; and come again when the next of these is due."""
        now_ms = self._clock.now_ms
        if self._buffering:
            ready = self._queue and (self._finished or self._queued_ms >= PREBUFFER_MS)
            if ready:
                self._buffering, self._since_ms = False, now_ms
            elif self._finished and not self._queue:
                self._end()
                return
            else:
                return
        if not self._queue:
            if self._finished:
                self._end()
            else:
                self._buffering = True
                self._emit(e.PlaybackStarved(self.item_id, now_ms))
            return
        item_id, size_ms = self._queue[0]
        if item_id != self.item_id:
            self.item_id = item_id
            self._emit(e.PlaybackStarted(item_id, now_ms))
        self._epoch += 1
        self._clock.after(size_ms, self._again, self._epoch)

    def _again(self, epoch: int) -> None:
        if epoch == self._epoch:
            self._advance()
            self._look()

    def _end(self) -> None:
        self._epoch += 1
        self._clock.after(self._latency_ms, self._drain, self._epoch)

    def _drain(self, epoch: int) -> None:
        if epoch == self._epoch and not self._queue:
            heard = self.heard
            self._forget()
            self._emit(e.PlaybackDrained(heard, self._clock.now_ms))

    def _advance(self) -> None:
        """Hand over what is due until now."""
        if self._buffering:
            return
        due_ms = self._clock.now_ms - self._since_ms
        self._since_ms = self._clock.now_ms
        while due_ms and self._queue:
            item_id, size_ms = self._queue.popleft()
            part_ms = min(due_ms, size_ms)
            if part_ms < size_ms:
                self._queue.appendleft((item_id, size_ms - part_ms))
            self._given[item_id] += part_ms
            self.handed[item_id] += part_ms
            due_ms -= part_ms
