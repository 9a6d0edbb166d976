"""The unit of the service, where it depends on what was measured."""

from __future__ import annotations

import re

import pytest

from .markdown import DOCS, ROOT, tables


def test_the_memory_that_it_may_have_is_a_few_times_what_it_takes() -> None:
    unit = (ROOT / "systemd" / "edge-agent.service").read_text("utf-8")
    (most,) = re.findall(r"^MemoryMax=(\d+)M$", unit, re.MULTILINE)
    rows = [row for table in tables((DOCS / "performance.md").read_text("utf-8")) for row in table]
    (hands_free,) = (row for row in rows if row[0] == "hands-free: PSS, MiB")
    assert 3 <= int(most) / float(hands_free[-1]) <= 5


@pytest.mark.parametrize("unit", ["edge-agent.service", "user/edge-agent.service"])
def test_what_the_device_starts_may_go_behind_the_sound(unit: str) -> None:
    """os.nice is refused by the filter of @resources, and whoever calls it would end."""
    text = (ROOT / "systemd" / unit).read_text("utf-8")
    filters = re.findall(r"^SystemCallFilter=(.*)$", text, re.MULTILINE)
    assert filters[0] == "@system-service"
    assert filters[filters.index("~@privileged @resources") :][1:] == ["setpriority"]
