"""Keeps what is to ring, on the card too, and says when it is due."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from ...host.file_writer import FileWriter
from ...host.threads import in_thread
from ...vocabulary.commands import SettleRing
from ...vocabulary.events import Event, RingMissed, TimeReached
from ...vocabulary.sound import ServicePcm
from ...vocabulary.tool_events import RingKind
from ..definition import ToolFailed
from .entry import LATE_S, ClockReading, Entry, after, of_json, to_json

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
LOOK_S = 5.0  # at the wall clock, which may be set at any time
SAVE_S = 2.0
MOST = 50


def read_clock() -> ClockReading:
    boot = ""
    with suppress(OSError):
        boot = BOOT_ID.read_text("ascii").strip()
    return ClockReading(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME), boot)


async def no_voice(_: str) -> ServicePcm:
    return b""


class AlarmClock:
    """`post` is told what is due. `speak` makes speech of a text, or nothing. `file` None: it forgets at its end."""

    def __init__(
        self,
        post: Callable[[Event], None],
        file: Path | None = None,
        *,
        speak: Callable[[str], Awaitable[ServicePcm]] = no_voice,
        clock: Callable[[], ClockReading] = read_clock,
    ) -> None:
        self._post, self._speak, self._clock = post, speak, clock
        self._writer = FileWriter(file, "timers, alarms and reminders") if file else None
        self.entries: dict[int, Entry] = {}
        self._count = 0
        self._rung: set[int] = set()  # and nobody has said yet that it was heard
        self._changed = asyncio.Event()
        if file:
            self._read(file)

    # ---- what may be asked ----------------------------------------------
    async def set_after(
        self, kind: RingKind, seconds: float, *, name: str = "", text: str = ""
    ) -> tuple[Entry, bool]:
        """Whether it is on the card too. Raises ToolFailed where there are too many."""
        return await self._add(after(self._next(), kind, seconds, self._clock(), name=name, text=text))

    async def set_at(
        self, kind: RingKind, local: str, *, name: str = "", text: str = ""
    ) -> tuple[Entry, bool]:
        return await self._add(Entry(self._next(), kind, name, text, local))

    async def extend(self, entry: Entry, seconds: float) -> tuple[Entry, bool]:
        """Only of a duration."""
        clock = self._clock()
        left_s = max(0.0, entry.left_s(clock) or 0.0)
        longer = after(entry.number, entry.kind, left_s + seconds, clock, name=entry.name, text=entry.text)
        return await self._add(longer)

    async def cancel(self, numbers: list[int]) -> bool:
        for number in numbers:
            self.entries.pop(number, None)
            self._rung.discard(number)
        return await self.save()

    def left_s(self, entry: Entry) -> float | None:
        return entry.left_s(self._clock())

    def rings_within(self, seconds: float) -> bool:
        """Whether anything rings then, or now."""
        return any(
            (left_s := self.left_s(entry)) is not None and left_s < seconds for entry in self.entries.values()
        )

    def settle(self, command: SettleRing) -> None:
        """It has rung, and that is over."""
        self.entries.pop(command.ring, None)
        self._rung.discard(command.ring)
        self._write()

    # ---- time -----------------------------------------------------------
    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._changed.clear()
            wait_s = await self._ring_due()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()

    async def _ring_due(self) -> float | None:
        """Tell what is due. How long to wait for the next; None: until something changes."""
        wait_s: float | None = None
        for entry in [entry for entry in self.entries.values() if entry.number not in self._rung]:
            left_s = entry.left_s(self._clock())
            if left_s is None or left_s > 0:
                soon_s = LOOK_S if left_s is None or entry.local else left_s
                soon_s = min(soon_s, LOOK_S) if left_s is None else min(soon_s, left_s)
                wait_s = soon_s if wait_s is None else min(wait_s, soon_s)
            elif left_s < -LATE_S:
                self.entries.pop(entry.number, None)
                self._write()
                self._post(RingMissed(f"While the device was off: {entry.told}"))
            else:
                self._rung.add(entry.number)
                self._post(TimeReached(entry.number, entry.kind, entry.told, await self._speak(entry.told)))
        return wait_s

    # ---- the card -------------------------------------------------------
    def _next(self) -> int:
        if len(self.entries) >= MOST:
            raise ToolFailed(f"{MOST} timers are set; cancel one first")
        self._count += 1
        return self._count

    async def _add(self, entry: Entry) -> tuple[Entry, bool]:
        self.entries[entry.number] = entry
        self._rung.discard(entry.number)
        self._changed.set()
        return entry, await self.save()

    async def save(self) -> bool:
        """Whether it will survive a power cut."""
        self._write()
        writer = self._writer
        if writer is None:
            return True
        return await in_thread(partial(writer.flush, SAVE_S), "timers") and writer.failure is None

    @property
    def fault(self) -> str:
        """Why the last change could not be saved, a sentence; empty: it was, or is on its way."""
        return self._writer.fault if self._writer else ""

    def retry(self) -> None:
        """To be called now and then."""
        if self._writer:
            self._writer.retry()

    def finish(self) -> None:
        """At the end."""
        if self._writer:
            self._writer.finish()

    def _write(self) -> None:
        if self._writer:
            kept = {"count": self._count, "entries": [to_json(entry) for entry in self.entries.values()]}
            self._writer.write(json.dumps(kept) + "\n")

    def _read(self, file: Path) -> None:
        try:
            kept = json.loads(file.read_text("utf-8"))
            entries = [entry for item in kept["entries"] if (entry := of_json(item))]
            self._count = int(kept["count"])
        except (OSError, ValueError, RecursionError, KeyError, TypeError):
            return
        self.entries = {entry.number: entry for entry in entries[:MOST]}
        self._count = max([self._count, *self.entries])
