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
    "release": "release its button",
    "mute": "mute the running device: no speech leaves it",
    "unmute": "unmute it",
    "say": "ask the running device a question in text; it answers aloud",
    "interrupt": "stop its answer",
    "forget": "end the conversation and forget what was said, here and at the service",
    "reload": "reload its configuration when the conversation is idle",
}
TOLD = dict.fromkeys(TELLING, "tell")  # the module of each


class Stop(Exception):
    """End with an exit code; the message has already been printed."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 success, 1 failure, 2 usage, 78 configuration (sysexits.h EX_CONFIG)."""
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
    """Reports an error in one line, and where to read more."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"edge-agent: {message} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="edge-agent", description="A voice device agent.")
    parser.add_argument("--version", action="version", version=f"edge-agent {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, help_text: str, *, config: bool = True) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_text, description=help_text)
        if config:
            added.add_argument("--config", type=_filled, metavar="FILE", help="configuration file (TOML)")
            added.add_argument("-v", "--verbose", action="store_true", help="print more details")
        return added

    command("run", "run the device until SIGTERM or SIGINT")

    status = command("status", "show what the running device is doing, and what is wrong", config=False)
    status.add_argument("--json", action="store_true", help="output as JSON")
    status.add_argument("--watch", action="store_true", help="repeat every second")
    volume = command("volume", "show or change the volume of the running device", config=False)
    volume.add_argument("level", nargs="?", metavar="0-100|up|down")

    for name, help_text in TELLING.items():
        told = command(name, help_text, config=False)
        if name == "say":
            told.add_argument("text", type=_words, metavar="TEXT")

    logs = command("logs", "show what the service wrote to the journal", config=False)
    only = logs.add_mutually_exclusive_group()
    only.add_argument("--turns", action="store_true", help="only one line per turn, with its latencies")
    only.add_argument("--errors", action="store_true", help="only warnings and errors")
    logs.add_argument("-f", "--follow", action="store_true", help="keep printing new lines")
    logs.add_argument(
        "-n", "--lines", type=_count, metavar="N", help="the last N lines (default without --since: 50)"
    )
    logs.add_argument(
        "--since", type=_filled, metavar="TIME", help="start time, as for journalctl: today, '1 hour ago'"
    )

    simulate = command(
        "simulate", "run a whole device on this computer: simulated microphone, button, light, speaker"
    )
    simulate.add_argument("--mode", choices=("button", "hands-free"), help="what starts an utterance")
    simulate.add_argument(
        "--mic", type=_filled, metavar="WAV", help="what the microphone hears (default: bundled recordings)"
    )
    simulate.add_argument("--speaker", type=_filled, metavar="WAV", help="record what the speaker plays")
    simulate.add_argument("--heard", type=_filled, metavar="WAV", help="record what the microphone hears")
    simulate.add_argument(
        "--button", type=_filled, metavar="SCRIPT", help="'press@1.0 release@3.2 mute@5 unmute@6 interrupt@7'"
    )
    simulate.add_argument("--keyboard", action="store_true", help="use the space bar as the button")
    simulate.add_argument(
        "--echo", type=_filled, metavar="GAIN@MS", help="let the microphone hear the speaker, as in 0.3@40"
    )
    simulate.add_argument(
        "--timeline", type=_filled, metavar="FILE", help="write every event with its time, as JSON lines"
    )
    simulate.add_argument("--picture", type=_filled, metavar="FILE", help="draw the conversation (SVG)")
    simulate.add_argument(
        "--answer",
        type=_words,
        metavar="WHAT",
        help="answer of the simulated service: bundled, parrot (repeats what it heard), or text for espeak-ng",
    )
    simulate.add_argument(
        "--fault",
        type=_filled,
        metavar="FAULT",
        action="append",
        default=[],
        help="fault of the simulated service, as in drop@commit#2; 'edge-agent simulator --faults' lists them",
    )

    ask = command("ask", "ask in text and get a spoken answer: the quickest test of a service")
    ask.add_argument("text", metavar="TEXT")
    ask.add_argument("--speaker", type=_filled, metavar="WAV", help="record the answer")

    doctor = command(
        "doctor", "check everything: one line per check, with what to do; exit code 1 if any failed"
    )
    doctor.add_argument("--json", action="store_true", help="output as JSON")
    doctor.add_argument("--no-sound", action="store_true", help="skip the microphone and the speaker")
    doctor.add_argument("--no-panel", action="store_true", help="skip the button and the light")
    doctor.add_argument("--no-network", action="store_true", help="skip the network and the service")
    doctor.add_argument(
        "--force", action="store_true", help="use the devices even while edge-agent is running"
    )
    report = command(
        "report", "write everything support needs into one file: turns, status, configuration, versions"
    )
    report.add_argument(
        "--last", type=_turns, default=10, metavar="N", help="number of turns, 1 to 50 (default: 10)"
    )
    report.add_argument(
        "--out",
        type=_filled,
        metavar="FILE",
        help="a new file; its suffix may be .json, .json.gz or .html",
    )
    report.add_argument(
        "--html", action="store_true", help="write a readable page, with a picture of each turn"
    )
    report.add_argument(
        "--with-transcript", action="store_true", help="include what was said in this conversation"
    )
    replay = command(
        "replay", "run a report's turns through the turn machine again and compare", config=False
    )
    replay.add_argument("file", type=_filled, metavar="FILE")
    replay.add_argument("--turn", type=int, metavar="N", help="only this turn")
    replay.add_argument(
        "-v", "--verbose", action="store_true", help="print every event and the resulting commands"
    )
    devices = command("devices", "list microphones and speakers, and the names to configure")
    devices.add_argument("--json", action="store_true", help="output as JSON")

    config = command("config", "check, show or describe the configuration")
    config.add_argument("action", choices=("check", "show", "boards", "schema", "example", "new"))

    simulator = command("simulator", "run only the simulated Realtime service", config=False)
    simulator.add_argument(
        "--port", type=_port, default=0, metavar="N", help="port on 127.0.0.1; 0: any free port"
    )
    simulator.add_argument(
        "--key-file",
        type=_filled,
        metavar="FILE",
        help="file with the only key to accept (default: accept any)",
    )
    simulator.add_argument(
        "--answer",
        type=_words,
        metavar="WHAT",
        default="bundled",
        help="bundled, parrot, or text for espeak-ng",
    )
    simulator.add_argument(
        "--fault",
        type=_filled,
        metavar="FAULT",
        action="append",
        default=[],
        help="WHAT[:ARGUMENT]@MOMENT[#N]; --faults lists them",
    )
    simulator.add_argument("--faults", action="store_true", help="list the faults and moments, and exit")
    simulator.add_argument("-v", "--verbose", action="store_true", help="print every event")
    return parser


def _filled(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty; give a value, or omit the option")
    return text


def _words(text: str) -> str:
    try:
        text.encode()  # bytes that are no text are kept in it as surrogates
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("is not UTF-8; check the locale (LANG) of this terminal") from None
    return _filled(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a valid number of lines; give 0 or more")
    return int(text)


def _turns(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 50:
        raise argparse.ArgumentTypeError(f"{text!r} is not a valid number of turns; give 1 to 50")
    return int(text)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a valid port; give 0 to 65535")
    return int(text)
