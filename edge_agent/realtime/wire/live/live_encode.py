"""Commands to events of GPT-Live. Pure."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache

from ....config.fitting import is_voice_id
from ....config.model import Config, TurnTaking
from ....config.providers import PROVIDERS
from ....vocabulary import commands as c
from ....vocabulary.live_text import tokens
from ....vocabulary.sound import SERVICE_BYTES_PER_MS, SERVICE_RATE_HZ
from .. import Json, PastWords

MOST_MESSAGES, MOST_TOKENS = 100, 6000  # of the history; the service takes 128, and 8192 by its own count
ACKNOWLEDGED_MS = 1500  # most tools have an answer before it is said that they are asked
WORK = (
    "You do the work for a voice assistant on a device. Call the functions that do what the user wants. Then say what"
    " came of it, in a few words that can be spoken. What a function says was not done was not done."
)
CLOSE = '{"type":"session.close"}'


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
                event = {"type": f"session.{channel}.append", "content": text}
                return json.dumps(event | {"delegation_id": delegation_id}, ensure_ascii=False)
            case c.CreateFunctionOutput(call_id, output):
                item = {"type": "function_call_output", "call_id": call_id, "output": output}
                return json.dumps({"type": "response.item.create", "item": item}, ensure_ascii=False)
            case c.ContinueWork():
                return json.dumps({"type": "response.create"})
        raise ValueError("GPT-Live has nothing like it")

    def encode_session(
        self, config: Config, tools: Sequence[Json] = (), history: Sequence[PastWords] = (), /
    ) -> str:
        """The `session.start`. `tools`: what the model that works may call; without one, nothing can be called."""
        voice = config.assistant.voice
        session: Json = {
            "model": config.service.deployed,
            "instructions": config.assistant.instructions,
            "audio": {
                "format": {"type": "audio/pcm", "rate": SERVICE_RATE_HZ},
                "output": {"voice": {"id": voice} if is_voice_id(voice) else voice},
            },
        }
        if called := _functions(config, tools):
            session["delegation"] = _delegation(config, called)
        if told := _recent(history):
            session["input"] = [_message(*one) for one in told]
        return json.dumps(
            {"type": "session.start", "event_id": "start", "session": session}, ensure_ascii=False
        )


def _functions(config: Config, tools: Sequence[Json]) -> list[Json]:
    return [tool for tool in tools if tool["type"] == "function"] if config.assistant.backend else []


def _delegation(config: Config, functions: list[Json]) -> Json:
    """To a model at the service: the other way would tell this device that there is work, and not what."""
    model: Json = {"model": config.assistant.backend, "instructions": WORK, "tools": functions}
    delay: Json = {"acknowledgement_delay_ms": ACKNOWLEDGED_MS}
    has_delay = "acknowledgement-delay" in PROVIDERS[config.service.provider].takes
    return {"type": "responses", "responses": model} | (delay if has_delay else {})


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


@cache
def _silence(ms: int) -> str:
    zeros = b64encode(bytes(ms * SERVICE_BYTES_PER_MS)).decode()
    return f'{{"type":"session.input_audio.append","audio":"{zeros}"}}'
