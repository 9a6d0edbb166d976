"""Changes the configuration of the running device: over its owner's file, which stays as it is."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..config import Config, Problem
from ..config.changes import CHANGES, may_change
from ..config.document import parse_document, parse_toml
from ..config.edited import CannotEdit, SettingValue, edited
from ..config.form import form, values
from ..config.load import TryOut
from ..host.control.requests import LONGEST_CHANGES, RequestRefused
from ..host.kept_changes import KeptChanges
from ..vocabulary.journal import noted

log = logging.getLogger("edge_agent")

ELSEWHERE = "cannot be changed here; the owner of the device sets it in its file"
MEANWHILE = "the configuration was changed meanwhile; read it again, and make your change in that"
NO_LINE = "this is written in a way that only you can change; edit the text"


class Editor:
    """`try_out` gives the configuration with a text of changes, and its problems. `reload` has the device use what is
    kept, once nobody talks; it may raise RequestRefused, as everything here."""

    def __init__(
        self,
        kept: KeptChanges,
        try_out: TryOut,
        reload: Callable[[], None],
    ) -> None:
        self._kept, self._try_out, self._reload = kept, try_out, reload
        self._keeping = asyncio.Lock()

    def read(self) -> dict[str, Any]:
        """As it is now, and all that a form needs."""
        with _readable():
            text, revision, before = self._kept.text, self._kept.revision, self._kept.before
        config, problems = self._judge(text)
        return {
            **_answer(text, config, problems),
            "form": form(config),
            "revision": revision,
            "can_undo": before is not None,
        }

    def check(self, text: str | None, changes: Mapping[str, SettingValue | None]) -> dict[str, Any]:
        """What it would be like."""
        text = self._changed(text, changes)
        return _answer(text, *self._judge(text))

    async def write(
        self, text: str | None, changes: Mapping[str, SettingValue | None], revision: str | None
    ) -> dict[str, Any]:
        """`revision`: that the text was made from; None: whichever it is."""
        return await self._keep(self._changed(text, changes), revision)

    async def undo(self, revision: str | None) -> dict[str, Any]:
        """The text before the last time that one was kept; once more, and it is as it was."""
        with _readable():
            before = self._kept.before
        if before is None:
            raise RequestRefused("nothing was changed yet")
        return await self._keep(before, revision)

    async def _keep(self, text: str, revision: str | None) -> dict[str, Any]:
        async with self._keeping:
            with _readable():
                before, is_current = self._kept.text, revision in (None, self._kept.revision)
            if not is_current:
                raise RequestRefused(MEANWHILE)
            _, problems = self._judge(text)
            if problems:
                raise RequestRefused("; ".join(map(str, problems)))
            try:
                await asyncio.to_thread(self._kept.keep, text)  # a card can take a second
            except OSError as error:
                raise RequestRefused(f"cannot be saved ({error.strerror or error})") from None
        log.info("changed on the device: %s", _differing(before, text), extra=noted("settings_changed"))
        self._reload()
        return self.read()

    def _changed(self, text: str | None, changes: Mapping[str, SettingValue | None]) -> str:
        with _readable():
            text = self._kept.text if text is None else text
        if parse_toml(text, CHANGES, []) is not None:
            try:
                text = edited(text, {_key(name): value for name, value in changes.items()})
            except CannotEdit:
                raise RequestRefused(NO_LINE) from None
        if len(text) > LONGEST_CHANGES:
            raise RequestRefused(f"it would have {len(text)} characters, of {LONGEST_CHANGES} at most")
        return text

    def _judge(self, text: str) -> tuple[Config, list[Problem]]:
        config, problems = self._try_out(text)
        found = parse_document(text, CHANGES, [])
        return config, problems + [
            Problem(where, ELSEWHERE, key)
            for key, (_, where) in found.items()
            if not may_change(config.web.may_set, *key)
        ]


@contextmanager
def _readable() -> Iterator[None]:
    """Raises RequestRefused."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        raise RequestRefused(f"what is changed cannot be read ({error})") from None


def _differing(before: str, after: str) -> str:
    """The names of the settings that two texts do not have alike."""
    one, other = (
        {key: value for key, (value, _) in parse_document(text, CHANGES, []).items()}
        for text in (before, after)
    )
    names = [".".join(key) for key in one | other if one.get(key) != other.get(key)]
    return ", ".join(names) or "no setting"


def _key(name: str) -> tuple[str, str]:
    section, _, key = name.partition(".")
    return section, key


def _answer(text: str, config: Config, problems: list[Problem]) -> dict[str, Any]:
    told = [
        {
            "key": ".".join(problem.key).strip("."),
            "line": _line(problem),
            "where": problem.where,
            "what": problem.what,
        }
        for problem in problems
    ]
    return {"text": text, "problems": told, "values": values(config)}


def _line(problem: Problem) -> int | None:
    """Of the text; None: it is about something else."""
    found = re.match(rf"{CHANGES}:(\d+)", problem.where) or re.search(r"\(at line (\d+)", problem.what)
    return int(found[1]) if found else None
