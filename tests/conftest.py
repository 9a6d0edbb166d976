"""One certificate authority for all tests, trusted by this process from its first import of a TLS library."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import settings

from . import skips
from .audio_bench import bench as bench
from .folders import folder

# a machine may be slow at times without anything being wrong
settings.register_profile("thorough", deadline=None)
settings.register_profile("inner loop", settings.get_profile("thorough"), max_examples=40)
settings.load_profile("inner loop")

CA = trustme.CA()
_FILE = folder() / "ca.pem"
CA.cert_pem.write_to_path(str(_FILE))
os.environ["SSL_CERT_FILE"] = str(_FILE)  # aiohttp reads it once, when it is imported


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--skips", type=Path, metavar="FILE", help="append to FILE what was skipped, and why")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    path = config.getoption("skips")
    # the workers' skips reach the process that hands out the tests
    if path and not hasattr(config, "workerinput"):
        for skipped in terminalreporter.stats.get("skipped", []):
            file, _, why = skipped.longrepr
            skips.note(path, os.path.relpath(file, config.rootpath), why)


def server_tls(name: str = "127.0.0.1", ca: trustme.CA = CA) -> ssl.SSLContext:
    """TLS for a server of this name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def mock_pins() -> Iterator[Any]:
    """The pins of gpiozero, in memory."""
    mock = pytest.importorskip("gpiozero.pins.mock")
    device = pytest.importorskip("gpiozero").Device
    device.pin_factory = mock.MockFactory(pin_class=mock.MockPWMPin)
    yield device.pin_factory
    device.pin_factory.reset()
    device.pin_factory = None


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may find the account of whoever runs it."""
    for name in list(os.environ):
        if name.startswith(("AZURE_", "OPENAI_", "EDGE_AGENT_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def _places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders that are not there yet."""
    base = tmp_path_factory.mktemp("places")
    return (base / str(number) for number in count())


@pytest.fixture(autouse=True)
def _own_places(_places: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may find, or disturb, a device that runs on this machine."""
    for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(next(_places)))
