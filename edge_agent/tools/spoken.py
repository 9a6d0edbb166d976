"""The words of a reminder as speech, made on this device in a process of its own: it needs what the daemon does not."""

from __future__ import annotations

import logging
import shutil
import sys

from ..realtime.auth import token_program
from ..vocabulary.sound import ServicePcm

log = logging.getLogger(__name__)

SPEAKS_S = 5.0
MOST_BYTES = 30 * 48_000  # 30 s


async def speak(text: str, language: str) -> ServicePcm:
    """24 kHz; empty where there is no voice: a spoken message stands for the words then."""
    if not shutil.which("espeak-ng"):
        return b""
    command = [sys.executable, "-m", "edge_agent.audio.espeak", language or "en"]
    try:
        outcome = await token_program.run(command, SPEAKS_S, given=text.encode(), most_bytes=MOST_BYTES)
    except OSError as error:  # a TimeoutError is one
        log.warning("the words of a reminder cannot be spoken: %s", error)
        return b""
    if outcome.status or len(outcome.printed) > MOST_BYTES:
        log.warning(
            "the words of a reminder cannot be spoken: espeak-ng %s %s", outcome.how, outcome.complaint
        )
        return b""
    return outcome.printed
