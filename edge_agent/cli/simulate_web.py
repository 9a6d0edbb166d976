"""edge-agent simulate --web: a page in a browser is the microphone and the speaker, and chooses the settings."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from typing import Any

from ..app import event_loop
from ..app.device import Device
from ..audio.cards.browser import BrowserCard
from ..config import Config
from ..config.keys import BadKeys, keys_in
from ..config.providers import PROVIDERS
from ..host.control.requests import Request, RequestRefused
from ..host.http.http_server import HttpServer, Serving
from ..realtime.errors import LinkFailure
from ..simulator.faults import Fault
from ..telemetry.records import Record
from ..vocabulary import events as e
from ..vocabulary.state import State
from ..web.talk_fields import FieldKey, chosen, described, place
from ..web.talk_room import FieldsRefused, TalkRoom
from ..web.talk_site import talk_site
from .common import load_config, read_config
from .display import Display
from .exits import FAILED, OK, USAGE
from .output import complain, say
from .simulated_service import simulated_service
from .simulated_sound import with_canceller
from .timeline_file import open_timeline, write_record

KEY = "key"  # the field that is not a setting
NO_PORT = "choose another port with --web PORT"
ENDPOINT = place(("service", "endpoint"))
NO_ENDPOINT = (
    "a key needs the address of its service; enter it, or remove the key to talk to the simulated one"
)
NOT_FIELDS = "this page is older than this program; reload it"
MODE = ("turns", "mode")
# options that are of no use with it
ALONE = ("mic", "speaker", "heard", "button", "keyboard", "echo", "picture")
NO_BUTTON = "--web needs no button; use --mode hands-free or wake-word"


def simulate_web(args: argparse.Namespace, flags: dict[FieldKey, Any], faults: list[Fault]) -> int:
    """Raises Stop and NoVoice."""
    if unused := next((name for name in ALONE if getattr(args, name)), ""):
        complain(f"--web takes its sound from the browser; remove --{unused}")
        return USAGE
    if args.mode == "button":
        complain(NO_BUTTON)
        return USAGE
    if not 0 < args.web < 65536:
        complain(f"--web: {args.web} is not a valid port; use 1 to 65535, as in --web 8090")
        return USAGE
    with ExitStack() as stack:
        timeline = stack.enter_context(open_timeline(args.timeline)) if args.timeline else None

        def record(entry: Record) -> None:
            if timeline:
                write_record(timeline, entry, args.timeline)

        async def simulate() -> int:
            return await TalkSimulation(args, {MODE: "hands-free"} | flags, faults, record).run()

        return event_loop.run(simulate())


class TalkSimulation:
    """To be made inside an event loop. `flags`: settings of the command line; `record` takes what happens."""

    def __init__(
        self,
        args: argparse.Namespace,
        flags: dict[FieldKey, Any],
        faults: list[Fault],
        record: Callable[[Record], None],
    ) -> None:
        self._args, self._flags, self._faults, self._record = args, flags, faults, record
        self._config = read_config(args.config, flags)
        self._simulated = self._config  # the service that is used where none is chosen
        self._room = TalkRoom(self)
        self._running: asyncio.Task[None] | None = None
        self._device: Device

    async def run(self) -> int:
        """Until a signal. Raises NoVoice."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with AsyncExitStack() as stack:
            if not self._config.has_service:
                service = simulated_service(self._config, answer=self._args.answer, faults=self._faults)
                self._simulated = await stack.enter_async_context(service)
            fault = await self._serve(stack)
            if fault:
                complain(f"{fault}; {NO_PORT}")
                return FAILED
            say(
                f"open http://{self._address}/ in a browser on this computer, and press Record; Ctrl-C ends it"
            )
            await stop.wait()
            await self.end()
        return OK

    @property
    def _address(self) -> str:
        return f"127.0.0.1:{self._args.web}"

    async def _serve(self, stack: AsyncExitStack) -> str:
        """Why it cannot; empty: it does."""
        told: asyncio.Queue[str] = asyncio.Queue()
        server = HttpServer("the page", lambda: Serving(talk_site(self._room).answer), told.put_nowait)
        server.open(self._address)
        stack.push_async_callback(server.close)
        await told.get()  # that nothing is known yet
        return await told.get()

    # ---- for the page ------------------------------------------------------
    def about(self) -> Mapping[str, Any]:
        return {"fields": described(self._config), "simulated": not self._config.has_service, "asks": False}

    async def begin(self, request: Request, card: BrowserCard) -> None:
        """Raises FieldsRefused and RequestRefused."""
        config, environ = self._configured(request)
        self._device = device = Device(
            with_canceller(config, mono=True),
            card,
            environ=environ,
            records=self._record,
            watchers=(Display(say).watch, self._watch),
        )
        self._running = asyncio.create_task(self._run(device), name="talk")

    def interrupt(self) -> None:
        self._device.post(e.InterruptRequested())

    async def end(self) -> None:
        running, self._running = self._running, None
        if running:
            self._device.stop()
            await asyncio.wait({running})

    async def _run(self, device: Device) -> None:
        why, field = "", ""
        try:
            await device.run()
        except LinkFailure as failure:
            why, field = failure.message, KEY if failure.code == "no-key" else ""
        except OSError as error:  # of the timeline's file
            why = str(error)
            complain(why)
        if self._running is asyncio.current_task():  # else somebody has ended it
            self._running = None
            self._room.ended(why, field)

    def _watch(self, event: e.Event, state: State) -> None:
        self._room.watch(event, state, self._device.visits)

    def _configured(self, request: Request) -> tuple[Config, Mapping[str, str]]:
        """For one conversation, and the environment with its key. Raises FieldsRefused and RequestRefused."""
        fields, key = chosen(request.get("fields")), request.get(KEY)
        if fields is None or not isinstance(key, str):
            raise RequestRefused(NOT_FIELDS)
        if key:
            fields |= {("service", "credential"): "api-key", ("service", "api_key_file"): ""}
        config, problems = load_config(self._args.config, {**self._flags, **fields}, flag=place)
        if problems:
            raise FieldsRefused({problem.where: problem.what for problem in problems})
        if key and not config.has_service:
            raise FieldsRefused({ENDPOINT: NO_ENDPOINT})
        if not config.has_service:
            simulated = self._simulated
            service = replace(config.service, endpoint=simulated.service.endpoint, credential="api-key")
            words = replace(config.assistant, transcription=simulated.assistant.transcription)
            return replace(config, service=service, assistant=words), os.environ
        if not key:
            return config, os.environ
        try:
            keys_in([key], "this field")
        except BadKeys as bad:
            raise FieldsRefused({KEY: str(bad)}) from None
        return config, {PROVIDERS[config.service.provider].key_variable: key}
