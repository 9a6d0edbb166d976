"""edge-agent simulate: the whole device on this computer, holding a conversation."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from io import FileIO
from itertools import cycle
from pathlib import Path
from time import strftime
from typing import Any, get_args

from ..app import event_loop
from ..app.agent import Watcher
from ..app.device import Device
from ..app.records import booking
from ..audio.cards.errors import no_such_channel
from ..audio.cards.simulated import EchoPath, SimulatedCard, SpokenSource, WavSource, wav_source
from ..audio.riff import BadWav
from ..audio.sounds import spoken_call, spoken_lines
from ..audio.wav import WavWriter
from ..billing.budget import DAY, Budget
from ..billing.ledger import Ledger
from ..config import Config
from ..config.known_prices import prices_of
from ..config.model import TurnMode
from ..config.providers import PROVIDERS
from ..config.rules import parse_echo
from ..conversation.spoken_causes import CAUSES
from ..drawing.conversation import Envelope, draw
from ..panel.simulated import KEYS, PanelStep, follow_script, keyboard, parse_script
from ..realtime.errors import LinkFailure
from ..simulator.faults import Fault
from ..simulator.faults import parse as parse_fault
from ..simulator.person import Person, SpokenLine
from ..simulator.speech import NoVoice
from ..telemetry import facts as f
from ..telemetry.captions import Caption, Captions
from ..telemetry.records import Record
from ..vocabulary import events as e
from ..vocabulary.commands import Cue
from ..vocabulary.state import State, Turn
from .common import exit_code, log_to_stderr, read_config
from .display import Display
from .exits import FAILED, OK, USAGE, Stop
from .options import add_config, filled
from .output import complain, say, writing
from .simulated_service import add_faults, answer_script, simulated_service
from .simulated_sound import loudest_of, with_canceller
from .timeline_file import open_timeline, write_record

BUNDLED_RATE_HZ = 24_000
SETTLE_S = 0.4  # idle for so long, with nothing more to hear: the conversation is over
BREAK_IN_S = 4.0  # into the answer
WEB_PORT = 8090
RINGS_S = 2.0  # until the bundled person stops what rings
SOON_S = 10.0  # what rings within this time is waited for
# what is heard instead of an answer
GIVEN_UP = {Cue.GAVE_UP, Cue.SERVICE_PROBLEM, Cue.DAILY_COST, Cue.LOST_WORDS, *CAUSES}


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument("--mode", choices=get_args(TurnMode), help="what starts an utterance")
    parser.add_argument(
        "--mic", type=filled, metavar="WAV", help="what the microphone hears (default: bundled recordings)"
    )
    parser.add_argument("--speaker", type=filled, metavar="WAV", help="record what the speaker plays")
    parser.add_argument("--heard", type=filled, metavar="WAV", help="record what the microphone hears")
    parser.add_argument(
        "--button", type=filled, metavar="SCRIPT", help="'press@1.0 release@3.2 mute@5 unmute@6 interrupt@7'"
    )
    parser.add_argument("--keyboard", action="store_true", help="use the space bar as the button")
    parser.add_argument(
        "--web",
        type=int,
        nargs="?",
        const=WEB_PORT,
        metavar="PORT",
        help="talk with your own voice: a page in a browser on this computer is microphone and speaker, with fields for"
        f" service, key, voice and more (default port: {WEB_PORT})",
    )
    parser.add_argument(
        "--echo", type=filled, metavar="GAIN@MS", help="let the microphone hear the speaker, as in 0.3@40"
    )
    parser.add_argument(
        "--timeline", type=filled, metavar="FILE", help="write every event with its time, as JSON lines"
    )
    parser.add_argument("--picture", type=filled, metavar="FILE", help="draw the conversation (SVG)")
    parser.add_argument(
        "--answer",
        type=answer_script,
        metavar="WHAT",
        help="answer of the simulated service: bundled, parrot (repeats what it heard), text for espeak-ng, or calls of"
        " tools and what follows them, as in 'call:get_time; parrot'",
    )
    add_faults(
        parser,
        "fault of the simulated service, as in drop@commit#2; 'edge-agent simulator --faults' lists them",
    )


def run(args: argparse.Namespace) -> int:
    log_to_stderr(verbose=args.verbose, quiet=True)
    flags: dict[tuple[str, str], Any] = {("turns", "mode"): args.mode, ("audio", "echo_path"): args.echo}
    flags = {key: value for key, value in flags.items() if value is not None}
    try:
        if args.echo:
            parse_echo(args.echo)
        _no_file_twice(args)
        faults = [parse_fault(fault) for fault in args.fault]
        steps = parse_script(args.button) if args.button else []
    except ValueError as error:
        complain(str(error))
        return USAGE
    try:
        if args.web is not None:
            from .simulate_web import simulate_web

            return simulate_web(args, flags, faults)
        config = with_canceller(read_config(args.config, flags), mono=not args.mic)
        return event_loop.run(Simulation(args, config, steps, faults).run())
    except Stop as stop:
        return stop.code
    except LinkFailure as failure:
        complain(failure.message)
        return exit_code(failure)
    except (BadWav, NoVoice, OSError) as error:
        complain(str(error))
        return FAILED


def _no_file_twice(args: argparse.Namespace) -> None:
    """Raises ValueError where an output would overwrite another file of the command."""
    taken: dict[Path, str] = {}
    for name in ("config", "mic", "speaker", "heard", "timeline", "picture"):
        if path := getattr(args, name):
            other = taken.setdefault(Path(path).resolve(), name)
            if other != name:
                raise ValueError(f"--{other} and --{name} are the same file; choose another for one of them")


class Simulation:
    def __init__(
        self, args: argparse.Namespace, config: Config, steps: list[PanelStep], faults: list[Fault]
    ) -> None:
        self._args, self._config, self._steps, self._faults = args, config, steps, faults
        self._turn = Turn.IDLE
        self._rings = False
        self._device: Device
        self._sounding = asyncio.Event()
        self._failure: e.LinkFailed | None = None
        self._records: list[Record] = []
        self._timeline: FileIO | None = None
        self._captions = Captions()
        self._said: dict[str, Caption] = {}  # for the picture, which forgets nothing
        self._heard: list[Envelope] = []  # for the picture
        self._spoken: list[Envelope] = []
        if args.mic and config.turns.mode == "button" and not (steps or args.keyboard):
            complain("--mic needs a script for the button (--button 'press@1.0 release@3.2') or --keyboard")
            raise Stop(USAGE)

    async def run(self) -> int:
        async with AsyncExitStack() as stack:
            config = self._config
            if not config.has_service:
                service = simulated_service(config, answer=self._args.answer, faults=self._faults)
                config = await stack.enter_async_context(service)
            else:
                provider = PROVIDERS[config.service.provider]
                address = config.service.endpoint or provider.endpoint.removeprefix("https://")
                say(f"talking to {address} ({config.service.provider})")
                given = {"--fault": self._faults, "--answer": self._args.answer}
                if unused := ", ".join(option for option, value in given.items() if value):
                    complain(f"ignored, because a service is configured: {unused}")
            source, card = self._card(config)
            person: Person | None = None
            watchers: list[Watcher] = [Display(say).watch, self._watch]
            ledger = Ledger(prices_of(config), config.limits.daily_cost)
            budget = Budget(ledger, today=partial(strftime, DAY))
            watchers.append(budget.watch)
            if isinstance(source, SpokenSource):
                button = config.turns.button if config.turns.mode == "button" else None
                call = spoken_call() if config.turns.mode == "wake-word" else None
                person = Person(source, card.in_rate_hz, button=button, call=call)
                watchers.append(person.watch)
            if self._args.timeline:
                self._timeline = stack.enter_context(open_timeline(self._args.timeline))
            self._device = device = Device(
                config,
                card,
                records=booking(budget, self._record),
                watchers=tuple(watchers),
                urgent=budget.take_change,
            )
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, device.stop)
            async with _background(self._play(device, card, person), device.stop):
                await device.run()
        if self._args.picture:
            self._draw()
        if any(isinstance(it.fact, f.CuePlayed) and it.fact.name in GIVEN_UP for it in self._records):
            complain("not every question was answered; use --timeline FILE to see what happened")
            return FAILED
        if self._failure and not device.link.generation:
            return FAILED
        if self._args.mic and config.turns.mode != "button" and not device.turns:
            missing = "wake word" if config.turns.mode == "wake-word" else "voice"
            say(f"no {missing} was heard: {loudest_of(self._args.mic)}")
        return OK

    def _record(self, record: Record) -> None:
        self._records.append(record)
        if self._timeline:
            write_record(self._timeline, record, self._args.timeline)

    def _watch(self, event: e.Event, state: State) -> None:
        self._turn = state.turn
        if state.ringing and not self._rings and not self._args.keyboard:
            asyncio.get_running_loop().call_later(RINGS_S, self._device.post, e.RingingStopped())
        self._rings = state.ringing
        self._said |= {caption.item_id: caption for caption in self._captions.feed(event)}
        match event:
            case e.AudioStarted():
                self._sounding.set()
            case e.LinkFailed():
                self._failure = event

    def _card(self, config: Config) -> tuple[SpokenSource | WavSource, SimulatedCard]:
        args = self._args
        rate_hz, channels = BUNDLED_RATE_HZ, 1
        source: SpokenSource | WavSource = SpokenSource()
        if args.mic:
            source, rate_hz, channels = wav_source(args.mic)
            if (channel := config.audio.heard_channel or 0) >= channels:
                raise BadWav(no_such_channel(args.mic, channel, channels))
        if args.picture:
            self._heard, self._spoken = [Envelope(rate_hz)], [Envelope(rate_hz)]
        echo = config.audio.echo_path
        card = SimulatedCard(
            source,
            rate_hz=rate_hz,
            channels=channels,
            speaker=[*([WavWriter(args.speaker, rate_hz)] if args.speaker else []), *self._spoken],
            microphone=[*([WavWriter(args.heard, rate_hz)] if args.heard else []), *self._heard],
            echo=EchoPath(*parse_echo(echo), rate_hz) if echo else None,
        )
        return source, card

    async def _play(self, device: Device, card: SimulatedCard, person: Person | None) -> None:
        """What happens around the device, until there is nothing more to happen."""
        post = device.post
        await self._sounding.wait()
        if self._args.keyboard:
            await self._play_by_hand(device, person)
            return
        if self._steps:
            if person:
                complain("--button is ignored without --mic: the bundled person presses the button")
            else:
                await follow_script(self._steps, post)
        if person:
            first, second, third = spoken_lines()
            lines = [SpokenLine(first), SpokenLine(second), SpokenLine(third, after_s=BREAK_IN_S)]
            await person.talk(lines, post)
        quiet_s = 0.0
        while quiet_s < SETTLE_S:
            await asyncio.sleep(0.05)
            is_quiet = card.over and self._turn is Turn.IDLE and not device.alarm_clock.rings_within(SOON_S)
            quiet_s = quiet_s + 0.05 if is_quiet else 0.0
        device.stop()

    async def _play_by_hand(self, device: Device, person: Person | None) -> None:
        lines = cycle(spoken_lines())
        pressed = False
        over = asyncio.Event()
        speaking: list[asyncio.Task[None]] = []

        def on_key(key: str) -> None:
            nonlocal pressed
            if key == " " and person:
                speaking.append(asyncio.create_task(person.say(next(lines), device.post)))
            elif key == " ":
                pressed = not pressed
                device.post(e.ButtonPressed() if pressed else e.ButtonReleased())
            elif key == "q":
                over.set()
            elif event := KEYS.get(key):
                device.post(event)

        space = "say the next line" if person else "press, release"
        with keyboard(on_key):
            say(f"space: {space}; m: mute; i: interrupt; f: forget; q: quit")
            await over.wait()
        device.stop()

    def _draw(self) -> None:
        drawn = draw(self._records, self._heard[0].peaks, self._spoken[0].peaks, self._said.values())
        with writing(self._args.picture):
            Path(self._args.picture).write_text(drawn, encoding="utf-8")
        say(f"picture: {self._args.picture}")


@asynccontextmanager
async def _background(work: Any, on_error: Callable[[], None]) -> AsyncIterator[None]:
    """Runs `work` beside; an error of it ends both."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: on_error() if not done.cancelled() and done.exception() else None)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
