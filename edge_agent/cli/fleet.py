"""edge-agent fleet: what the owner of many devices publishes, and how a device takes it."""

from __future__ import annotations

import argparse
from importlib import import_module

from .options import add_config, filled, whole_number

ABOUT = {
    "init": "make keys and an empty repository",
    "publish": "sign settings (FILE.toml) or a release (FILE.deb) for devices, or change for whom they are",
    "withdraw": "take back what was published: devices go back to what was before it",
    "list": "list what is published, and when its signatures end",
    "renew": "sign what ends soon again; to be called once a week",
    "join": "let this device take what a repository has",
    "status": "show what came of it: on each device, where the configuration has a broker, else on this one",
}
MODULES = dict.fromkeys(("join", "status"), "fleet_device")


def add_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    made = {name: actions.add_parser(name, help=about, description=about) for name, about in ABOUT.items()}
    for name in ("init", "publish", "withdraw", "list", "renew"):
        made[name].add_argument("folder", type=filled, metavar="FOLDER", help="of keys and repository")
        made[name].add_argument("--keys", type=filled, metavar="FOLDER", help="of the keys, if elsewhere")
        made[name].add_argument(
            "--passphrase-file",
            type=filled,
            metavar="FILE",
            help="that holds the passphrase of the keys; without it, it is asked for",
        )
    made["init"].add_argument("--encrypt", action="store_true", help="encrypt the keys with a passphrase")
    _add_publish(made["publish"])
    made["withdraw"].add_argument("name", type=filled, metavar="NAME")
    made["join"].add_argument("url", type=filled, metavar="URL", help="where the folder site is shown")
    made["join"].add_argument(
        "--root", required=True, type=filled, metavar="FILE", help="metadata/1.root.json, from its owner"
    )
    for name in MODULES:
        add_config(made[name])


def _add_publish(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=filled,
        metavar="FILE",
        help="FILE.toml: parts of a configuration; FILE.deb: a Debian package of edge-agent",
    )
    parser.add_argument("--name", type=filled, help="without: that of the file")
    parser.add_argument(
        "--to", default="", metavar="NAMES", help="only devices of these names or tags, separated by commas"
    )
    parser.add_argument(
        "--share",
        default="100",
        metavar="STAGES",
        help="of the devices, in %%, and after how many hours: 5,25:24,100:72. Without: all",
    )
    parser.add_argument(
        "--stop-above",
        type=whole_number("share", 0, 100),
        default=10,
        metavar="PERCENT",
        help="stop when more than so many of those that tried it have failed (10)",
    )
    parser.add_argument(
        "--stop-after",
        type=whole_number("number of devices", 1, 1_000_000),
        default=3,
        metavar="DEVICES",
        help="that must have tried it before (3)",
    )
    parser.add_argument(
        "--allow-older",
        action="store_true",
        help="a release takes the place of a newer one too; without it, only of older ones",
    )


def run(args: argparse.Namespace) -> int:
    code: int = import_module(f".{MODULES.get(args.action, 'fleet_owner')}", __package__).run(args)
    return code
