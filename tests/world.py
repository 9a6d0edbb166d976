"""A whole device and its service in audio time: with the codec and the simulated session, as in life."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any, TypeVar

from edge_agent.app.agent import Agent, Settled, Watcher
from edge_agent.audio.build import build_engine
from edge_agent.audio.cards.simulated import EchoPath
from edge_agent.audio.convert import convert
from edge_agent.audio.sounds import spoken_call, spoken_lines
from edge_agent.config import Config
from edge_agent.config.providers import PROVIDERS, DialectName
from edge_agent.conversation.machine import Conversation
from edge_agent.conversation.settings import TurnSettings
from edge_agent.realtime.wire.decode import BadFrame, SessionCreated, SessionUpdated
from edge_agent.realtime.wire.dialects import DIALECTS
from edge_agent.replay.recorder import Recorder
from edge_agent.simulator.agent_door import AgentDoor
from edge_agent.simulator.answers import Answers
from edge_agent.simulator.dialects import SERVICE_DIALECTS
from edge_agent.simulator.faults import FaultScript, parse, parse_now
from edge_agent.simulator.outbox import Close, Drop, Freeze
from edge_agent.simulator.published import published
from edge_agent.simulator.reply import Pace
from edge_agent.simulator.session import Session
from edge_agent.simulator.speech import Bundled, recognise
from edge_agent.telemetry.timeline import Timeline
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.tool_events import Tool

from .audio_time import AudioTime, Port
from .timed_tools import TimedTools

Kind = TypeVar("Kind")
LINES = [convert(line.pcm, 24_000, 16_000) for line in spoken_lines()]
CALL = convert(spoken_call().pcm, 24_000, 16_000)


class World(AudioTime):
    def __init__(
        self,
        config: Config | None = None,
        *,
        dialect: DialectName = "ga",
        answers: Answers | None = None,
        faults: Sequence[str] = (),
        pace: Pace | None = None,
        online: bool = True,
        echo: EchoPath | None = None,
        watchers: Sequence[Watcher] = (),
        recorder: Recorder | None = None,
        urgent: Callable[[], e.Event | None] = lambda: None,
        tell_group: Callable[[c.GroupCommand], None] = lambda _: None,
        tools: Sequence[tuple[Tool, float]] = (),
        servers: Sequence[dict[str, Any]] = (),
        agent: AgentDoor | None = None,
        **turns: Any,
    ) -> None:
        """`tools`: each with how many seconds it takes. `servers`: of MCP, that the service calls. `agent`: whom the
        service has there."""
        self._agent = agent
        config = config or Config()
        if echo is None and config.audio.echo in ("linear", "aec3"):
            config = replace(config, audio=replace(config.audio, echo="off"))
        config = replace(config, turns=replace(config.turns, **turns))
        if config.gate.confirm == "auto":  # the same world whatever is installed
            config = replace(config, gate=replace(config.gate, confirm="off"))
        speaking = [name for name, row in PROVIDERS.items() if row.dialect == dialect]
        if config.service.provider not in speaking:
            config = replace(config, service=replace(config.service, provider=speaking[0]))  # type: ignore[arg-type]
        self.config = config
        super().__init__(echo)
        self.sent: list[c.ServiceCommand] = []
        self.refusals: list[dict[str, Any]] = []  # `error` events of the service
        self.settled: list[Settled] = []  # announcements and openings
        self._dialect = DIALECTS[dialect]
        self._answers, self._pace = answers, pace
        self._faults = FaultScript(parse(text) for text in faults)
        self.session: Session | None = None
        self.sessions: list[Session] = []  # all that there were
        self._opened = 0
        self._spare: Session | None = None
        self._frozen: Session | None = None  # says and hears nothing any more
        self._connects = False  # with the next frame
        self.engine = build_engine(config, self._inbox.append)
        self.timeline = Timeline(lambda: self.now, self.records.append)
        self.conversation: Conversation = Conversation(TurnSettings.of(config))
        self.agent = Agent(
            self.conversation,
            audio=Port(self.engine.execute),
            service=Port(self._to_service),
            tools=Port(self._to_tools),
            timeline=self.timeline,
            clock=lambda: self.now,
            wake_at=lambda _: None,  # every frame looks
            over=lambda: None,
            watchers=(lambda event, _: self.events.append(event), *watchers),
            record=recorder.record if recorder else None,
            settle=self.settled.append,
            urgent=urgent,
            tell_group=tell_group,
        )
        if recorder:
            recorder.begin(self.conversation)
        self._servers = list(servers)
        self._specifications: list[dict[str, Any]] = self._servers
        self._tools = TimedTools()
        if tools:
            self.list_tools(tools)
        self.post(e.AudioStarted("world", 0))
        if online:
            self.connect()

    def list_tools(self, tools: Sequence[tuple[Tool, float]]) -> None:
        """There are these now."""
        listed = self._tools.list(tools)
        self._specifications = self._tools.specifications + self._servers
        self.post(listed)

    # ---- the link -------------------------------------------------------
    def connect(self) -> None:
        """A new session, configured as the link does it: the one that stands ready, if there is one."""
        self._connects = False
        self._configured = self._spare is not None
        self.session, self._spare = self._spare or self._new_session(), None
        self._decoder = self._dialect.decoder()
        self.generation += 1
        if self._configured:
            self._inbox.append(e.Connected(self.generation))
        self._pump()

    def prepare(self, *, urgent: bool = False) -> None:
        """The next session stands ready, as the link makes it before this one expires; not without a link."""
        self._pump()
        if self.session is None:
            return
        self._spare = self._spare or self._new_session()
        self._spare.outbox.due(self.now)
        self.post(e.LinkPrepared(urgent))

    def _new_session(self) -> Session:
        session = Session(
            SERVICE_DIALECTS[self._dialect.name],
            schema=published(self._dialect.name),
            answers=self._answers or Bundled(),
            recognise=recognise,
            faults=self._faults,
            pace=self._pace,
            random=Random(self._opened),
            agent=self._agent,
        )
        session.open(self.now)
        session.receive(self._dialect.encoder.encode_session(self.config, self._specifications), self.now)
        self.sessions.append(session)
        self._opened += 1
        return session

    def inject(self, fault: str) -> None:
        """This goes wrong with the session now, as in `drop` or `fail:server_error`."""
        assert self.session
        self.session.inject(parse_now(fault), self.now)
        self._pump()

    def disconnect(self) -> None:
        self.session = None
        self.post(e.Disconnected(self.generation, "scripted"))

    def _to_service(self, command: c.ServiceCommand | c.LinkCommand) -> None:
        match command:
            case c.OpenLink():
                self._connects = self._connects or self.conversation.state.standby
            case c.CloseLink() | c.RenewLink() if self.session:
                self.session = None
                self._inbox.append(e.Disconnected(self.generation, "left"))
                self._connects = isinstance(command, c.RenewLink)
                self._spare = self._spare if self._connects else None
            case c.SwitchLink():
                assert self._spare
                self.session, self._spare = self._spare, None
                self.generation += 1
            case c.UpdateTools():
                command = c.OfferTools(json.dumps(self._specifications))
        if self.session is not None and isinstance(command, c.ServiceCommand):
            self.sent.append(command)
            self.timeline.sent(command)
            if self.session is not self._frozen:
                self.session.receive(self._dialect.encoder.encode(command, self.config.turns), self.now)

    def _to_tools(self, command: c.ToolCommand) -> None:
        self._tools.take(command, self.now)

    def _from_service(self) -> None:
        while self.session is not None and (outputs := self.session.outbox.due(self.now)):
            for output in outputs:
                if isinstance(output, Close | Drop):
                    self.disconnect()
                    return
                if isinstance(output, Freeze) or self.session is self._frozen:
                    self._frozen = self.session
                    return
                if isinstance(output, dict) and output["type"] == "error":
                    self.refusals.append(output["error"])
                frame = json.dumps(output) if isinstance(output, dict) else output
                try:
                    event = self._decoder.decode(frame)
                except BadFrame:
                    continue  # as the connection does
                if isinstance(event, SessionUpdated):
                    if not self._configured:
                        self._inbox.append(e.Connected(self.generation))
                    self._configured = True
                elif event is not None and not isinstance(event, SessionCreated):
                    self._inbox.append(event)

    # ---- time -----------------------------------------------------------
    def _begin_frame(self) -> None:
        if self._connects:
            self.connect()

    def _end_frame(self) -> None:
        self._inbox += self._tools.returned(self.now)

    def press(self) -> None:
        self.post(e.ButtonPressed())

    def release(self) -> None:
        self.post(e.ButtonReleased())

    # ---- looking --------------------------------------------------------
    @property
    def appended(self) -> bytes:
        """All sound that left the device."""
        return b"".join(command.pcm for command in self.sent if isinstance(command, c.AppendAudio))

    def sent_of(self, kind: type[Any]) -> list[Any]:
        return [command for command in self.sent if isinstance(command, kind)]

    def facts(self, kind: type[Kind]) -> list[Kind]:
        """Of the timeline."""
        return [record.fact for record in self.records if isinstance(record.fact, kind)]

    def fact(self, kind: type[Kind]) -> Kind:
        """The last of these."""
        return self.facts(kind)[-1]
