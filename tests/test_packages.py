"""Nobody is sent to a stranger's package: this program is not on PyPI, but another of its name is."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from edge_agent.config.packages import CHECKOUT, to_install

ROOT = Path(__file__).parent.parent
TAKEN = "edge-agent"  # on PyPI
RECOMMENDED = re.compile(
    r"(?:pip[3x]?|uv|poetry|conda)\b[^\n;|]*?\b(?:install|add|download|wheel|run)\b[^\n;|]*?"
    r"(?<![\w./-])edge[-_.]agent(?:[-_.]voice)?(?![\w./-]*\.deb|[\w-]*/|\.service)(?:\[|[\s\"'`),;=<>~!]|$)",
    re.IGNORECASE,
)


def texts() -> list[Path]:
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize(
    "text",
    [
        'pip install "edge-agent[device]"',
        "pip install -U edge-agent",
        "python -m pip --quiet install --upgrade 'edge-agent[gpio]', or",
        "uv pip install edge_agent==0.4",
        "pipx install edge-agent",
        "`uv add edge-agent`",
        "pip install edge-agent-voice",
    ],
)
def test_what_is_looked_for_is_found(text: str) -> None:
    assert RECOMMENDED.search(text)


def test_no_text_recommends_to_install_this_from_pypi() -> None:
    found = []
    for path in texts():
        if path == Path(__file__):
            continue
        lines = path.read_bytes().decode("utf-8", "replace").splitlines()
        found += [
            f"{path.relative_to(ROOT)}:{n}: {line}"
            for n, line in enumerate(lines, 1)
            if RECOMMENDED.search(line)
        ]
    assert not found, "\n".join(found)


def test_its_own_name_is_not_the_one_that_is_taken() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(need for extra in project["optional-dependencies"].values() for need in extra),
    ]
    names = {re.split(r"[\[<>=!~ ;]", need)[0].lower().replace("_", "-") for need in wanted}
    assert project["name"] == "edge-agent-voice"
    assert TAKEN not in {project["name"], *names}
    assert f"`{project['name']}`" in (ROOT / "ARCHITECTURE.md").read_text("utf-8")


# ---- what is recommended --------------------------------------------------------------
def test_in_a_checkout() -> None:
    how = to_install("pywebrtc-audio", prefix=CHECKOUT / ".venv")
    assert how == f"run {ROOT}/scripts/setup device"
    assert (CHECKOUT / "scripts" / "setup").is_file()


def test_in_another_environment(tmp_path: Path) -> None:
    pip = f"{tmp_path}/bin/python -m pip install"
    how = to_install("onnxruntime", "silero-vad", prefix=tmp_path)
    assert how == f"run {pip} onnxruntime and {pip} --no-deps silero-vad"


def test_in_what_the_installer_made(tmp_path: Path) -> None:
    version = tmp_path / "versions" / "1.0"
    version.mkdir(parents=True)
    (tmp_path / "current").symlink_to("versions/1.0")
    assert (
        to_install("aiohttp", prefix=version, home=tmp_path)
        == f"run sudo {version}/bin/python -m pip install aiohttp"
    )
    assert to_install("PyAudio", prefix=version, home=tmp_path) == "run sudo ./scripts/install again"


def test_in_what_the_debian_package_holds(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    current = tmp_path / "versions" / "1.0"
    current.mkdir(parents=True)
    assert (
        to_install("gpiozero", "lgpio", prefix=current, home=tmp_path) == "run sudo apt install python3-lgpio"
    )
    assert to_install("aiohttp", prefix=current, home=tmp_path) == "install the package edge-agent again"


def test_what_nothing_installs_by_itself(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    current = tmp_path / "current"
    current.mkdir()
    minor = sys.version_info.minor
    assert to_install("ai-edge-litert", prefix=current, home=tmp_path) == (
        "run sudo apt install python3-pip and sudo python3 -m pip install --target"
        f" {current}/lib/python3.{minor}/site-packages ai-edge-litert"
    )
    venv = CHECKOUT / ".venv"
    assert to_install("ai-edge-litert", prefix=venv) == f"run {venv}/bin/python -m pip install ai-edge-litert"
