"""edge-agent run: the device, in the foreground, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal

from ..audio.adapter import Card
from ..audio.simulated import EchoPath, SimulatedCard, WavSource, wav_source
from ..audio.wav import BadWav, WavWriter
from ..config import Config
from ..config.rules import parse_echo
from ..errors import LinkFailure
from ..events import AudioStarted, EchoJudged, Event
from ..runtime import Device
from ..state import Mode, State
from . import CONFIGURATION, OK
from .common import Stop, complain, exit_code, log_to_stderr, read_config

log = logging.getLogger("edge_agent")

SIMULATED_RATE_HZ = 24_000


def run(args: argparse.Namespace) -> int:
    log_to_stderr(verbose=True)
    try:
        config = read_config(args.config)
        if not config.has_service:
            complain(
                "[service] endpoint is missing: the address of your Azure resource, https://NAME.openai.azure.com"
                ' (or set AZURE_OPENAI_ENDPOINT; or provider = "openai")'
            )
            return CONFIGURATION
        card = open_card(config)
    except Stop as stop:
        return stop.code
    except BadWav as error:
        complain(str(error))
        return CONFIGURATION
    return asyncio.run(_run(config, card))


def open_card(config: Config) -> Card:
    """The sound card of the configuration. Raises BadWav."""
    audio = config.audio
    silence = WavSource(b""), SIMULATED_RATE_HZ, 1
    source, rate_hz, channels = wav_source(audio.mic_wav) if audio.mic_wav else silence
    return SimulatedCard(
        source,
        rate_hz=rate_hz,
        channels=channels,
        speaker=[WavWriter(audio.speaker_wav, rate_hz)] if audio.speaker_wav else [],
        echo=EchoPath(*parse_echo(audio.echo_path), rate_hz) if audio.echo_path else None,
    )


async def _run(config: Config, card: Card) -> int:
    device = Device(config, card, watchers=(Light().watch,))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, device.stop)
    try:
        await device.run()
    except LinkFailure as failure:
        complain(failure.message)
        return exit_code(failure)
    return OK


class Light:
    """The simulated light of a device without a terminal: lines in the log."""

    def __init__(self) -> None:
        self._mode: Mode | None = None

    def watch(self, event: Event, state: State) -> None:
        if isinstance(event, AudioStarted):
            log.info("ready: %s", event.device)
        if isinstance(event, EchoJudged):
            duplex = "full duplex" if event.full_duplex else "too strong, half duplex"
            log.info("echo: %s (%.0f dB taken out)", duplex, event.erle_db)
        if state.mode is not self._mode:
            self._mode = state.mode
            log.info("light: %s", state.mode.value)
