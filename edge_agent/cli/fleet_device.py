"""edge-agent fleet join | status: on a device."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from .. import __version__
from ..config.fleet_settings import FleetSettings, repository_complaint
from ..config.load import DEFAULT_PATH
from ..config.mqtt_settings import MqttSettings
from ..config.packages import to_install
from ..files.folders import fleet_folder, state_folder
from ..files.whole import contents
from ..fleet.kept import KeptStanding
from ..fleet.outcome import DeviceReport, FleetOutcome
from ..fleet.releases.host import NO_PACKAGE, takes_packages
from ..fleet.releases.store import FOLDER as RELEASES
from ..fleet.target import TargetKind
from ..install.process import Refused
from ..install.settings import write_configuration
from ..mqtt.troubles import missing_package
from .common import load_as_service
from .exits import CONFIGURATION, FAILED, OK, USAGE
from .output import complain, say

ROOT_NAME = "fleet-root.json"


def run(args: argparse.Namespace) -> int:
    return _join(args) if args.action == "join" else _status(args)


def _join(args: argparse.Namespace) -> int:
    address = args.url.rstrip("/")
    if complaint := repository_complaint(address):
        complain(complaint)
        return USAGE
    try:
        from ..fleet.repository import Repository, RepositoryRefused
    except ImportError:
        complain(f"a fleet needs tuf; {to_install('tuf')}")
        return FAILED
    config, _, _ = load_as_service(args.config)
    file = config.path or DEFAULT_PATH
    text, root_file = contents(file), file.parent / ROOT_NAME
    if config.fleet.repository and (config.fleet.repository, config.fleet.root_file) != (
        address,
        str(root_file),
    ):
        complain(f"{file} has the repository {config.fleet.repository}; remove its section [fleet] first")
        return CONFIGURATION
    try:
        root = Path(args.root).read_text("utf-8")
        with tempfile.TemporaryDirectory() as folder:
            count = len(Repository(address, Path(folder), root.encode()).plan())
        write_configuration(root, root_file)
        if not config.fleet.repository:
            write_configuration(_with_fleet(text, address, root_file), file)
    except (RepositoryRefused, Refused) as why:
        complain(str(why))
        return FAILED
    except UnicodeDecodeError:
        complain(f"{args.root} is not the root.json of a repository")
        return FAILED
    except OSError as error:
        complain(f"{error.filename} cannot be read or written ({error.strerror})")
        return FAILED
    say(
        f"{address} is signed with the keys of {args.root}, and has {count} target{'' if count == 1 else 's'}"
    )
    say(f"wrote {root_file}, and [fleet] into {file}; it is used from the next 'edge-agent reload' on")
    return OK


def _with_fleet(text: str, address: str, root_file: Path) -> str:
    lines = ["[fleet]", f"repository = {json.dumps(address)}"]
    if str(root_file) != FleetSettings().root_file:
        lines.append(f"root_file = {json.dumps(str(root_file))}")
    return "\n".join([*([text.rstrip("\n"), ""] if text.strip() else []), *lines, ""])


def _status(args: argparse.Namespace) -> int:
    config, _, view = load_as_service(args.config)
    if not config.mqtt.host and not config.fleet.repository:
        say("this device is in no fleet: edge-agent fleet join")
    state = (view.seen.state if view.seen else None) or state_folder()
    here = _status_here(config.fleet, state) if config.fleet.repository else OK
    everywhere = _status_of_all(config.mqtt) if config.mqtt.host else OK
    return here or everywhere


def _status_here(fleet: FleetSettings, state: Path) -> int:
    """Of this device, as it has kept it."""
    try:
        list(fleet_folder(state).glob("*"))
    except PermissionError:
        complain(f"this user may not read {fleet_folder(state)}; use sudo")
        return FAILED
    outcome = KeptStanding(state).now.outcome
    say(f"repository  {fleet.repository}")
    say(f"version     {__version__}")
    say(f"settings    {shown_outcome(outcome) if outcome else 'nothing was looked for yet'}")
    if fleet.releases:
        release = KeptStanding(RELEASES, TargetKind.RELEASE).now.outcome
        nothing = "nothing came yet" if takes_packages() else NO_PACKAGE
        say(f"release     {shown_outcome(release) if release else nothing}")
    return OK


def _status_of_all(broker: MqttSettings) -> int:
    """Of each device, as the broker has kept it."""
    try:
        from ..fleet.on_broker import NoOutcomes, read_reports
    except ImportError:
        missing = missing_package().finding
        complain(f"{missing.what}; {missing.todo}")
        return FAILED
    try:
        reports = asyncio.run(read_reports(broker))
    except NoOutcomes as why:
        complain(str(why))
        return FAILED
    width = max(map(len, reports), default=0)
    for device, report in sorted(reports.items()):
        said = "; ".join(map(shown_outcome, report.outcomes)) or "nothing was looked for yet"
        say(f"{device:{width}}  {report.version}  {said}")
    for line in _counted(list(reports.values())):
        say(line)
    if not reports:
        say(f"the broker {broker.address} knows of no device in a fleet")
    return OK


def _counted(reports: list[DeviceReport]) -> Iterator[str]:
    """What came of each target, and how many devices run each version."""
    outcomes = [outcome for report in reports for outcome in report.outcomes]
    steps = Counter((outcome.target or "nothing", outcome.step) for outcome in outcomes)
    for (target, step), devices in sorted(steps.items()):
        yield f"{target}: {step} on {devices} of {len(reports)}"
    for version, devices in sorted(Counter(report.version for report in reports).items()):
        yield f"edge-agent {version}: on {devices} of {len(reports)}"


def shown_outcome(outcome: FleetOutcome) -> str:
    since = f"{datetime.fromtimestamp(outcome.at_s).astimezone():%Y-%m-%d %H:%M}"
    why = f": {outcome.why}" if outcome.why else ""
    return f"{outcome.target or 'nothing'} {outcome.step} ({since}){why}"
