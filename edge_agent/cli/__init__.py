"""The command line: parse, dispatch, exit. What a command needs is imported when it is called."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import NoReturn

from .. import __version__

OK, FAILED, USAGE, CONFIGURATION = 0, 1, 2, 78

TELLING = {
    "press": "press the button of the running device",
    "release": "let its button go",
    "mute": "let nothing that is said leave the running device",
    "unmute": "let it hear again",
    "say": "ask the running device by text; it answers aloud",
    "interrupt": "stop its answer",
    "forget": "end the conversation: what was said is forgotten, here and at the service",
    "reload": "read its configuration anew, once nobody talks",
}
TOLD = dict.fromkeys(TELLING, "tell")  # the module of each


class Stop(Exception):
    """End with an exit code; what was to be said has been said."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 well, 1 failed, 2 usage, 78 configuration (sysexits.h EX_CONFIG)."""
    args = _parser().parse_args(arguments)
    if args.command is None:
        _parser().print_help()
        return USAGE
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may not know every character
    try:
        module = import_module(f".{TOLD.get(args.command, args.command)}", __package__)
        result: int = module.run(args)
    except KeyboardInterrupt:
        return 130
    except Stop as stop:
        return stop.code
    return result


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and where to read more."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"edge-agent: {message} ({self.prog} --help says more)\n")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="edge-agent", description="A voice device agent.")
    parser.add_argument("--version", action="version", version=f"edge-agent {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, help_text: str, *, config: bool = True) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_text, description=help_text)
        if config:
            added.add_argument("--config", type=_filled, metavar="FILE", help="configuration file (TOML)")
            added.add_argument("-v", "--verbose", action="store_true", help="say more about what happens")
        return added

    command("run", "run the device until SIGTERM or SIGINT")

    status = command("status", "what the running device is doing, and what is wrong with it", config=False)
    status.add_argument("--json", action="store_true", help="for programs")
    status.add_argument("--watch", action="store_true", help="again every second")
    volume = command("volume", "how loud the running device is; louder or softer", config=False)
    volume.add_argument("level", nargs="?", metavar="0-100|up|down")

    for name, help_text in TELLING.items():
        told = command(name, help_text, config=False)
        if name == "say":
            told.add_argument("text", type=_words, metavar="TEXT")

    logs = command("logs", "what the service has written to the journal", config=False)
    only = logs.add_mutually_exclusive_group()
    only.add_argument("--turns", action="store_true", help="one line for each turn, with its latencies")
    only.add_argument("--errors", action="store_true", help="warnings and worse")
    logs.add_argument("-f", "--follow", action="store_true", help="go on with what comes")
    logs.add_argument("-n", "--lines", type=_count, metavar="N", help="the last N lines; without --since: 50")
    logs.add_argument(
        "--since", type=_filled, metavar="TIME", help="as journalctl takes it: today, '1 hour ago'"
    )

    simulate = command(
        "simulate", "a whole device on this computer: simulated microphone, button, light, speaker"
    )
    simulate.add_argument("--mode", choices=("button", "hands-free"), help="what begins an utterance")
    simulate.add_argument(
        "--mic", type=_filled, metavar="WAV", help="what the microphone hears; without: bundled recordings"
    )
    simulate.add_argument("--speaker", type=_filled, metavar="WAV", help="write what the speaker played")
    simulate.add_argument("--heard", type=_filled, metavar="WAV", help="write what the microphone heard")
    simulate.add_argument(
        "--button", type=_filled, metavar="SCRIPT", help="'press@1.0 release@3.2 mute@5 unmute@6 interrupt@7'"
    )
    simulate.add_argument("--keyboard", action="store_true", help="the space bar is the button")
    simulate.add_argument(
        "--echo", type=_filled, metavar="GAIN@MS", help="let the microphone hear the speaker: 0.3@40"
    )
    simulate.add_argument(
        "--timeline", type=_filled, metavar="FILE", help="write what happened when, as JSON lines"
    )
    simulate.add_argument("--picture", type=_filled, metavar="FILE", help="draw the conversation (SVG)")
    simulate.add_argument(
        "--answer",
        type=_words,
        metavar="WHAT",
        help="of the simulated service: bundled, parrot (says back what it heard), or words for espeak-ng",
    )
    simulate.add_argument(
        "--fault",
        type=_filled,
        metavar="FAULT",
        action="append",
        default=[],
        help="of the simulated service, as in drop@commit#2; 'edge-agent simulator --help' lists them",
    )

    ask = command("ask", "ask by text, answer by voice: the shortest test of a service")
    ask.add_argument("text", metavar="TEXT")
    ask.add_argument("--speaker", type=_filled, metavar="WAV", help="write the answer")

    doctor = command("doctor", "check everything: one line each, with what to do; exit code 1 if any failed")
    doctor.add_argument("--json", action="store_true", help="for programs")
    doctor.add_argument("--no-sound", action="store_true", help="leave microphone and speaker alone")
    doctor.add_argument("--no-panel", action="store_true", help="leave button and light alone")
    doctor.add_argument("--no-network", action="store_true", help="leave the service alone")
    doctor.add_argument("--force", action="store_true", help="use the devices even while edge-agent runs")
    report = command("report", "all that support needs, in one file: turns, status, configuration, versions")
    report.add_argument(
        "--last", type=_turns, default=10, metavar="N", help="turns, 1 to 50; without: the last 10"
    )
    report.add_argument(
        "--out",
        type=_filled,
        metavar="FILE",
        help="a new file; .json.gz and .html are made so by their names",
    )
    report.add_argument("--html", action="store_true", help="a page for people, with a picture of each turn")
    report.add_argument("--with-transcript", action="store_true", help="also the words of this visit")
    replay = command(
        "replay", "feed a report's turns to the turn machine again: is it all the same?", config=False
    )
    replay.add_argument("file", type=_filled, metavar="FILE")
    replay.add_argument("--turn", type=int, metavar="N", help="only this one")
    replay.add_argument("-v", "--verbose", action="store_true", help="say every event and what it leads to")
    devices = command("devices", "list microphones and speakers, and how to name them")
    devices.add_argument("--json", action="store_true", help="for programs")

    config = command("config", "check, show or describe the configuration")
    config.add_argument("action", choices=("check", "show", "boards", "schema", "example", "new"))

    simulator = command("simulator", "the simulated Realtime service alone", config=False)
    simulator.add_argument(
        "--port", type=_port, default=0, metavar="N", help="on 127.0.0.1; 0: any that is free"
    )
    simulator.add_argument(
        "--key-file", type=_filled, metavar="FILE", help="holds the only key that is let in; without: any"
    )
    simulator.add_argument(
        "--answer",
        type=_words,
        metavar="WHAT",
        default="bundled",
        help="bundled, parrot, or words for espeak-ng",
    )
    simulator.add_argument(
        "--fault",
        type=_filled,
        metavar="FAULT",
        action="append",
        default=[],
        help="WHAT[:ARGUMENT]@MOMENT[#N]; --faults lists them",
    )
    simulator.add_argument("--faults", action="store_true", help="list the faults and the moments, and end")
    simulator.add_argument("-v", "--verbose", action="store_true", help="print every event")
    return parser


def _filled(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty; give a value, or leave the option out")
    return text


def _words(text: str) -> str:
    try:
        text.encode()  # bytes that are no text are kept in it as surrogates
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(
            "is not written in UTF-8; check the locale (LANG) of this terminal"
        ) from None
    return _filled(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of lines")
    return int(text)


def _turns(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 50:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of turns; give 1 to 50")
    return int(text)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; give 0 to 65535")
    return int(text)
