from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .skips import noted, report

HERE = Path(__file__).parent
SKIPPING = """
import pytest

pytest.importorskip("no_such_module")
"""
TESTS = """
import pytest

@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.skipif(True, reason="no such tool here")
def test_with_a_tool(number): ...

def test_on_hardware():
    pytest.skip("wants EDGE_AGENT_TEST_HARDWARE=1")

def test_passes(): ...
"""


@pytest.mark.realtime
@pytest.mark.parametrize("workers", ["0", "2"])
def test_every_skip_is_noted_whoever_skips(tmp_path: Path, workers: str) -> None:
    tests, found = tmp_path / "tests", tmp_path / "skips"
    tests.mkdir()
    (tests / "test_module.py").write_text(SKIPPING)
    (tests / "test_tools.py").write_text(TESTS)
    (tests / "conftest.py").write_text(
        "from tests.conftest import pytest_addoption, pytest_terminal_summary\n"
    )
    (tests / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    # it exists, as what mktemp makes: pytest takes such an argument for a place of tests, unless it begins with --
    found.touch()
    for _ in range(2):  # a second run adds to it
        command = [sys.executable, "-m", "pytest", "-q", "-n", workers, f"--skips={found}"]
        subprocess.run(command, cwd=tests, env={"PYTHONPATH": str(HERE.parent)}, check=True, timeout=60)
    assert {(where, why.split(":")[0]): count for (where, why), count in noted(found).items()} == {
        ("test_module.py", "could not import 'no_such_module'"): 2,
        ("test_tools.py", "no such tool here"): 4,
        ("test_tools.py", "wants EDGE_AGENT_TEST_HARDWARE=1"): 2,
    }


def skips(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "skips"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


HARDWARE = '["tests/test_real_hardware.py", "wants EDGE_AGENT_TEST_HARDWARE=1"]'
NO_COMPILER = '["tests/virtual_card.py", "no C compiler here"]'


def test_skips_are_listed_with_their_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(noted(skips(tmp_path, HARDWARE, NO_COMPILER, NO_COMPILER)), {}) == 0
    assert capsys.readouterr().out.splitlines() == [
        "3 skipped:",
        "  tests/test_real_hardware.py: 1 (wants EDGE_AGENT_TEST_HARDWARE=1; tested on a desk with a device on it)",
        "  tests/virtual_card.py: 2 (no C compiler here)",
    ]


@pytest.mark.parametrize(("lines", "code"), [([], 0), ([HARDWARE], 0), ([HARDWARE, NO_COMPILER], 1)])
def test_ci_fails_on_a_skip_that_its_machine_need_not_make(
    lines: list[str], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(noted(skips(tmp_path, *lines)), {"CI": "true"}) == code
    assert ("(no C compiler here; CI must not skip it)" in capsys.readouterr().out) == bool(code)
