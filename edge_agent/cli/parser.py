"""The parser of the command line: the names of all commands, and the options of the one that is called.

Each command is a module with `add_options(parser)` and `run(args) -> exit code`, imported only when it is called.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from .. import __version__
from .exits import USAGE

COMMANDS = {
    "run": "run the device until SIGTERM or SIGINT",
    "status": "show what the running device is doing, and what is wrong",
    "volume": "show or change the volume of the running device",
    "press": "press the button of the running device",
    "release": "release its button",
    "mute": "mute the running device: no speech leaves it",
    "unmute": "unmute it",
    "say": "ask the running device a question in text; it answers aloud",
    "announce": "say words or play a sound on the running device, without the service",
    "start": "begin a conversation on the running device, as if its button had been pressed",
    "ask-user": "ask the user of the running device a question, and print what they answer",
    "interrupt": "stop its answer",
    "stop-ringing": "stop the timer, alarm or reminder that rings",
    "forget": "end the conversation and forget what was said, here and at the service",
    "tools": "list what the running device can do for its user, or run one of these by hand",
    "reload": "reload its configuration when the conversation is idle",
    "restart": "restart the device when the conversation is idle, if it runs as a service",
    "setup": "serve a page on which somebody beside the device sets it up",
    "web": "print the link to its pages for a browser, as a QR code too if segno is installed",
    "logs": "show what the service wrote to the journal",
    "simulate": "run a whole device on this computer: simulated microphone, button, light, speaker",
    "ask": "ask in text and get a spoken answer: the quickest test of a service",
    "doctor": "check everything: one line per check, with what to do; exit code 1 if any failed",
    "probe-live": "ask a service of GPT-Live what nobody has written down; costs money, and asks before",
    "wake": "test the wake words: with the microphone, or on recordings",
    "report": "write everything support needs into one file: turns, status, configuration, versions",
    "replay": "run a report's turns through the turn machine again and compare",
    "models": "list, fetch or remove the networks that are not in the package",
    "devices": "list microphones and speakers, and the names to configure",
    "config": "check, show or describe the configuration",
    "key": "set the API key of the installed service, or the password of its MQTT broker",
    "fleet": "publish signed settings for many devices, or let this one take them",
    "roll-back": "let the version before this one run again",
    "simulator": "run only the simulated Realtime service",
}
# of the commands without a module of the same name
MODULES = dict.fromkeys(
    ("press", "release", "mute", "unmute", "interrupt", "stop-ringing", "forget", "reload", "restart"), "tell"
) | {"roll-back": "roll_back", "ask-user": "ask_user", "probe-live": "probe_live"}


class Parser(argparse.ArgumentParser):
    """Reports an error in one line, and where to read more."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"edge-agent: {message} (see {self.prog} --help)\n")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options, and the `run` of the command. Raises SystemExit."""
    parser = Parser(prog="edge-agent", description="A voice device agent.")
    parser.add_argument("--version", action="version", version=f"edge-agent {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    called = next((word for word in arguments if not word.startswith("-")), "")
    for name, help_text in COMMANDS.items():
        command = commands.add_parser(name, help=help_text, description=help_text)
        if name == called:
            module = import_module(f".{MODULES.get(name, name)}", __package__)
            module.add_options(command)
            command.set_defaults(run=module.run)
    args = parser.parse_args(arguments)
    if args.command is None:
        parser.print_help()
        raise SystemExit(USAGE)
    return args
