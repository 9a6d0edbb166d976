"""scripts/release: what it refuses, and what is there after it.

The checks and the packages have tests of their own; in these repositories they are short."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHANGELOG = """# Changelog

## Unreleased

* A new thing.

## 1.2.9 (2026-01-01)

* An old thing.
"""


class Checkout:
    """A repository at 1.2.9."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        self.write("CHANGELOG.md", CHANGELOG)
        self.write("edge_agent/__init__.py", '"""A package."""\n\n__version__ = "1.2.9"\n')
        self.write(".gitignore", "/dist/\n")
        self.command("test", "echo checked")
        self.command("build-deb", 'mkdir -p dist; cp edge_agent/__init__.py "dist/$1"')
        self.git("init", "--quiet")
        self.commit()

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text)

    def command(self, name: str, script: str) -> None:
        self.write(f"scripts/{name}", f"#!/usr/bin/env bash\nset -e\n{script}\n")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        who = {
            f"GIT_{who}_{what}": "nobody@localhost"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        environ = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(
            command, cwd=self.folder, env=environ | who, capture_output=True, text=True, timeout=30
        )

    def git(self, *arguments: str) -> str:
        done = self.run("git", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def commit(self) -> None:
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "Something")

    def release(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(str(self.folder / "scripts" / "release"), *arguments)

    def state(self) -> tuple[str, str, str]:
        return self.git("rev-parse", "HEAD"), self.git("tag"), self.git("status", "--porcelain")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout")


def refused(checkout: Checkout, *arguments: str) -> str:
    before = checkout.state()
    done = checkout.release(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert checkout.state() == before
    return done.stderr


pytestmark = pytest.mark.realtime


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give the new version as three numbers: 1.2.3"),
        (["v1.3.0"], "give the new version as three numbers: 1.2.3"),
        (["1.3"], "give the new version as three numbers: 1.2.3"),
        (["1.3.0", "1.4.0"], "it takes one version, not 1.3.0 and 1.4.0"),
        (["--nonsense"], "--nonsense is unknown; it takes VERSION and --dry-run"),
        (["1.2.9"], "1.2.9 is not newer than 1.2.9"),
        (["1.2.8"], "1.2.8 is not newer than 1.2.9"),
    ],
)
def test_what_is_not_a_new_version(checkout: Checkout, arguments: list[str], words: str) -> None:
    assert refused(checkout, *arguments) == f"release: {words}\n"


def test_nothing_is_released_from_a_tree_with_changes(checkout: Checkout) -> None:
    checkout.write("new", "")
    assert "there are uncommitted changes" in refused(checkout, "1.2.10")


def test_nothing_is_released_twice(checkout: Checkout) -> None:
    checkout.git("tag", "v1.2.10")
    assert "the tag v1.2.10 exists already" in refused(checkout, "1.2.10")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CHANGELOG.replace("* A new thing.", ""), "lists nothing under Unreleased"),
        (CHANGELOG.replace("## Unreleased", "## Unreleased soon"), "has no section '## Unreleased'"),
    ],
)
def test_nothing_is_released_without_notes(checkout: Checkout, text: str, words: str) -> None:
    checkout.write("CHANGELOG.md", text)
    checkout.commit()
    assert words in refused(checkout, "1.2.10")


def test_a_copy_without_its_history_is_refused(checkout: Checkout) -> None:
    shutil.rmtree(checkout.folder / ".git")
    done = checkout.release("1.2.10")
    assert (done.returncode, done.stderr) == (1, f"release: {checkout.folder} is not a git checkout\n")


def test_a_dry_run_tells_and_changes_nothing(checkout: Checkout) -> None:
    before = checkout.state()
    done = checkout.release("1.2.10", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(
        r"release: would pass all checks, then release 1\.2\.10 \(\d{4}-\d\d-\d\d\), after 1\.2\.9",
        done.stdout,
    )
    assert done.stdout.endswith("* A new thing.\n")
    assert checkout.state() == before
    assert not (checkout.folder / "dist").exists()


def test_a_release(checkout: Checkout) -> None:
    done = checkout.release("1.2.10")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("checked\n")
    assert checkout.git("tag", "--points-at", "HEAD") == "v1.2.10\n"
    assert checkout.git("log", "--format=%s", "-1") == "Version 1.2.10\n"
    assert checkout.git("status", "--porcelain") == ""
    changelog = checkout.git("show", "v1.2.10:CHANGELOG.md")
    assert re.sub(r"\d{4}-\d\d-\d\d", "DAY", changelog) == re.sub(
        r"\d{4}-\d\d-\d\d", "DAY", CHANGELOG.replace("## Unreleased\n", "## Unreleased\n\n## 1.2.10 (DAY)\n")
    )
    packages = {path.name: path.read_text() for path in (checkout.folder / "dist").iterdir()}
    assert packages == dict.fromkeys(
        ["arm64", "amd64"], checkout.git("show", "v1.2.10:edge_agent/__init__.py")
    )
    assert '__version__ = "1.2.10"' in packages["arm64"]
    assert "lists nothing under Unreleased" in refused(checkout, "1.2.11")


@pytest.mark.parametrize("step", ["test", "build-deb"])
def test_what_fails_changes_nothing(checkout: Checkout, step: str) -> None:
    checkout.command(step, "exit 1")
    checkout.commit()
    before = checkout.state()
    done = checkout.release("1.2.10")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("release: ")
    assert checkout.state() == before


def test_what_the_checks_need_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    used = [
        project["dependencies"],
        *(extras[name] for name in ("entra", "metrics", "silero", "sound", "test")),
    ]
    pinned = {_name(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    assert {_name(one) for listed in used for one in listed} - pinned == {"edge-agent-voice"}


def _name(requirement: str) -> str:
    return re.split(r"[\[=<>]", requirement)[0].lower().replace("_", "-")
