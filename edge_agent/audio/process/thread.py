"""The audio loop in a thread of its own, for a card that cannot hang: a simulated one, or a browser."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread

from ...vocabulary.commands import AudioCommand, MuteMicrophone, Play, SetVolume
from ...vocabulary.events import AudioLost, AudioStarted, Event
from ...vocabulary.sound import FRAME_MS
from ..cards.card import Card
from ..cards.errors import SoundFailed
from ..engine import Engine
from . import pump
from .shared_state import Counters


class AudioThread:
    """`emit` and `fail`, which takes what ended the thread, are called on it. Commands go in by a queue. `channel`:
    which of the card's is heard; None: the mean of all."""

    def __init__(
        self,
        card: Card,
        engine: Engine,
        emit: Callable[[Event], None],
        fail: Callable[[Exception], None],
        channel: int | None = None,
    ) -> None:
        self._channel = channel
        self._card, self._engine, self._emit, self._fail = card, engine, emit, fail
        self._commands: SimpleQueue[AudioCommand] = SimpleQueue()
        self._stop = Flag()
        self._thread = Thread(target=self._run, name="audio", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def send(self, command: AudioCommand) -> None:
        """From any thread; carried out before the next frame. More of what plays already can wait for it."""
        self._commands.put(command)
        if not (isinstance(command, Play) and self._engine.playing):
            self._card.hurry()

    @property
    def counters(self) -> Counters:
        engine = self._engine
        return Counters(
            engine.audio_ms // FRAME_MS,
            level_db=engine.level_db,
            noise_db=engine.noise_db,
            speaker_db=engine.speaker_db,
            erle_db=engine.erle_db,
            full_duplex=engine.full_duplex,
            playing=engine.playing,
            played_ms=engine.played_ms,
        )

    @property
    def pid(self) -> None:
        """It has no process of its own."""
        return None

    def restart(self) -> None:
        """A thread cannot be ended from outside: nothing."""

    def stop(self) -> None:
        """Ends within a frame; the card is closed then."""
        self._stop.set()
        self._card.hurry()
        self._thread.join()

    def _run(self) -> None:
        try:
            with closing(self._card):
                while not self._stop.is_set():
                    self._emit(AudioStarted(self._card.name, self._engine.audio_ms))
                    self._play()
        except Exception as error:  # whatever it is, nobody else would notice
            self._fail(error)

    def _play(self) -> None:
        """Until it is stopped, or was unplugged and is back."""
        try:
            pump.play(self._card, self._engine, channel=self._channel, before=self._drain)
        except SoundFailed as failure:
            self._engine.abandon()
            self._emit(AudioLost(failure.part, failure.reason))
            while not (self._stop.is_set() or self._is_back()):
                pass

    def _is_back(self) -> bool:
        """Waits a while for that. Only what holds for the sound to come is obeyed meanwhile."""
        while not self._commands.empty():
            command = self._commands.get()
            if isinstance(command, SetVolume | MuteMicrophone):
                self._engine.execute(command)
        try:
            self._card.read()
        except SoundFailed:
            return False
        return True

    def _drain(self) -> bool:
        while not self._commands.empty():
            self._engine.execute(self._commands.get())
        return not self._stop.is_set()
