"""The installer runs with Debian's Python, before anything of PyPI is there."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ..markdown import ROOT

DOORS = ("__main__", "package", "trial", "first_boot", "share", "trim", "requirements")


@pytest.mark.parametrize("module", DOORS)
def test_it_needs_only_the_standard_library(module: str) -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import edge_agent.install.{module}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
