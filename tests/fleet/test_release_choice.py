"""Which release a device takes, and what it wishes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.config.fleet_settings import FleetPart
from edge_agent.fleet.kept import KeptStanding
from edge_agent.fleet.outcome import FleetOutcome, OutcomeStep, Tally
from edge_agent.fleet.plan import Member
from edge_agent.fleet.releases.choice import Host, debian_of, program_version, wanted_release
from edge_agent.fleet.releases.consent import NoConsent, changeable
from edge_agent.fleet.releases.wish import AGAIN_S, ReleaseWish
from edge_agent.fleet.standing import Standing
from edge_agent.fleet.target import FleetRelease, FleetTarget, TargetKind, plan_text, read_plan
from edge_agent.telemetry.status import Finding

RELEASE = FleetRelease("0.3.0+deb13", "arm64")
TARGET = FleetTarget("r.deb", "a" * 64, 9, TargetKind.RELEASE, 1, 0.0, release=RELEASE)
HOST = Host("arm64", "13", "0.2.0")
PART = FleetPart("r.deb", TARGET.sha256, RELEASE.version)
US = Member("kiosk-1")


def chosen(
    *targets: FleetTarget,
    host: Host = HOST,
    tallies: dict[str, Tally] | None = None,
    has: tuple[str, ...] = (),
) -> str:
    found = wanted_release(
        targets, US, host, 1.0, is_newer=lambda one, other: one > other, tallies=tallies or {}, has=has
    )
    return found.path if found else ""


# ---- which one -------------------------------------------------------------------------
def test_versions_of_packages() -> None:
    assert program_version("0.3.0+deb13") == "0.3.0"
    assert program_version("0.3.0rc1+local+deb12") == "0.3.0rc1+local"
    assert (debian_of("0.3.0+deb13"), debian_of("0.3.0")) == ("13", "")


def test_what_fits_and_is_newer() -> None:
    assert chosen(TARGET) == "r.deb"
    assert chosen() == ""
    for other in (
        replace(HOST, architecture="amd64"),
        replace(HOST, debian="12"),
        replace(HOST, version="0.3.0"),
        replace(HOST, version="0.4.0"),
    ):
        assert chosen(TARGET, host=other) == ""
    settings = replace(TARGET, path="a.toml", kind=TargetKind.CONFIG, number=2, release=None)
    assert chosen(TARGET, settings) == "r.deb"


def test_an_older_one_must_be_meant() -> None:
    newer = replace(HOST, version="0.4.0")
    older = replace(TARGET, release=replace(RELEASE, may_be_older=True))
    assert chosen(older, host=newer) == "r.deb"
    assert chosen(older, host=replace(HOST, version="0.3.0")) == ""


def test_only_the_newest_publication_counts() -> None:
    second = replace(TARGET, path="s.deb", sha256="b" * 64, number=2)
    other_debian = replace(second, number=3, release=replace(RELEASE, version="0.5.0+deb12"))
    assert chosen(TARGET, second, other_debian) == "s.deb"
    fails = {second.sha256: Tally(10, 5)}
    assert chosen(TARGET, second, tallies=fails) == "r.deb"
    assert chosen(TARGET, second, tallies=fails, has=(second.sha256,)) == "s.deb"
    assert chosen(TARGET, replace(second, names=("hall",))) == "r.deb"


def test_a_plan_with_releases_is_read_as_it_was_written() -> None:
    older = replace(TARGET, number=2, release=replace(RELEASE, may_be_older=True))
    assert read_plan(plan_text([TARGET, older])) == (TARGET, older)
    plan = json.loads(plan_text([TARGET]))
    del plan["targets"][0]["release"]
    with pytest.raises(ValueError, match="update edge-agent"):
        read_plan(json.dumps(plan))


# ---- what came of it -------------------------------------------------------------------
def test_of_a_release_the_version_is_told() -> None:
    standing = Standing(TargetKind.RELEASE).begun(PART, 1).passed(2)
    assert standing.outcome == FleetOutcome(
        "r.deb", TARGET.sha256, TargetKind.RELEASE, OutcomeStep.APPLIED, "", 2, "0.3.0+deb13"
    )


def test_what_waited_and_is_withdrawn_is_not_told_any_more() -> None:
    waits = Standing(TargetKind.RELEASE).waits(PART, "no room", 1)
    assert waits.withdrawn().outcome is None
    failed = Standing(TargetKind.RELEASE).begun(PART, 1).failed("bad", 2)
    assert failed.withdrawn() is failed


# ---- what the device does --------------------------------------------------------------
class Wisher:
    """`updates`: what root has kept."""

    def __init__(self, folder: Path) -> None:
        self.fit = True
        self.found: dict[str, Finding | None] = {}
        self.updates = KeptStanding(folder / "updates", TargetKind.RELEASE)
        self.file = folder / "update-wish"
        self.wish = ReleaseWish(lambda: self.fit, self.found.__setitem__, folder, folder / "updates")

    def wished(self) -> bool:
        """Since this was asked last."""
        there = self.file.exists()
        self.file.unlink(missing_ok=True)
        return there


@pytest.fixture
def wisher(tmp_path: Path) -> Wisher:
    return Wisher(tmp_path)


def test_a_device_wishes_once_it_could_be_replaced(wisher: Wisher) -> None:
    wisher.fit = False
    wisher.wish.heard(PART)
    assert not wisher.wished()
    told = wisher.wish.outcome
    assert told
    assert (told.step, told.version) == (OutcomeStep.WAITING, "0.3.0+deb13")
    assert wisher.wish.outcome == told  # or the broker would be told each time
    wisher.fit = True
    wisher.wish.look()
    assert wisher.wished()
    wisher.wish.look()
    assert not wisher.wished()
    wisher.wish._wished_at -= AGAIN_S  # root may have been at work, and did not hear it
    wisher.wish.look()
    assert wisher.wished()


def test_what_root_has_tried_is_not_wished(wisher: Wisher) -> None:
    kept = wisher.updates
    kept.keep(kept.now.begun(PART, 1))
    wisher.wish.heard(PART)
    assert not wisher.wished()
    assert wisher.wish.outcome == kept.now.outcome
    kept.keep(kept.now.failed("the link was away for 5 minutes", 2))
    wisher.wish.look()
    assert not wisher.wished()
    found = wisher.found["fleet release"]
    assert found
    assert found.what == "r.deb of the fleet does not work here: the link was away for 5 minutes"
    assert list(wisher.wish.has) == ["", TARGET.sha256]
    wisher.wish.heard(None)
    assert wisher.found == {"fleet release": None}


# ---- who lets it -----------------------------------------------------------------------
def test_what_others_than_root_can_change_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / "root.json"
    with pytest.raises(NoConsent, match="cannot be read"):
        changeable(file)
    file.touch(mode=0o666)
    file.chmod(0o666)
    assert changeable(file) == file
    file.chmod(0o644)
    assert changeable(file) != file
    assert changeable(Path("/usr/bin/env")) is None
    link = tmp_path / "link"
    link.symlink_to("/usr/bin/env")
    assert changeable(link) is None
