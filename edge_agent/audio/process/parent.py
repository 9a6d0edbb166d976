"""The parent's side of the audio process: starts it, talks to it, and starts it again when it died."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from ...config import Config
from ...vocabulary.commands import AudioCommand, MuteMicrophone, SetVolume
from ...vocabulary.events import AudioLost, AudioStarted, Event, PlaybackStopped
from ...vocabulary.sound import FRAME_MS
from ...vocabulary.text import harmless
from ..cards.standard_error import drained, pipe
from .alarm import how_it_ended
from .channel import Channel
from .shared_state import BlackBox, Counters

log = logging.getLogger(__name__)

AGAIN_S = (0.0, 0.0, 0.25, 1.0, 2.0)  # until the next start, by the number that never came to sound
STEADY_S = 0.2  # a process that has sounded for so long was well: what it died of may be over
ENDING_S = 0.05  # from its last word to its end
LAST_WORDS = 4000  # characters
TOLD_AGAIN_S, MOST_CAUSES = 3600.0, 20
MOST_STARTS = 60  # in a minute; more are a crash loop that needs a pause
CLOSE_S = 0.5
KILL_S = 0.5


class AudioProcess:
    """`emit` takes its events, on the event loop. From `start` to `stop` there is a process, or the time of the next
    try. What a process has learned of the room (echo, background) the next one knows; of the network (prebuffer), it
    learns again."""

    def __init__(self, config: Config, emit: Callable[[Event], None]) -> None:
        self._config, self._emit = config, emit
        self._loop = asyncio.get_running_loop()
        # commands that hold until there are others
        self._standing: dict[type[AudioCommand], AudioCommand] = {}
        self._box: BlackBox | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._again: asyncio.TimerHandle | None = None
        self._failures = 0
        self._sounds_since: float | None = None
        self._words: int | None = None  # where its standard error can be read
        # causes: when they were told, how often they came since
        self._told: dict[str, tuple[float, int]] = {}
        self._starts: deque[float] = deque(maxlen=MOST_STARTS)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def counters(self) -> Counters:
        return self._box.counters if self._box else Counters()

    def start(self) -> None:
        self._again = None
        self._starts.append(self._loop.time())
        try:
            self._launch()
        except OSError as error:  # of memory or files there are too few: they may come back
            self._end()
            self._lose(f"the audio process cannot be started ({error.strerror or error})")

    def _launch(self) -> None:
        self._box = self._box or BlackBox()
        self._box.forget()
        self._words, written = pipe()
        try:
            ours, theirs = socket.socketpair()
            with theirs:
                self._channel = Channel(ours)
                fds = theirs.fileno(), self._box.fd, self._words
                self._process = subprocess.Popen(  # noqa: S603
                    [sys.executable, "-m", f"{__package__}.child", *map(str, fds), str(self._failures)],
                    pass_fds=fds,
                    stdin=subprocess.DEVNULL,
                    stderr=written,
                )
        finally:
            os.close(written)
        self._loop.add_reader(ours, self._receive)
        for message in (self._config, *self._standing.values()):
            self._channel.send(message)

    def send(self, command: AudioCommand) -> None:
        """Carried out before the next frame. Without a process, only what holds for the next one too."""
        if isinstance(command, SetVolume | MuteMicrophone):
            self._standing[type(command)] = command
        if self._channel and not self._channel.closed:
            self._channel.send(command)
            if self._channel.waiting:
                self._loop.add_writer(self._channel, self._flush)

    def restart(self) -> None:
        """The sound stands still, and the kernel's alarm clock has not ended it: end the process, and start another."""
        if self._process:
            log.error("the audio has stalled; ending the audio process")
            self._process.kill()
        elif self._again:
            self._again.cancel()
            self.start()

    def stop(self) -> None:
        """Lets the process close its devices, and ends it."""
        if self._again:
            self._again.cancel()
            self._again = None
        if self._process:
            self._hang_up()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(CLOSE_S)
        self._end()
        if self._box:
            self._box.close()

    def _receive(self) -> None:
        assert self._channel
        for event in self._channel.receive():
            if isinstance(event, AudioStarted):
                self._sounds_since = self._loop.time()
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
        assert self._box
        stopped = PlaybackStopped(self._box.heard, self._box.counters.frames * FRAME_MS)
        if self._sounds_since is not None and self._loop.time() - self._sounds_since >= STEADY_S:
            self._failures = 0
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(ENDING_S)  # else how it ended would be that we killed it
        text = drained(self._words) if self._words is not None else ""
        log.debug("the audio process wrote: %s", harmless(text[-LAST_WORDS:], LAST_WORDS))
        self._lose(_reason(self._end(), text), stopped)

    def _lose(self, reason: str, *before: Event) -> None:
        """There is no sound: try again later, and then tell of it; whatever comes of that, it is tried again."""
        self._tell(reason)
        self._sounds_since = None
        pause_s = AGAIN_S[min(self._failures, len(AGAIN_S) - 1)]
        self._failures += 1
        if len(self._starts) == MOST_STARTS and self._loop.time() - self._starts[0] < 60:
            pause_s = AGAIN_S[-1]
        self._again = self._loop.call_later(pause_s, self.start)
        for event in (*before, AudioLost("sound", reason)):
            self._emit(event)

    def _tell(self, reason: str) -> None:
        """In the journal, each cause once in an hour."""
        now = self._loop.time()
        at, times = self._told.get(reason, (-TOLD_AGAIN_S, 0))
        if now - at < TOLD_AGAIN_S:
            self._told[reason] = at, times + 1
            log.debug("%s; starting it again", reason)
            return
        while len(self._told) >= MOST_CAUSES:
            del self._told[next(iter(self._told))]
        self._told[reason] = now, 0
        log.warning(
            "%s; starting it again%s", reason, f" ({times} times more in the last hour)" if times else ""
        )

    def _end(self) -> int:
        """Ends the process, if there is one. How it ended."""
        self._hang_up()
        words, self._words = self._words, None
        if words is not None:
            os.close(words)
        process, self._process = self._process, None
        if process is None:
            return 0
        process.kill()
        try:
            return process.wait(KILL_S)
        except subprocess.TimeoutExpired:  # it hangs in a device, within the kernel; nobody may wait for that
            log.warning("the audio process cannot be ended: a device does not let go of it")
            return -signal.SIGKILL

    def _hang_up(self) -> None:
        channel, self._channel = self._channel, None
        if channel:
            self._loop.remove_reader(channel)
            self._loop.remove_writer(channel)
            channel.close()


def _reason(code: int, text: str) -> str:
    if code == -signal.SIGALRM:
        return "the audio stalled: a device is not responding"
    if code == -signal.SIGXCPU:
        return "the audio process ran without pause: a device is misbehaving"
    return f"the audio process {how_it_ended(code, text)}"
