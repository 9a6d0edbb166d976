"""edge-agent ask TEXT: text in, audio out, as the quickstart of the service does it."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AsyncExitStack

from ..app import event_loop
from ..audio.riff import BadWav
from ..audio.wav import WavWriter
from ..config import Config
from ..config.providers import PROVIDERS
from ..realtime.auth import credential
from ..realtime.connection import Connection, open_session
from ..realtime.errors import LinkFailure
from ..vocabulary.commands import CreateResponse, CreateUserText
from ..vocabulary.events import AudioDelta, ResponseDone, ServiceErred, TranscriptDelta
from .common import exit_code, log_to_stderr, read_config
from .exits import FAILED, OK, USAGE, Stop
from .options import add_config, filled, utf8
from .output import complain, say
from .simulated_service import simulated_service

ANSWER_S = 60.0


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument("text", type=utf8, metavar="TEXT")
    parser.add_argument("--speaker", type=filled, metavar="WAV", help="record the answer")


def run(args: argparse.Namespace) -> int:
    log_to_stderr(verbose=args.verbose, quiet=True)
    try:
        config = read_config(args.config)
        provider = PROVIDERS[config.service.provider]
        if provider.is_duplex or provider.is_agent:
            complain(
                f"{config.service.provider} takes a text only from a running agent ('edge-agent say');"
                " to try it, use 'edge-agent simulate'"
            )
            return USAGE
        writer = WavWriter(args.speaker, 24_000) if args.speaker else None
        return event_loop.run(_ask(config, args.text, writer))
    except Stop as stop:
        return stop.code
    except BadWav as error:
        complain(str(error))
    except LinkFailure as failure:
        complain(failure.message)
        return exit_code(failure)
    except TimeoutError:
        complain(f"no answer within {ANSWER_S:g} s")
    return FAILED


async def _ask(config: Config, text: str, writer: WavWriter | None) -> int:
    async with AsyncExitStack() as stack:
        if not config.has_service:
            config = await stack.enter_async_context(simulated_service(config))
        proof = credential(config.service)
        stack.push_async_callback(proof.close)
        if writer:
            stack.callback(writer.close)
        connection = await open_session(config, proof)
        stack.push_async_callback(connection.close)
        await connection.send(CreateUserText(text))
        await connection.send(CreateResponse("ask_1"))
        async with asyncio.timeout(ANSWER_S):
            return await _answer(connection, writer)


async def _answer(connection: Connection, writer: WavWriter | None) -> int:
    """Prints what comes, until the response is done."""
    async for event in connection.events():
        match event:
            case TranscriptDelta(text=text):
                say(f"transcript: {text}")
            case AudioDelta(pcm=pcm):
                say(f"audio: {len(pcm)} bytes")
                if writer:
                    writer.write(pcm)
            case ServiceErred(_, message, request_id) if request_id:
                complain(f"the service refused: {message}")
                return FAILED
            case ResponseDone(_, status, reason, message):
                if status != "completed":
                    complain(f"no complete answer ({status}): {message or reason}")
                    return FAILED
                say(f"done: {event.usage.total} tokens")
                return OK
    return FAILED
