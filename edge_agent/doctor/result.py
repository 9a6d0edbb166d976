"""What a check has found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, Literal

from ..vocabulary.frozen import frozen
from ..vocabulary.text import harmless

LONGEST_LINE = 1000  # characters
CheckStatus = Literal["ok", "warning", "failed", "skipped"]
Figures = Mapping[str, float]


@frozen
class Check:
    """`seen`: what was found. `do`: the one thing to do about it. `figures`: what was measured, units in names."""

    name: str
    status: CheckStatus
    seen: str
    do: str = ""
    figures: Figures = field(default_factory=dict)

    def __str__(self) -> str:
        words = f"{self.seen}; {self.do}" if self.do else self.seen
        return f"{self.status:8} {self.name:13} {harmless(words, LONGEST_LINE)}"

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "status": self.status,
            "seen": self.seen,
            "do": self.do,
            "figures": dict(self.figures),
        }


def ok(name: str, seen: str, **figures: float) -> Check:
    return Check(name, "ok", seen, figures=figures)


def warning(name: str, seen: str, do: str, **figures: float) -> Check:
    return Check(name, "warning", seen, do, figures)


def failed(name: str, seen: str, do: str = "", **figures: float) -> Check:
    return Check(name, "failed", seen, do, figures)


def skipped(name: str, why: str) -> Check:
    return Check(name, "skipped", why)


def sentence(name: str, words: str) -> Check:
    """A failed check from a sentence that says what is wrong; and what to do."""
    seen, _, do = words.partition("; ")
    return failed(name, seen, do)


def any_failed(checks: Iterable[Check]) -> bool:
    return any(check.status == "failed" for check in checks)
