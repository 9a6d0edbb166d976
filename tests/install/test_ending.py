"""The last lines of an installation."""

from __future__ import annotations

from typing import Any

from edge_agent.doctor.result import failed, ok, skipped, warning
from edge_agent.install.ending import is_settled, last_lines, wrong

from ..markdown import DOCS, blocks


def status(mode: str = "idle", link: str = "up", **findings: str) -> dict[str, Any]:
    told = [{"code": code, "what": f"{code} it is", "todo": todo} for code, todo in findings.items()]
    return {"mode": mode, "link": {"state": link}, "findings": told}


def test_all_is_well() -> None:
    assert last_lines(status()) == ["idle: talk to it"]
    assert "install: idle: talk to it" in "".join(blocks(DOCS / "install.md"))


def test_what_is_wrong_comes_with_what_to_do() -> None:
    told = last_lines(status("fault", microphone="plug it in", clock=""))
    assert told == [
        "fault: it runs, but",
        "  microphone: microphone it is; plug it in",
        "  clock: clock it is",
    ]


def test_when_a_device_has_made_up_its_mind() -> None:
    assert is_settled(status())
    assert is_settled(status(link="resting"))
    assert is_settled(status("offline", "down", dns="check it"))
    assert not is_settled(status("offline", "down"))
    assert not is_settled(status("idle", "down"))


def test_of_the_doctor_only_what_is_wrong_is_repeated() -> None:
    checks = [
        ok("disk", "room"),
        skipped("echo", "no sound"),
        warning("clock", "late", "set it"),
        failed("key", "none"),
    ]
    assert list(wrong([check.as_json() for check in checks])) == [
        "warning  clock: late; set it",
        "failed   key: none",
    ]
