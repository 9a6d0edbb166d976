"""edge-agent run: the device, in the foreground, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import signal

from .. import loop
from ..audio.adapter import Card
from ..audio.simulated import EchoPath, SimulatedCard, WavSource, wav_source
from ..audio.wav import BadWav, WavWriter
from ..config import Config
from ..config.rules import NO_SERVICE, parse_echo
from ..daemon import Daemon
from ..errors import LinkFailure
from . import CONFIGURATION, FAILED, OK
from .common import Stop, complain, exit_code, log_to_stderr, read_config

SIMULATED_RATE_HZ = 24_000


def run(args: argparse.Namespace) -> int:
    log_to_stderr(verbose=True)
    try:
        config = read_config(args.config)
        if not config.has_service:
            complain(NO_SERVICE)
            return CONFIGURATION
        card = open_card(config)
    except Stop as stop:
        return stop.code
    except BadWav as error:
        complain(str(error))
        return CONFIGURATION
    return loop.run(_run(config, card))


def open_card(config: Config) -> Card | None:
    """The simulated sound card, if it is configured. Raises BadWav."""
    audio = config.audio
    if audio.backend != "simulated":
        return None
    silence = WavSource(b""), SIMULATED_RATE_HZ, 1
    source, rate_hz, channels = wav_source(audio.mic_wav) if audio.mic_wav else silence
    return SimulatedCard(
        source,
        rate_hz=rate_hz,
        channels=channels,
        speaker=[WavWriter(audio.speaker_wav, rate_hz)] if audio.speaker_wav else [],
        echo=EchoPath(*parse_echo(audio.echo_path), rate_hz) if audio.echo_path else None,
    )


async def _run(config: Config, card: Card | None) -> int:
    daemon = Daemon(config, card)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, daemon.stop)
    try:
        await daemon.run()
    except LinkFailure as failure:
        complain(failure.message)
        return exit_code(failure)
    except (BadWav, OSError) as error:
        complain(str(error))
        return FAILED
    return OK
