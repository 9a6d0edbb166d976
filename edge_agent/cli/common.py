"""Shared by the commands that read the configuration: loading it, reporting its problems, logging."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..audio.config_checks import check_sound
from ..config import Config, Problem, load
from ..config.changes import CHANGES
from ..config.fleet_settings import FleetPart
from ..config.rules import Key
from ..files.folders import state_folder
from ..host.journal.handler import quiet_libraries
from ..host.kept_changes import KeptChanges
from ..realtime.errors import LinkFailure, Next
from ..tools.config_checks import check_home
from .exits import CONFIGURATION, FAILED, Stop
from .output import complain

if TYPE_CHECKING:
    from ..host.systemd.service_view import ServiceView


def load_config(
    path: str | None,
    flags: dict[Key, Any] | None = None,
    state: Path | None = None,
    flag: Callable[[Key], str] = lambda _: "command line",
    changes: str | None = None,
) -> tuple[Config, list[Problem]]:
    """Like `config.load`, with the checks of other rooms. `state`: the folder of what the device remembers, where that
    is not this process's. `flag` says where one of `flags` was set. `changes`: None: those that the device has."""
    folder = state or state_folder()
    return load(
        Path(path) if path else None,
        flags=flags,
        flag=flag,
        checks=(check_sound, _check_tools, check_home),
        changes=lambda: _changes(folder) if changes is None else changes,
        changes_file=str(folder / CHANGES) if changes is None else CHANGES,
        part=lambda: _fleet_part(state),
    )


def _changes(state: Path) -> str:
    """Empty for who may not look there: `load_as_service` notes it."""
    return KeptChanges(state).text if os.access(state, os.X_OK) else ""


def _fleet_part(state: Path | None) -> FleetPart | None:
    from ..fleet.kept import part_in_use

    return part_in_use(state or state_folder())


def _check_tools(config: Config, unsure: Collection[Key]) -> Iterator[tuple[Key, str]]:
    if config.tools:
        from ..tools.own.definitions import check_own_tools

        yield from check_own_tools(config, unsure)
    if config.mcp:
        from ..tools.mcp.checks import check_mcp

        yield from check_mcp(config, unsure)


def load_as_service(path: str | None) -> tuple[Config, list[Problem], ServiceView]:
    """As the installed service reads it, which changes the environment of this process; problems name the file of a
    variable."""
    from ..host.systemd.service_view import enter  # the daemon has no need of it, and starts sooner

    view = enter(path)
    config, problems = load_config(path, state=view.seen.state if view.seen else None)
    origins = view.seen.origins if view.seen else {}
    named = [
        replace(problem, where=f"{origins[problem.where]}: {problem.where}")
        if problem.where in origins
        else problem
        for problem in problems
    ]
    return config, named, view


def read_config(path: str | None, flags: dict[tuple[str, str], Any] | None = None) -> Config:
    """The configuration; with problems, each is said and Stop(78) raised."""
    config, problems = load_config(path, flags)
    if problems:
        report(problems)
        raise Stop(CONFIGURATION)
    return config


def report(problems: list[Problem]) -> None:
    for problem in problems:
        complain(str(problem))


def exit_code(failure: LinkFailure) -> int:
    return CONFIGURATION if failure.next is Next.FIX else FAILED


def log_to_stderr(*, verbose: bool, quiet: bool = False) -> None:
    """`quiet`: the command says itself what goes wrong."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.ERROR if quiet else logging.WARNING,
        format="%(asctime)s %(levelname)-7s %(message)s",
        datefmt="%H:%M:%S",
    )
    quiet_libraries()
