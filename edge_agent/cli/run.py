"""edge-agent run: the device, in the foreground, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from typing import Any

from ..app import event_loop
from ..app.daemon import Daemon, WrongConfiguration
from ..audio.cards.card import Card
from ..audio.cards.errors import no_such_channel
from ..audio.riff import BadWav
from ..config import Config
from ..config.addresses import NO_SERVICE
from ..config.load import TryOut
from ..config.rules import Key, parse_echo
from ..files.folders import fleet_folder, state_folder
from ..host.journal.handler import fail, open_log
from ..host.neighbours import Neighbours, service_beside
from ..host.systemd.notify import Notifier
from ..realtime.errors import LinkFailure
from .common import exit_code, load_config
from .exits import AGAIN, CONFIGURATION, FAILED, OK
from .options import add_config

SIMULATED_RATE_HZ = 24_000


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config(parser)


def run(args: argparse.Namespace) -> int:
    open_log(logging.INFO)
    try:
        flags = {("log", "level"): "debug"} if args.verbose else None
        return event_loop.run(
            _run(
                partial(read, args.config, flags),
                lambda changes: load_config(args.config, flags, changes=changes),
            )
        )
    except WrongConfiguration as wrong:
        for sentence in wrong.sentences:
            fail(sentence)
        Notifier().status(str(wrong))
        return CONFIGURATION


def read(path: str | None, flags: dict[Key, Any] | None = None) -> Config:
    """The configuration as it is now. Raises WrongConfiguration."""
    config, problems = load_config(path, flags)
    if problems or not config.has_service:
        raise WrongConfiguration(*(str(problem) for problem in problems) if problems else (NO_SERVICE,))
    return config


def open_card(config: Config) -> Card | None:
    """The simulated sound card, if it is configured. Raises WrongConfiguration."""
    try:
        return _open_card(config)
    except (BadWav, OSError) as error:
        raise WrongConfiguration(str(error)) from None


def _open_card(config: Config) -> Card | None:
    audio = config.audio
    if audio.backend != "simulated":
        return None
    from ..audio.cards.simulated import EchoPath, SimulatedCard, WavSource, wav_source
    from ..audio.wav import WavWriter

    wanted = (audio.heard_channel or 0) + 1
    silence = WavSource(b""), SIMULATED_RATE_HZ, wanted
    source, rate_hz, channels = wav_source(audio.mic_wav) if audio.mic_wav else silence
    if wanted > channels:
        raise WrongConfiguration(no_such_channel(audio.mic_wav, wanted - 1, channels))
    return SimulatedCard(
        source,
        rate_hz=rate_hz,
        channels=channels,
        speaker=[WavWriter(audio.speaker_wav, rate_hz)] if audio.speaker_wav else [],
        echo=EchoPath(*parse_echo(audio.echo_path), rate_hz) if audio.echo_path else None,
    )


async def _run(read: Callable[[], Config], try_out: TryOut) -> int:
    _settle_fleet()
    config = read()
    if reason := service_beside():
        fail(reason)
        return FAILED
    with closing(Neighbours()) as neighbours:
        return await _run_device(
            Daemon(
                config,
                read=read,
                open_card=open_card,
                neighbour=lambda: neighbours.finding,
                try_out=try_out,
            )
        )


def _settle_fleet() -> None:
    """What is on trial does not survive the end of the device: it begins with what was proven."""
    if fleet_folder(state_folder()).is_dir():
        from ..fleet.kept import settle

        with suppress(OSError):  # a disk that is full must not keep it from talking
            settle(state_folder())


async def _run_device(daemon: Daemon) -> int:
    running = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        running.add_signal_handler(number, daemon.stop)
    running.add_signal_handler(signal.SIGHUP, daemon.stop if _on_terminal() else daemon.hang_up)
    try:
        await daemon.run()
    except LinkFailure as failure:
        fail(failure.message)
        Notifier().status(failure.message)
        return exit_code(failure)
    except (BadWav, OSError) as error:
        fail(str(error))
        return FAILED
    return AGAIN if daemon.restarts else OK


def _on_terminal() -> bool:
    """Whether SIGHUP says that the terminal is gone, and not that the configuration was changed."""
    return not Notifier().is_heard and any(map(os.isatty, range(3)))
