"""Puts a device together as the configuration says, and keeps it running until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..announce.announcer import Announcer
from ..announce.making import spoken_or_nothing
from ..announce.opener import Opener
from ..audio.cards.card import Card
from ..audio.process.shared_state import Counters
from ..config import Config
from ..config.providers import PROVIDERS
from ..conversation.machines import machine_of
from ..conversation.settings import TurnSettings
from ..conversation.transcript import Said
from ..host.surface import Find
from ..realtime.auth import credential
from ..realtime.link import Link
from ..realtime.wire import PastWords
from ..replay.recorder import Recorder
from ..telemetry.liveness import MovingPart, Signs
from ..telemetry.records import Record
from ..telemetry.timeline import Timeline
from ..tools.builtin.all_tools import DeviceView, builtin_tools
from ..tools.runner import ToolOutcome, ToolRunner
from ..tools.timers.alarm_clock import AlarmClock
from ..tools.toolbox import Toolbox
from ..vocabulary.commands import AudioCommand, GroupCommand, MuteMicrophone, SettleAnnouncement, SetVolume
from ..vocabulary.events import Event, StopRequested, Tick, ToolsListed
from ..vocabulary.state import State, Turn
from .agent import Agent, Settled, Watcher

if TYPE_CHECKING:
    from ..tools.mcp.client import McpClient

log = logging.getLogger("edge_agent")

STOP_S = 2.0  # a device is gone within this time after it was told to stop
LINK_S = 1.0  # of it, until the sound is closed, whether the link has ended or not
LEAST_S = 0.1  # for the link to take leave, however late it is

# links that nobody waits for any more: asyncio does not keep tasks alive
_still_closing: set[asyncio.Task[None]] = set()


class Sound(Protocol):
    """The audio loop, wherever it runs."""

    @property
    def counters(self) -> Counters: ...
    @property
    def pid(self) -> int | None: ...
    def start(self) -> None: ...
    def send(self, command: AudioCommand) -> None: ...
    def restart(self) -> None: ...
    def stop(self) -> None: ...


class Device:
    """Sound, link and agent, wired together. To be made and run inside an event loop.

    `card`: a simulated one, or a browser; None: real devices, in the audio process. `environ` has the key, if the
    configuration names no file of it. `urgent`: as the agent asks it. `volume` in %; None: as configured. `muted`: from
    the start. `timers`: the file that keeps them; None: they end with the device. `health`: what it may tell of itself.
    `find` takes what is wrong with MCP servers, `tell_group` what the other devices of its group are to know.
    """

    def __init__(
        self,
        config: Config,
        card: Card | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
        records: Callable[[Record], None] = lambda _: None,
        watchers: tuple[Watcher, ...] = (),
        recorder: Recorder | None = None,
        urgent: Callable[[], Event | None] = lambda: None,
        volume: int | None = None,
        muted: bool = False,
        timers: Path | None = None,
        health: Callable[[], dict[str, Any]] = dict,
        find: Find = lambda *_: None,
        tell_group: Callable[[GroupCommand], None] = lambda _: None,
    ) -> None:
        self._config = config
        self._is_duplex = PROVIDERS[config.service.provider].is_duplex
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._stop_at: float | None = None  # it was told to, in the loop's time
        self._ended = False
        self._timer: asyncio.TimerHandle | None = None
        timeline = Timeline(time.monotonic, records)
        self.audio: Sound = self._in_thread(config, card) if card else self._in_process(config)
        language = config.assistant.language or config.audio.language
        self.alarm_clock = AlarmClock(self.post, timers, speak=partial(spoken_or_nothing, language=language))
        self.announcer = Announcer(config.announce, language, self.post)
        transcribes = self._is_duplex or bool(config.assistant.transcription)
        self.opener = Opener(self.announcer, self.post, lambda: self.state, transcribes=transcribes)
        view = DeviceView(
            self.post, lambda: self.state.volume, self._last_answer, health, alarm_clock=self.alarm_clock
        )
        tools = builtin_tools(config, view)
        if config.tools:
            from ..tools.own.definitions import own_tools

            tools += own_tools(config)
        self.toolbox = Toolbox(tools)
        self.mcp = self._mcp(config, find)
        self._tools = ToolRunner(self.toolbox, self.post, self.alarm_clock.settle)
        self.link = Link(
            config,
            credential(config.service, environ),
            self.post,
            timeline.sent,
            self._offered,
            self._told,
        )
        state = State(volume=config.audio.volume if volume is None else volume, muted=muted)
        # before it starts: of a missing microphone it speaks itself
        self.audio.send(SetVolume(state.volume))
        self.audio.send(MuteMicrophone(state.muted))
        conversation = machine_of(TurnSettings.of(config), state)
        if recorder:
            recorder.begin(conversation)
        self._agent = Agent(
            conversation,
            audio=self.audio,
            service=self.link,
            tools=self._tools,
            timeline=timeline,
            clock=time.monotonic,
            wake_at=self._wake_at,
            over=lambda: self._end(None),
            watchers=(lambda _, state: self.link.attend(state.turn is not Turn.IDLE), *watchers),
            record=recorder.record if recorder else None,
            settle=self._settle,
            tell_group=tell_group,
            urgent=urgent,
        )

    def post(self, event: Event) -> None:
        """Something happened. On the event loop's thread. What comes after the end is dropped."""
        if self._ended:
            return
        try:
            self._agent.post(event)
        except Exception as error:
            self._end(error)

    @property
    def state(self) -> State:
        return self._agent.conversation.state

    async def call_tool(self, name: str, arguments: str) -> ToolOutcome:
        """Run one by hand: also a hidden one, and without a confirmation."""
        return await self._tools.call(name, arguments)

    def _settle(self, command: Settled) -> None:
        if isinstance(command, SettleAnnouncement):
            self.announcer.settle(command)
        else:
            self.opener.settle(command)

    def _mcp(self, config: Config, find: Find) -> McpClient | None:
        """None: this device calls no server."""
        servers = [server for server in config.mcp if server.of_device]
        if not servers:
            return None
        from ..tools.mcp.client import McpClient

        return McpClient(servers, self.toolbox, self._list_tools, find)

    def _offered(self) -> list[dict[str, Any]]:
        """What a session may call."""
        if not self._has_tools:
            return []
        offered = self.toolbox.specifications()
        servers = [server for server in self._config.mcp if not server.of_device]
        if servers and not self._is_duplex:
            from ..tools.mcp.by_service import service_servers

            offered += service_servers(servers)
        return offered

    def _told(self) -> list[PastWords]:
        """What a session is told of what was said before, if it must be told at its start."""
        return [(said.role, said.text) for said in self.said]

    def _list_tools(self) -> None:
        if self._has_tools:
            self.post(ToolsListed(self.toolbox.listed))

    @property
    def _has_tools(self) -> bool:
        """Whether the service can call any."""
        return bool(self._config.assistant.backend) or not self._is_duplex

    @property
    def said(self) -> Sequence[Said]:
        """What both sides have said in this visit."""
        return self._agent.conversation.said

    @property
    def visits(self) -> int:
        """How many are over, and so forgotten."""
        return self._agent.conversation.visits

    def _last_answer(self) -> str:
        return next((said.text for said in reversed(self.said) if said.role == "assistant"), "")

    @property
    def turns(self) -> int:
        """How many there have been."""
        return self._agent.conversation.turns

    def signs(self) -> Signs:
        """Whether it lives. From the event loop itself, not out of an event."""
        agent, counters = self._agent, self.audio.counters
        return Signs(
            time.monotonic(),
            sounds=agent.conversation.sounds and not self._over.done(),
            frames=counters.frames,
            tries=counters.tries,
            playing=counters.playing,
            played_ms=counters.played_ms,
            waiting=agent.waiting,
            handled=agent.handled,
            deadline=agent.conversation.deadline,
        )

    def heal(self, part: MovingPart) -> None:
        """Set going what `signs` say has stopped."""
        match part:
            case MovingPart.SOUND | MovingPart.SEARCH | MovingPart.PLAYBACK:
                self.audio.restart()
            case MovingPart.TURN:
                self.post(Tick())

    def stop(self) -> None:
        """End politely: what was heard of an answer is told to the service first."""
        if self._stop_at is None:
            self._stop_at = self._loop.time()
        self.post(StopRequested())

    async def run(self) -> None:
        """Until `stop`. Raises LinkFailure where only a change of the configuration can help."""
        self._list_tools()
        self.audio.start()
        link = asyncio.create_task(self.link.run(), name="link")
        ringing = asyncio.create_task(self.alarm_clock.run(), name="timers")
        mcp = asyncio.create_task(self.mcp.run(), name="mcp") if self.mcp else None
        failure: BaseException | None = None
        try:
            await asyncio.wait({link, self._over}, return_when=asyncio.FIRST_COMPLETED)
            if link.done():
                failure = link.exception()
                self.stop()
            else:
                await self.link.drain()
            await self._over
        finally:
            if mcp:
                mcp.cancel()
            await self._close(link)
            ringing.cancel()
            self.announcer.close()
            self.opener.close()
            await self._tools.close()
            if mcp:
                await asyncio.wait({mcp})
            self._wake_at(None)
            self.audio.stop()
            self._ended = True
        if failure:
            raise failure

    async def _close(self, link: asyncio.Task[None]) -> None:
        """Give it the time that there is. A peer that reads nothing can hold it up for longer: it goes on ending
        while nobody waits for it."""
        link.cancel()
        now = self._loop.time()
        stop_at = now if self._stop_at is None else self._stop_at
        _still_closing.add(link)
        link.add_done_callback(_closed)
        await asyncio.wait({link}, timeout=max(LEAST_S, stop_at + LINK_S - now))

    def _in_process(self, config: Config) -> Sound:
        from ..audio.process.parent import AudioProcess

        return AudioProcess(config, self.post)

    def _in_thread(self, config: Config, card: Card) -> Sound:
        from ..audio.build import build_engine  # the daemon itself handles no sound, and needs no numpy
        from ..audio.process.thread import AudioThread

        engine = build_engine(config, self._emit)
        return AudioThread(card, engine, self._emit, self._fail, config.audio.heard_channel)

    def _emit(self, event: Event) -> None:
        """From the audio thread."""
        self._loop.call_soon_threadsafe(self.post, event)

    def _fail(self, error: Exception) -> None:
        """From the audio thread: it has ended."""
        self._loop.call_soon_threadsafe(self._end, error)

    def _wake_at(self, deadline: float | None) -> None:
        if self._timer is not None:
            if self._timer.when() == deadline:
                return
            self._timer.cancel()
        self._timer = None if deadline is None else self._loop.call_at(deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.post(Tick())

    def _end(self, error: Exception | None) -> None:
        if not self._over.done():
            if error is None:
                self._over.set_result(None)
            else:
                self._over.set_exception(error)


def _closed(link: asyncio.Task[None]) -> None:
    """Nothing depends any more on how it ended."""
    _still_closing.discard(link)
    if not link.cancelled() and (error := link.exception()):
        log.debug("the link ended with %s", error)
