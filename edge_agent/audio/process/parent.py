"""The parent's side of the audio process: starts it, talks to it, and starts it again when it died."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from ...config import Config
from ...vocabulary.commands import AudioCommand
from ...vocabulary.events import AudioLost, AudioStarted, Event, PlaybackStopped
from ...vocabulary.sound import FRAME_MS
from .alarm import how_it_ended
from .channel import Channel
from .shared_state import BlackBox, Counters

log = logging.getLogger(__name__)

AGAIN_S = (0.0, 0.0, 0.25, 1.0, 2.0)  # until the next start, by the number that never came to sound
MOST_STARTS = 60  # in a minute; more are a crash loop that needs a pause
CLOSE_S = 0.5


class AudioProcess:
    """`emit` takes its events, on the event loop."""

    def __init__(self, config: Config, emit: Callable[[Event], None]) -> None:
        self._config, self._emit = config, emit
        self._loop = asyncio.get_running_loop()
        self._box = BlackBox()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._again: asyncio.TimerHandle | None = None
        self._failures = 0
        self._starts: deque[float] = deque(maxlen=MOST_STARTS)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def counters(self) -> Counters:
        return self._box.counters

    def start(self) -> None:
        self._again = None
        self._starts.append(self._loop.time())
        ours, theirs = socket.socketpair()
        self._box.note(())
        with theirs:
            fds = theirs.fileno(), self._box.fd
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", f"{__package__}.child", *map(str, fds), str(self._failures)],
                pass_fds=fds,
                stdin=subprocess.DEVNULL,
            )
        self._channel = Channel(ours)
        self._loop.add_reader(ours, self._receive)
        self._channel.send(self._config)

    def send(self, command: AudioCommand) -> None:
        """Carried out before the next frame; without a process, not at all."""
        if self._channel and not self._channel.closed:
            self._channel.send(command)
            if self._channel.waiting:
                self._loop.add_writer(self._channel, self._flush)

    def restart(self) -> None:
        """The sound stands still, and the kernel's alarm clock has not ended it: end the process, and start another."""
        if self._process:
            log.error("the audio has stalled; ending the audio process")
            self._process.kill()

    def stop(self) -> None:
        """Lets the process close its devices, and ends it."""
        if self._again:
            self._again.cancel()
        if self._process:
            self._hang_up()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(CLOSE_S)
            self._process.kill()
            self._process.wait()
            self._process = None
        self._box.close()

    def _receive(self) -> None:
        assert self._channel
        for event in self._channel.receive():
            if isinstance(event, AudioStarted):
                self._failures = 0
            self._emit(event)
        if self._channel and self._channel.closed:
            self._bury()

    def _flush(self) -> None:
        assert self._channel
        self._channel.flush()
        if not self._channel.waiting or self._channel.closed:
            self._loop.remove_writer(self._channel)

    def _bury(self) -> None:
        """The process is gone: say what it can no longer say, and start another."""
        assert self._process
        self._hang_up()
        self._process.kill()
        reason = _reason(self._process.wait())
        log.log(logging.DEBUG if self._failures else logging.WARNING, "%s; starting it again", reason)
        self._emit(PlaybackStopped(self._box.heard, self._box.counters.frames * FRAME_MS))
        self._emit(AudioLost("sound", reason))
        pause_s = AGAIN_S[min(self._failures, len(AGAIN_S) - 1)]
        self._failures += 1
        if len(self._starts) == MOST_STARTS and self._loop.time() - self._starts[0] < 60:
            pause_s = AGAIN_S[-1]
        self._again = self._loop.call_later(pause_s, self.start)

    def _hang_up(self) -> None:
        assert self._channel
        self._loop.remove_reader(self._channel)
        self._loop.remove_writer(self._channel)
        self._channel.close()
        self._channel = None


def _reason(code: int) -> str:
    if code == -signal.SIGALRM:
        return "the audio stalled: a device is not responding"
    if code == -signal.SIGXCPU:
        return "the audio process ran without pause: a device is misbehaving"
    return f"the audio process {how_it_ended(code)}"
