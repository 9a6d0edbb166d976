"""A whole device and GPT-Live in audio time: with the codec, the stream and the simulated session, as in life."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from edge_agent.app.agent import Agent
from edge_agent.audio.build import build_engine
from edge_agent.audio.cards.simulated import EchoPath
from edge_agent.billing.budget import Budget
from edge_agent.billing.ledger import Ledger
from edge_agent.config import Config
from edge_agent.config.known_prices import prices_of
from edge_agent.config.model import AssistantSettings, Limits, ServiceSettings
from edge_agent.config.wake_words import WakeWord
from edge_agent.conversation.duplex.duplex_machine import DuplexConversation
from edge_agent.conversation.settings import TurnSettings
from edge_agent.realtime.input_stream import InputStream
from edge_agent.realtime.wire.decode import SessionCreated, SessionUpdated
from edge_agent.realtime.wire.live.live_decode import LiveDecoder
from edge_agent.realtime.wire.live.live_encode import CLOSE, LiveEncoder
from edge_agent.realtime.wire.live.live_texts import in_pieces
from edge_agent.replay.recorder import Recorder
from edge_agent.simulator.answers import Answers
from edge_agent.simulator.faults import FaultScript, parse, parse_now
from edge_agent.simulator.live.duplex_session import DuplexSession
from edge_agent.simulator.live.live_door import OPENAI_LIVE, LiveDoor
from edge_agent.simulator.outbox import Close, Drop
from edge_agent.simulator.published import published
from edge_agent.simulator.speech import Bundled, recognise
from edge_agent.telemetry.timeline import Timeline
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import Output, TurnEnded
from edge_agent.vocabulary.tool_events import Tool

from .audio_time import AudioTime, Port
from .timed_tools import TimedTools

SET_UP_S = 0.6  # TCP and TLS


class LiveWorld(AudioTime):
    def __init__(
        self,
        *,
        door: LiveDoor = OPENAI_LIVE,
        answers: Answers | None = None,
        faults: Sequence[str] = (),
        echo: EchoPath | None = None,
        canceller: str = "off",
        limits: dict[str, Any] | None = None,
        recorder: Recorder | None = None,
        tools: Sequence[tuple[Tool, float]] = (),
        wake: tuple[WakeWord, ...] = (),
        **turns: Any,
    ) -> None:
        """`tools`: each with how many seconds it takes."""
        config = Config(
            service=ServiceSettings(provider=door.name),
            limits=Limits(**(limits or {})),
            assistant=AssistantSettings(backend="gpt-5.5" if tools else ""),
            wake=wake,
        )
        self.config = config = replace(
            config,
            turns=replace(config.turns, **turns),
            gate=replace(config.gate, confirm="off"),
            audio=replace(config.audio, echo=canceller),  # type: ignore[arg-type]
        )
        super().__init__(echo)
        self.commands: list[Any] = []
        self.sent_parts: list[Any] = []  # of them, as the service gets them
        self.outcomes: list[str] = []  # of turns
        self._answers, self._door = answers or Bundled(), door
        self._faults = FaultScript(parse(text) for text in faults)
        self.session: DuplexSession | None = None
        self.sessions: list[DuplexSession] = []
        self.starts: list[dict[str, Any]] = []  # as they were asked for
        self._stream: InputStream | None = None
        self._began = 0.0
        self._connect_at: float | None = None
        self.unreachable = False
        self.engine = build_engine(config, self._inbox.append)
        self.timeline = Timeline(lambda: self.now, self.records.append)
        self.conversation: DuplexConversation = DuplexConversation(TurnSettings.of(config))
        self.ledger = Ledger(prices_of(config), config.limits.daily_cost)
        self.budget = Budget(self.ledger, today=lambda: "today")
        self.over = False
        self.agent = Agent(
            self.conversation,
            audio=Port(self._to_engine),
            service=Port(self._to_service),
            tools=Port(self._to_tools),
            timeline=self.timeline,
            clock=lambda: self.now,
            wake_at=lambda _: None,
            over=self._end,
            watchers=(lambda event, _: self.events.append(event), self.budget.watch),
            record=self._record,
            settle=self.commands.append,
            urgent=self.budget.take_change,
        )
        self._tools = TimedTools()
        self._recorder = recorder or Recorder()
        self._recorder.begin(self.conversation)
        self.post(self._tools.list(tools), e.AudioStarted("world", 0))

    def _record(self, event: e.Event, now: float, outputs: list[Output]) -> None:
        self._recorder.record(event, now, outputs)
        self.outcomes += [output.outcome for output in outputs if isinstance(output, TurnEnded)]

    def _end(self) -> None:
        self.over = True

    # ---- the link -------------------------------------------------------
    def _to_engine(self, command: c.AudioCommand) -> None:
        self.commands.append(command)
        self.engine.execute(command)

    def _to_tools(self, command: c.ToolCommand) -> None:
        self.commands.append(command)
        self._tools.take(command, self.now)

    def _to_service(self, command: c.ServiceCommand | c.LinkCommand) -> None:
        self.commands.append(command)
        match command:
            case c.OpenLink():
                if self.session is None and self._connect_at is None:
                    self._connect_at = self.now + SET_UP_S
            case c.CloseLink() | c.RenewLink():
                self._connect_at = self.now + SET_UP_S if isinstance(command, c.RenewLink) else None
                if self.session:
                    self._send(CLOSE)
                    self._lose("left")
            case c.DivideAnswer() if self.session:
                self._decoder.divide()
            case c.AppendAudio(pcm) if self._stream:
                self._stream.add(pcm)
            case _ if self.session and isinstance(command, c.ServiceCommand):
                if isinstance(command, c.MuteInput) and self._stream:
                    self._stream.drop()
                for part in in_pieces(command) if isinstance(command, c.Tell) else (command,):
                    self.sent_parts.append(part)
                    self._send(LiveEncoder().encode(part, self.config.turns))

    def _send(self, frame: str) -> None:
        assert self.session
        self.session.receive(frame, self.now)

    def _connect(self) -> None:
        self._connect_at = None
        if self.unreachable:
            self._inbox.append(e.LinkFailed("unreachable", "no route", told=False))
            self._connect_at = self.now + 2
            return
        self.session = DuplexSession(
            self._door,
            schema=published("live"),
            answers=self._answers,
            recognise=recognise,
            faults=self._faults,
            random=Random(len(self.sessions)),
        )
        self.sessions.append(self.session)
        self.session.open(self.now)
        told = [(said.role, said.text) for said in self.conversation.said]
        start = LiveEncoder().encode_session(self.config, self._tools.specifications, told)
        self.starts.append(json.loads(start)["session"])
        self._decoder = LiveDecoder()
        self._send(start)

    def _lose(self, reason: str) -> None:
        session, self.session, self._stream = self.session, None, None
        assert session
        self._bill(self._closed_s(session))
        self._inbox.append(e.Disconnected(self.generation, reason))

    def _closed_s(self, session: DuplexSession) -> float:
        """As `session.closed` tells it, where it comes."""
        closed = [out for out in session.outbox.due(self.now) if isinstance(out, dict)]
        return max(
            [out["usage"]["seconds"] for out in closed if out["type"] == "session.closed"], default=0.0
        )

    def _bill(self, total_s: float) -> None:
        session_id = str(self.sessions[-1].config["id"])
        self._inbox.append(e.SecondsBilled(session_id, total_s, self.now - self._began))

    def inject(self, fault: str) -> None:
        """This goes wrong with the session now."""
        assert self.session
        self.session.inject(parse_now(fault), self.now)
        self._pump()

    def _from_service(self) -> None:
        while self.session and (outputs := self.session.outbox.due(self.now)):
            for output in outputs:
                if isinstance(output, Close | Drop):
                    self._lose("scripted")
                    break
                assert not isinstance(output, dict) or output["type"] != "error", output
                event = self._decoder.decode(json.dumps(output) if isinstance(output, dict) else output)  # type: ignore[arg-type]
                match event:
                    case SessionCreated(session_id):
                        self.generation += 1
                        self._began = self.now
                        self._stream = InputStream(self.now)
                        self._inbox.append(e.Connected(self.generation, session_id, 7200.0))
                    case e.SecondsBilled(_, total_s) | e.SessionEnded(_, total_s):
                        self._bill(total_s)
                        self._inbox += [event] if isinstance(event, e.SessionEnded) else []
                    case None | SessionUpdated():
                        pass
                    case _:
                        self._inbox.append(event)

    # ---- time -----------------------------------------------------------
    def _begin_frame(self) -> None:
        if self._connect_at is not None and self.now >= self._connect_at:
            self._connect()

    def _end_frame(self) -> None:
        self._inbox += self._tools.returned(self.now)
        self._pump()
        for piece in self._stream.due(self.now) if self._stream else ():
            self._send(LiveEncoder().encode(piece, self.config.turns))

    def hold(self, pcm: bytes) -> None:
        """The button, while this is said."""
        self.post(e.ButtonPressed())
        self.say(pcm)
        self.post(e.ButtonReleased())

    def ask(self, pcm: bytes) -> None:
        """With the button, held; until it is answered."""
        self.hold(pcm)
        self.until(lambda: self.turn == "speaking")

    # ---- looking --------------------------------------------------------
    @property
    def online(self) -> bool:
        return self.conversation.state.online

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def sent(self, kind: type[Any]) -> list[Any]:
        return [command for command in self.commands if isinstance(command, kind)]

    @property
    def cues(self) -> list[str]:
        return [command.cue.value for command in self.sent(c.PlayCue)]

    def said(self, role: str) -> str:
        return " ".join(said.text.strip() for said in self.conversation.said if said.role == role)
