"""Words as speech, made on this device in a process of its own: it needs what the daemon does not."""

from __future__ import annotations

import logging
import shutil
import sys

from ..realtime.auth import token_program
from ..vocabulary.sound import SERVICE_BYTES_PER_MS, ServicePcm, is_silent

log = logging.getLogger(__name__)

SPEAKS_S = 15.0  # a thousand characters, on a slow computer
LONGEST_S = 90
NO_VOICE = "to speak text, install espeak-ng: sudo apt install espeak-ng"


class NotSpoken(Exception):
    """Why, in a sentence."""


async def spoken(text: str, language: str) -> ServicePcm:
    """24 kHz. Raises NotSpoken."""
    if not shutil.which("espeak-ng"):
        raise NotSpoken(NO_VOICE)
    command = [sys.executable, "-m", "edge_agent.audio.espeak", language or "en"]
    most_bytes = LONGEST_S * 1000 * SERVICE_BYTES_PER_MS
    try:
        outcome = await token_program.run(command, SPEAKS_S, given=text.encode(), most_bytes=most_bytes)
    except TimeoutError:
        raise NotSpoken(f"espeak-ng took longer than {SPEAKS_S:g} s") from None
    except OSError as error:
        raise NotSpoken(f"espeak-ng cannot be started ({error.strerror})") from None
    if outcome.status:
        raise NotSpoken(f"espeak-ng {outcome.how} {outcome.complaint}".rstrip())
    if len(outcome.printed) > most_bytes:
        raise NotSpoken(f"these words take longer than {LONGEST_S} s to say; shorten them")
    if is_silent(outcome.printed):
        raise NotSpoken("nothing of these words can be spoken")
    return outcome.printed


async def spoken_or_nothing(text: str, language: str) -> ServicePcm:
    """Empty where there is no voice: a spoken message stands for the words then."""
    try:
        return await spoken(text, language)
    except NotSpoken as why:
        if str(why) != NO_VOICE:
            log.warning("the words of a reminder cannot be spoken: %s", why)
        return b""
