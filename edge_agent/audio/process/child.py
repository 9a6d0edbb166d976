"""The audio process: opens the devices, runs the loop, and opens them again when they come back.

Its parent is `parent`. A device that hangs in the middle of a call cannot be helped from within; so the kernel's
alarm clock (`alarm`) ends this process when no frame came for STALLED_S.
"""

from __future__ import annotations

import gc
import os
import resource
import select
import signal
import socket
import sys
from contextlib import suppress
from math import inf
from pathlib import Path
from time import monotonic

from ...config import Config
from ...files.whole import contents
from ...vocabulary.commands import Cue, MuteMicrophone, PlayCue, SetVolume
from ...vocabulary.events import AudioLost, AudioNoted, AudioStarted
from ...vocabulary.sound import FRAME_MS, SILENT_DBFS
from ..build import build_engine
from ..cards.errors import SoundFailed
from ..cards.portaudio import PortAudioCard
from ..cards.standard_error import listen
from ..dead_microphone import DeadMicrophone, seems_alive
from ..echo.linear.layout import size
from . import pump
from .alarm import alarm
from .channel import Channel
from .dead_channels import explained
from .shared_state import BlackBox, Counters

STALLED_S = 0.2
OPENING_S = 5.0
SPINNING_US = 200_000  # of CPU without any sleep
FIRST_FRAME_S = (0.5, 1.0, 2.0, 4.0)  # servers (Pulse, PipeWire) may take their time: more at every failure
AGAIN_S = (0.05, 0.1, 0.2, 0.25)  # until a missing device is looked for again
DEAD = 15  # looks in a row without a living sample, 0.3 s or more: then the echo that is not in it proves nothing
TELL_S = 3.0  # a microphone missing for so long is told through the speaker
COUNTED_EVERY = 10  # frames without a sound: only a technician looks at them
CARDS = Path("/proc/asound/cards")


class _Dead(Exception):
    """The microphone delivers nothing that a room could sound like."""


class AudioChild:
    """`channel` to the parent, `box` for what must survive us. `failures`: of those before us, in a row."""

    def __init__(self, config: Config, channel: Channel, box: BlackBox, *, failures: int = 0) -> None:
        self._config, self._channel, self._box = config, channel, box
        self._engine = build_engine(config, channel.send, box.learned, box.echo(size()))
        self._card: PortAudioCard | None = None
        self._first_frame_s = FIRST_FRAME_S[min(failures, len(FIRST_FRAME_S) - 1)]
        self._reason = ""  # why there is no sound; empty: there is
        self._tell_at = monotonic() + TELL_S  # of a missing microphone; inf: it was told
        self._started = False
        self._tries = 0  # in vain, since it last sounded
        self._opened = box.counters.tries
        self._levels_db = Counters().level_db, SILENT_DBFS, SILENT_DBFS
        self._health = DeadMicrophone(config.audio.heard_channel)
        self._deaf = 0  # looks in a row in which it delivered nothing

    def run(self) -> None:
        """Until the parent closes the channel."""
        while not self._channel.closed:
            try:
                self._play()
            except SoundFailed as failure:
                self._lose(failure)
                self._wait(AGAIN_S[min(self._tries, len(AGAIN_S) - 1)])
                self._tries += 1

    def _play(self) -> None:
        self._opened += 1
        self._box.count(self._box.counters._replace(tries=self._opened, playing=False))
        alarm(OPENING_S)
        card = self._card = PortAudioCard(
            self._config.audio, lambda text: self._channel.send(AudioNoted(text))
        )
        dead = False
        try:
            alarm(self._first_frame_s)
            self._health.again()
            pump.play(
                card,
                self._engine,
                channel=self._config.audio.heard_channel,
                before=self._obey,
                after=self._look,
            )
        except _Dead:
            dead = True
        finally:
            self._close(card)
        if dead:
            raise SoundFailed("microphone", explained(self._config.audio, card, self._health))

    def _close(self, card: PortAudioCard) -> None:
        alarm(STALLED_S)
        card.close()
        alarm(0)

    def _obey(self) -> bool:
        alarm(STALLED_S)
        for command in self._channel.receive():
            self._engine.execute(command)
        self._channel.flush()
        return not self._channel.closed

    def _look(self, heard: bytes) -> None:
        assert self._card
        if not self._engine.sounding:  # a speaker that is close can be as loud as full scale
            self._health.hear(heard, self._card.in_channels)
        self._trust(heard, self._card.in_channels)
        if not self._started and (self._health.is_alive or not self._health.was_dead):
            self._health.recovered()
            self._find()
        if self._health.is_dead and not self._engine.sounding:
            raise _Dead
        self._record()

    def _trust(self, heard: bytes, channels: int) -> None:
        """A microphone that delivers nothing says nothing about the speaker in the room."""
        alive = seems_alive(memoryview(heard).cast("h")[self._config.audio.heard_channel or 0 :: channels])
        self._deaf = 0 if alive else self._deaf + 1
        self._engine.trusts_microphone = self._deaf < DEAD

    def _find(self) -> None:
        assert self._card
        self._started, self._reason, self._tries = True, "", 0
        self._channel.send(AudioStarted(self._card.name, self._engine.audio_ms))

    def _lose(self, failure: SoundFailed) -> None:
        if self._started:
            self._tell_at = monotonic() + TELL_S
            self._engine.abandon()
            self._box.note(())
        if failure.reason != self._reason:
            self._channel.send(AudioLost(failure.part, failure.reason))
        self._started, self._reason = False, failure.reason
        if failure.part == "microphone" and monotonic() >= self._tell_at:
            self._tell()
            self._tell_at = inf

    def _tell(self) -> None:
        """Say through the speaker alone that the microphone is missing; end when something is plugged in."""
        plugged = cards()
        self._engine.trusts_microphone = False
        self._engine.execute(PlayCue(Cue.MICROPHONE_MISSING))
        try:
            alarm(OPENING_S)
            card = PortAudioCard(self._config.audio, hears=False)
        except SoundFailed:
            return
        try:
            pump.play(
                card,
                self._engine,
                before=lambda: self._obey() and self._engine.sounding and cards() == plugged,
            )
        except SoundFailed:
            pass
        finally:
            self._close(card)

    def _wait(self, seconds: float) -> None:
        alarm(0)
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0 and not self._channel.closed:
            select.select([self._channel], [self._channel] if self._channel.waiting else [], [], left)
            self._channel.flush()
            for command in self._channel.receive():
                if isinstance(command, SetVolume | MuteMicrophone):
                    self._engine.execute(command)

    def _record(self) -> None:
        engine, card = self._engine, self._card
        assert card
        frames = engine.audio_ms // FRAME_MS
        if engine.sounding:
            self._box.note(engine.heard)
        elif frames % COUNTED_EVERY:
            return
        if not frames % COUNTED_EVERY:
            self._levels_db = engine.level_db, engine.noise_db, engine.speaker_db
        self._box.learn(engine.learned)
        self._box.count(
            Counters(
                frames,
                card.overruns,
                card.underruns,
                card.out_latency_ms,
                *self._levels_db,
                engine.erle_db,
                engine.full_duplex,
                engine.playing,
                engine.played_ms,
                self._opened,
            )
        )


def hurry() -> None:
    """Go before other programs, where that is allowed; the kernel ends us if we then never sleep."""
    try:
        resource.setrlimit(resource.RLIMIT_RTTIME, (SPINNING_US, SPINNING_US))
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(5))
    except OSError:
        with suppress(OSError):
            os.nice(-11)


def cards() -> str:
    """Changes when a card is plugged in or out, on ALSA."""
    return contents(CARDS)


def main() -> None:
    """`python -m edge_agent.audio.process.child SOCKET_FD BOX_FD STDERR_FD FAILURES`; the first message is the
    configuration."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # sent to the whole group; the parent says when to end
    end, box, words, failures = (int(argument) for argument in sys.argv[1:])
    listen(words)
    channel = Channel(socket.socket(fileno=end))
    select.select([channel], [], [])
    config = next(channel.receive(), None)
    if config is not None:
        child = AudioChild(config, channel, BlackBox(box), failures=failures)
        gc.freeze()  # what was imported need not be looked at again
        hurry()
        child.run()


if __name__ == "__main__":
    main()
