"""Words and addresses as sound, made on this device in processes of their own: they need what the daemon does not."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys

from ..config.media_addresses import is_allowed
from ..config.packages import NO_VOICE
from ..realtime.auth import token_program
from ..vocabulary.sound import SERVICE_BYTES_PER_MS, ServicePcm, is_silent

log = logging.getLogger(__name__)

SPEAKS_S = 15.0  # a thousand characters, on a slow computer
FETCHES_S = 20.0
LONGEST_S = 90
MOST_BYTES = LONGEST_S * 1000 * SERVICE_BYTES_PER_MS
# of this process's environment: it has keys too
NEEDED = ("PATH", "PYTHONPATH", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


class NotMade(Exception):
    """Why, in a sentence."""


class Voiceless(NotMade):
    """espeak-ng is not installed."""


async def spoken(text: str, language: str) -> ServicePcm:
    """24 kHz. Raises NotMade; Voiceless where nothing can be spoken."""
    if not shutil.which("espeak-ng"):
        raise Voiceless(NO_VOICE)
    pcm = await _made(["edge_agent.audio.espeak", language or "en"], text, SPEAKS_S, "espeak-ng")
    if len(pcm) > MOST_BYTES:
        raise NotMade(f"these words take longer than {LONGEST_S} s to say; shorten them")
    if is_silent(pcm):
        raise NotMade("nothing of these words can be spoken")
    return pcm


async def spoken_or_nothing(text: str, language: str) -> ServicePcm:
    """Empty where there is no voice: a spoken message stands for the words then."""
    try:
        return await spoken(text, language)
    except Voiceless:
        pass
    except NotMade as why:
        log.warning("the words of a reminder cannot be spoken: %s", why)
    return b""


async def fetched(address: str, media: str) -> ServicePcm:
    """24 kHz. `media`: the setting. Raises NotMade."""
    if not is_allowed(address, media):
        raise NotMade("its address is not below one of [announce] media")
    wanted = json.dumps({"address": address, "media": media})
    return await _made(["edge_agent.announce.fetch"], wanted, FETCHES_S, "fetching it")


async def _made(module: list[str], given: str, longest_s: float, what: str) -> ServicePcm:
    """What such a program prints. Raises NotMade."""
    command = [sys.executable, "-m", *module]
    environment = {name: os.environ[name] for name in NEEDED if name in os.environ}
    try:
        outcome = await token_program.run(
            command, longest_s, given=given.encode(), most_bytes=MOST_BYTES, environment=environment
        )
    except TimeoutError:
        raise NotMade(f"{what} took longer than {longest_s:g} s") from None
    except OSError as error:
        raise NotMade(f"{what} cannot be started ({error.strerror})") from None
    if outcome.status:
        raise NotMade(outcome.complaint or f"{what} {outcome.how}")
    return outcome.printed
