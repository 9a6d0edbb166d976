"""Which of several credentials was tried in earnest, and its own complaint. Pure."""

from __future__ import annotations

import re

ATTEMPTED = "Attempted credentials:"
ADVERTISEMENT = re.compile(r"\s*(To mitigate this issue|Visit https?://|For more information).*", re.DOTALL)
NAME = re.compile(r"(\w+Credential): ")
IN_EARNEST = re.compile(r"AADSTS\d+|az login|azd auth login|Connect-AzAccount", re.IGNORECASE)
NOT_SET_UP = re.compile(
    r"not (fully )?configured|unavailable|not found on path|not installed|failed to invoke|not set"
    r"|no .*(endpoint|response|accounts? )|is not supported",
    re.IGNORECASE,
)
LONGEST = 240  # characters


def own_complaint(text: str) -> str:
    """From the words of a chain of credentials, that of the one that matters, with its name; empty: nobody was tried
    that is set up, or it was not a chain."""
    _, _, listed = text.partition(ATTEMPTED)
    said: list[str] = []
    for line in ADVERTISEMENT.sub("", listed).split("\n"):
        if NAME.match(line.strip()) and line.startswith("\t"):
            said.append(line)
        elif said:
            said[-1] += f" {line}"
    complaints = [" ".join(one.split()) for one in said]
    for fits in (_is_in_earnest, _is_set_up):
        if found := next(filter(fits, complaints), ""):
            return _shortened(found)
    return _shortened(complaints[0]) if len(complaints) == 1 else ""


def _is_in_earnest(complaint: str) -> bool:
    return IN_EARNEST.search(complaint) is not None


def _is_set_up(complaint: str) -> bool:
    return NOT_SET_UP.search(complaint) is None


def _shortened(complaint: str) -> str:
    """Its name, and the words from where they matter."""
    if len(complaint) <= LONGEST:
        return complaint
    name, _, words = complaint.partition(": ")
    found = IN_EARNEST.search(words)
    begin = found.start() if found and found.end() > LONGEST - len(name) else 0
    return f"{name}: {words[begin:]}"[:LONGEST]
