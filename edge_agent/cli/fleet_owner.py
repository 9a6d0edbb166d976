"""edge-agent fleet init | publish | withdraw | list | renew: the owner's side, which needs the keys."""

from __future__ import annotations

import argparse
import os
import re
import sys
from dataclasses import replace
from getpass import getpass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import load
from ..config.document import parse_document
from ..config.fleet_settings import FleetPart
from ..config.packages import to_install
from ..config.sections import sections
from ..config.setting import listed
from ..fleet.merge import refused
from ..fleet.releases.package_file import NotOurs, release_of
from ..fleet.stages import parse_stages, shown_stages
from ..fleet.target import LARGEST_PACKAGE, LARGEST_PART, PLAN, FleetRelease, FleetTarget
from .exits import FAILED, OK, USAGE, Stop
from .output import complain, say

if TYPE_CHECKING:
    from ..fleet.publish import Site

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}")
EVERYTHING = ", ".join(name for name in sections() if name != "fleet")


def run(args: argparse.Namespace) -> int:
    if not all(map(find_spec, ("tuf", "cryptography"))):
        complain(f"a fleet needs tuf and cryptography; {to_install('tuf', 'cryptography')}")
        return FAILED
    from ..fleet.publish import PublishRefused, Site

    actions = {"init": _init, "publish": _publish, "withdraw": _withdraw, "list": _list, "renew": _renew}
    try:
        site = Site(
            Path(args.folder), Path(args.keys) if args.keys else None, secret=lambda: _passphrase(args)
        )
        return actions[args.action](args, site)
    except PublishRefused as why:
        complain(str(why))
    except OSError as error:
        complain(f"{error.filename or args.folder} cannot be read or written ({error.strerror})")
    return FAILED


def _init(args: argparse.Namespace, site: Site) -> int:
    root = site.create(_new_passphrase(args) if args.encrypt else b"")
    say(
        f"made the keys in {args.keys or Path(args.folder, 'keys')}, readable only by you: keep a copy elsewhere"
    )
    say(f"serve {site.site} with any web server; nothing in it is secret")
    say(f"on each device: sudo edge-agent fleet join URL --root {root.name}, with {root}")
    return OK


def _publish(args: argparse.Namespace, site: Site) -> int:
    file = Path(args.file)
    name = args.name or file.name
    if not NAME.fullmatch(name) or name == PLAN:
        complain(f"{name!r} is not a valid name; use letters, digits, '.', '_', '-', '+' and '~'")
        return USAGE
    try:
        stages = parse_stages(args.share)
    except ValueError as error:
        complain(f"--share: {error}")
        return USAGE
    release = _release(file, args) if file.suffix == ".deb" else None
    target = site.publish(
        name,
        file.read_bytes() if release else _part(file),
        names=tuple(listed(args.to)),
        stages=stages,
        stop_above=args.stop_above,
        stop_after=args.stop_after,
        release=release,
    )
    say(_line(target))
    return OK


def _release(file: Path, args: argparse.Namespace) -> FleetRelease:
    """Raises Stop."""
    if file.stat().st_size > LARGEST_PACKAGE:
        complain(f"{file} has more than {LARGEST_PACKAGE >> 20} MiB; is it the right file?")
        raise Stop(FAILED)
    try:
        return replace(release_of(file), may_be_older=args.allow_older)
    except NotOurs as why:
        complain(str(why))
        raise Stop(FAILED) from None


def _part(file: Path) -> bytes:
    """What is valid in every device, whatever else it has. Raises Stop."""
    data = file.read_bytes()
    if len(data) > LARGEST_PART:
        complain(f"{file} has more than {LARGEST_PART // 1024} KiB; is it the right file?")
        raise Stop(FAILED)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        complain(f"{file} is not UTF-8 text; is it the right file?")
        raise Stop(FAILED) from None
    part = FleetPart(str(file), "x", text)
    _, problems = load(
        Path(os.devnull),
        environ={},
        flags={("fleet", "repository"): "https://localhost", ("fleet", "may_set"): EVERYTHING},
        part=lambda: part,
    )
    complaints = [problem.what if str(file) in problem.what else str(problem) for problem in problems]
    if never := refused(str(file), parse_document(text, str(file), []), EVERYTHING):
        complaints.append(never.replace("fleet.may_set of this device does not allow", "no fleet may set"))
    for complaint in complaints:
        complain(complaint)
    if complaints:
        raise Stop(FAILED)
    return data


def _withdraw(args: argparse.Namespace, site: Site) -> int:
    site.withdraw(args.name)
    say(f"{args.name} is not published any more")
    return OK


def _list(_: argparse.Namespace, site: Site) -> int:
    for target in site.targets():
        say(_line(target))
    ends = ", ".join(f"{role} {end:%Y-%m-%d}" for role, end in site.ends().items())
    say(f"signatures end: {ends}")
    return OK


def _renew(_: argparse.Namespace, site: Site) -> int:
    say(f"signed again: {', '.join(site.renew())}")
    return OK


def _line(target: FleetTarget) -> str:
    names = ", ".join(target.names) or "all devices"
    release = target.release
    older = "; may be older" if release and release.may_be_older else ""
    kind = f"; release {release.version} for {release.architecture}{older}" if release else ""
    return (
        f"{target.number}. {target.path}: {names}; {shown_stages(target.stages)}; {target.sha256[:12]}{kind}"
    )


def _passphrase(args: argparse.Namespace) -> bytes:
    if args.passphrase_file:
        return Path(args.passphrase_file).read_bytes().strip()
    if not sys.stdin.isatty():
        complain("the keys have a passphrase; name a file that holds it with --passphrase-file")
        raise Stop(FAILED)
    return getpass("passphrase of the keys: ").encode()


def _new_passphrase(args: argparse.Namespace) -> bytes:
    secret = _passphrase(args)
    if not secret or (not args.passphrase_file and getpass("once more: ").encode() != secret):
        complain("the passphrase is empty, or the two are not the same; nothing was made")
        raise Stop(FAILED)
    return secret
