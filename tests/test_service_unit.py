"""The unit of the service, where it depends on what was measured."""

from __future__ import annotations

import re

from .markdown import DOCS, ROOT, tables


def test_the_memory_that_it_may_have_is_a_few_times_what_it_takes() -> None:
    unit = (ROOT / "systemd" / "edge-agent.service").read_text("utf-8")
    (most,) = re.findall(r"^MemoryMax=(\d+)M$", unit, re.MULTILINE)
    rows = [row for table in tables((DOCS / "performance.md").read_text("utf-8")) for row in table]
    (hands_free,) = (row for row in rows if row[0] == "hands-free: PSS, MiB")
    assert 3 <= int(most) / float(hands_free[-1]) <= 5
