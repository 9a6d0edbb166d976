"""Commands to events of GPT-Live. Pure."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache

from ....config.fitting import is_voice_id
from ....config.model import Config, TurnTaking
from ....vocabulary import commands as c
from ....vocabulary.sound import SERVICE_BYTES_PER_MS, SERVICE_RATE_HZ
from .. import Json, PastWords

MOST_MESSAGES, MOST_TOKENS = 100, 6000  # of the history; the service takes 128, and 8192 by its own count
LONGEST_TEXT = 450  # tokens of 500: they are estimated
CLOSE = '{"type":"session.close"}'


def tokens(text: str) -> int:
    """Never too few: four letters are one, and so is each other character."""
    letters = sum(char.isascii() for char in text)
    return -(-letters // 4) + len(text) - letters


class LiveEncoder:
    def encode(self, command: c.ServiceCommand, turns: TurnTaking) -> str:  # noqa: ARG002
        """The text frame that carries a command. Raises ValueError for one that this API does not have."""
        match command:
            case c.AppendAudio(pcm):
                return f'{{"type":"session.input_audio.append","audio":"{b64encode(pcm).decode()}"}}'
            case c.AppendSilence(ms):
                return _silence(ms)
            case c.MuteInput(muted):
                return json.dumps({"type": f"session.input_audio.{'mute' if muted else 'unmute'}"})
            case c.Tell(channel, text, delegation_id):
                event = {"type": f"session.{channel}.append", "content": _cut(text)}
                return json.dumps(event | {"delegation_id": delegation_id}, ensure_ascii=False)
        raise ValueError("GPT-Live has nothing like it")

    def encode_session(
        self, config: Config, _: Sequence[Json] = (), history: Sequence[PastWords] = (), /
    ) -> str:
        """The `session.start`."""
        voice = config.assistant.voice
        session: Json = {
            "model": config.service.deployed,
            "instructions": config.assistant.instructions,
            "audio": {
                "format": {"type": "audio/pcm", "rate": SERVICE_RATE_HZ},
                "output": {"voice": {"id": voice} if is_voice_id(voice) else voice},
            },
        }
        if told := _recent(history):
            session["input"] = [_message(*one) for one in told]
        return json.dumps(
            {"type": "session.start", "event_id": "start", "session": session}, ensure_ascii=False
        )


def _recent(history: Sequence[PastWords]) -> list[PastWords]:
    """As much of the end as may be told."""
    kept: list[PastWords] = []
    left = MOST_TOKENS
    for role, text in reversed(history[-MOST_MESSAGES:]):
        left -= tokens(text)
        if left < 0:
            break
        kept.insert(0, (role, text))
    return kept


def _message(role: c.Role, text: str) -> Json:
    by = "developer" if role == "system" else role
    kind = "output_text" if by == "assistant" else "input_text"
    return {"type": "message", "role": by, "content": [{"type": kind, "text": text}]}


def _cut(text: str) -> str:
    while tokens(text) > LONGEST_TEXT:
        text = text[: len(text) * LONGEST_TEXT // tokens(text) - 1]
    return text


@cache
def _silence(ms: int) -> str:
    zeros = b64encode(bytes(ms * SERVICE_BYTES_PER_MS)).decode()
    return f'{{"type":"session.input_audio.append","audio":"{zeros}"}}'
