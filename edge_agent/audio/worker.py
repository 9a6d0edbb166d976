"""The audio loop in a thread of its own. Commands go in by a queue, events come out by a callback.

The card's blocking read is the clock of everything in here.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread

from ..commands import AudioCommand
from ..events import AudioStarted, Event
from .adapter import Adapter, Card
from .engine import Engine


class AudioThread:
    """`emit` is called on the audio thread."""

    def __init__(self, card: Card, engine: Engine, emit: Callable[[Event], None]) -> None:
        self._card, self._engine, self._emit = card, engine, emit
        self._commands: SimpleQueue[AudioCommand] = SimpleQueue()
        self._stop = Flag()
        self._thread = Thread(target=self._run, name="audio", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def send(self, command: AudioCommand) -> None:
        """From any thread; carried out before the next frame."""
        self._commands.put(command)

    def stop(self) -> None:
        """Ends within a frame; the card is closed then."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        adapter = Adapter(self._card)
        self._emit(AudioStarted(self._card.name, self._engine.audio_ms))
        try:
            while not self._stop.is_set():
                mic = adapter.read(self._engine.frames_at_once)
                self._drain()
                adapter.write(self._engine.step(mic))
        finally:
            self._card.close()

    def _drain(self) -> None:
        while not self._commands.empty():
            self._engine.execute(self._commands.get())
