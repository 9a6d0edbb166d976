"""What root fetches from a web server that somebody else may own: what was signed for this device, slowly and whole."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BufferedIOBase
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge_agent.cli import main
from edge_agent.config.fleet_settings import FleetSettings
from edge_agent.fleet.outcome import OutcomeStep
from edge_agent.fleet.publish import Site
from edge_agent.fleet.releases.choice import Host
from edge_agent.fleet.releases.download import DownloadPace, download
from edge_agent.fleet.releases.fetch import fetch
from edge_agent.fleet.releases.machine import AptInstaller
from edge_agent.fleet.releases.package_file import NotOurs, release_of
from edge_agent.fleet.releases.store import ReleaseStore
from edge_agent.fleet.repository import RepositoryRefused, SignedFile
from edge_agent.fleet.target import FleetRelease, FleetTarget, Stage

from .web import WebServer, made_site, publish, serving

pytestmark = pytest.mark.realtime

DATA = bytes(range(256)) * 1000
HOST = Host("arm64", "13", "0.2.0")


class World:
    """A site, a web server that shows it, and root's folder on a device."""

    def __init__(self, folder: Path, server: WebServer, site: Site) -> None:
        self.folder, self.server, self.site = folder, server, site
        self.store = ReleaseStore(folder / "updates")
        self.store.folder.mkdir()

    def publish(self, data: bytes = DATA, name: str = "r.deb", version: str = "0.3.0+deb13") -> FleetTarget:
        return self.site.publish(
            name,
            data,
            names=(),
            stages=(Stage(),),
            stop_above=10,
            stop_after=3,
            release=FleetRelease(version, "arm64"),
        )

    def fetch(self, host: Host = HOST) -> str:
        settings = FleetSettings(repository=self.server.url, name="kiosk-1", download_mbit_s=1000)
        root = (self.site.site / "metadata" / "1.root.json").read_bytes()
        return fetch(settings, root, self.store, host)

    def refusal(self) -> str:
        with pytest.raises(RepositoryRefused) as refused:
            self.fetch()
        assert "\n" not in str(refused.value)
        assert self.store.offered() is None
        return str(refused.value)

    @property
    def told(self) -> tuple[str, str]:
        outcome = self.store.kept.now.outcome
        return (outcome.step, outcome.why) if outcome else ("", "")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    site = made_site(tmp_path / "f")
    with serving(site.site) as server:
        yield World(tmp_path, server, site)


# ---- what is right ---------------------------------------------------------------------
def test_what_was_signed_for_this_device_is_offered(world: World) -> None:
    target = world.publish()
    assert world.fetch() == "r.deb"
    offered = world.store.offered()
    assert offered
    assert (offered[0].sha256, offered[1].architecture) == (target.sha256, "arm64")
    assert world.store.package.read_bytes() == DATA
    world.server.asked.clear()
    assert world.fetch() == "r.deb"
    assert [path for path in world.server.asked if "r.deb" in path] == []


def test_what_is_not_for_it_is_not_fetched(world: World) -> None:
    world.publish()
    publish(world.site, "a.toml", "")
    for host in (Host("amd64", "13", "0.2.0"), Host("arm64", "12", "0.2.0"), Host("arm64", "13", "0.10.0")):
        assert world.fetch(host) == ""
    assert [path for path in world.server.asked if ".deb" in path] == []


def test_what_was_withdrawn_is_not_installed_any_more(world: World) -> None:
    world.publish()
    world.fetch()
    world.site.withdraw("r.deb")
    assert world.fetch() == ""
    assert world.store.offered() is None
    assert not world.store.package.exists()


def test_what_does_not_work_is_not_fetched_again(world: World) -> None:
    world.publish()
    world.fetch()
    offered = world.store.offered()
    assert offered
    world.store.kept.keep(world.store.kept.now.begun(offered[0], 1).failed("it is bad", 2))
    assert world.fetch() == ""
    assert not world.store.package.exists()


def test_while_one_is_on_trial_nothing_is_fetched(world: World) -> None:
    world.publish()
    world.store.begin({})
    assert world.fetch() == ""
    assert world.server.asked == []


# ---- what is not -----------------------------------------------------------------------
def test_other_content(world: World) -> None:
    target = world.publish()
    (world.site.site / "targets" / f"{target.sha256}.r.deb").write_bytes(DATA[:-1] + b"x")
    assert world.refusal().endswith("is something other than what was signed; nothing of it is used")
    assert world.told == (OutcomeStep.WAITING, world.refusal())
    assert list(world.store.folder.glob("*.part")) == []


def test_more_than_was_signed(world: World) -> None:
    target = world.publish()
    (world.site.site / "targets" / f"{target.sha256}.r.deb").write_bytes(DATA * 2)
    assert world.refusal().endswith("is longer than what was signed; nothing of it is used")


def test_a_file_that_is_missing(world: World) -> None:
    target = world.publish()
    (world.site.site / "targets" / f"{target.sha256}.r.deb").unlink()
    assert world.refusal().endswith("answers 404; check what the web server shows")


def test_a_repository_that_is_not_signed_or_older(world: World) -> None:
    world.publish()
    world.fetch()
    shutil.copytree(world.site.site, world.folder / "older")
    world.publish(name="s.deb", version="0.4.0+deb13")
    world.fetch()
    shutil.copytree(world.folder / "older", world.site.site, dirs_exist_ok=True)
    assert "older than this device has seen" in world.refusal()
    stranger = World(world.folder / "s", world.server, made_site(world.folder / "s" / "f"))
    stranger.publish()
    shutil.copytree(stranger.site.site, world.site.site, dirs_exist_ok=True)
    world.store = ReleaseStore(world.folder / "fresh")
    world.site = Site(world.folder / "f")
    (world.site.site / "metadata" / "1.root.json").write_bytes(
        (world.folder / "older" / "metadata" / "1.root.json").read_bytes()
    )
    assert "not signed with the keys of root.json" in world.refusal()


def test_signatures_that_have_ended(tmp_path: Path) -> None:
    site = made_site(tmp_path / "f", now=lambda: datetime.now(UTC) - timedelta(days=20))
    with serving(site.site) as server:
        world = World(tmp_path, server, site)
        world.publish()
        assert "signed for a time that is over" in world.refusal()


def test_a_disk_without_room(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.publish(bytes(1 << 20))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=3 << 20))
    assert world.refusal() == "the disk has 3 MiB left, and r.deb needs 4; free some space"
    assert [path for path in world.server.asked if ".deb" in path] == []


# ---- the way of the bytes --------------------------------------------------------------
class Ranges:
    """A web server that can begin in the middle, and breaks off. `asked`: from where on."""

    def __init__(self, breaks_off_after: int) -> None:
        self.breaks_off_after = breaks_off_after

    def __call__(self, path: str, out: BufferedIOBase) -> bool:
        if not path.endswith("r.deb"):
            return False
        out.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(DATA))
        out.write(DATA[: self.breaks_off_after])
        return True


def test_it_goes_on_where_it_was_broken_off(world: World) -> None:
    target = world.publish()
    world.server.instead = Ranges(100_000)
    assert "broke off" in world.refusal()
    (part,) = world.store.folder.glob("*.part")
    assert part.read_bytes() == DATA[:100_000]

    def rest(path: str, out: BufferedIOBase) -> bool:
        if path.endswith("r.deb"):
            out.write(b"HTTP/1.0 206 Partial Content\r\nContent-Length: %d\r\n\r\n" % (len(DATA) - 100_000))
            out.write(DATA[100_000:])
        return path.endswith("r.deb")

    world.server.instead = rest
    assert world.fetch() == target.path
    assert world.server.headers["Range"] == "bytes=100000-"


def test_a_server_that_cannot_begin_in_the_middle(world: World) -> None:
    world.publish()
    world.server.instead = Ranges(100_000)
    assert "broke off" in world.refusal()
    world.server.instead = lambda *_: False
    assert world.fetch() == "r.deb"


def test_a_part_of_another_or_too_much_of_it(world: World) -> None:
    target = world.publish()
    (world.store.folder / "another.part").touch()
    world.store.partial(target.sha256).write_bytes(DATA + b"x")
    assert world.fetch() == "r.deb"
    assert list(world.store.folder.glob("*.part")) == []


def test_no_server(tmp_path: Path) -> None:
    with pytest.raises(RepositoryRefused, match="broke off, or cannot be reached; it goes on from there"):
        download(SignedFile("http://127.0.0.1:9/x", "", 1), tmp_path / "x.part", DownloadPace(1))


def test_a_disk_that_is_full_keeps_what_there_is(tmp_path: Path) -> None:
    part = tmp_path / "x.part"
    part.symlink_to("/dev/full")
    with serving(tmp_path) as server:
        (tmp_path / "x").write_bytes(DATA)
        with pytest.raises(OSError, match="No space left"):
            download(SignedFile(f"{server.url}/x", "", len(DATA)), part, DownloadPace(1e9))


def test_it_is_not_faster_than_it_may_be() -> None:
    now, paused = [10.0], []

    def pause(seconds: float) -> None:
        paused.append(seconds)
        now[0] += seconds

    pace = DownloadPace(1000, lambda: now[0], pause)
    pace.took(500)
    now[0] += 0.2
    pace.took(500)
    now[0] += 5
    pace.took(1000)
    assert paused == pytest.approx([0.5, 0.3])
    assert now[0] == pytest.approx(16)


# ---- what is published -----------------------------------------------------------------
def deb(folder: Path, **fields: str) -> Path:
    """A package with nothing in it."""
    control = {"Package": "edge-agent", "Version": "0.3.0+deb13", "Architecture": "arm64"} | fields
    lines = [f"{name}: {value}" for name, value in control.items()]
    (folder / "tree" / "DEBIAN").mkdir(parents=True)
    text = "\n".join([*lines, "Maintainer: x <x@localhost>", "Description: x", ""])
    (folder / "tree" / "DEBIAN" / "control").write_text(text)
    file = folder / "x.deb"
    subprocess.run(["dpkg-deb", "--build", folder / "tree", file], check=True, capture_output=True)
    return file


needs_dpkg = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg-deb is not installed")


@needs_dpkg
def test_a_release_is_published(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = deb(tmp_path)
    folder = str(tmp_path / "f")
    assert main(["fleet", "init", folder]) == 0
    named = str(file.rename(tmp_path / "edge-agent_0.3.0+deb13_arm64.deb"))
    assert main(["fleet", "publish", folder, named, "--share", "5,100:24"]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith("1. edge-agent_0.3.0+deb13_arm64.deb: all devices; 5 %, 100 % after 24 h; ")
    assert said.endswith("; release 0.3.0+deb13 for arm64")
    assert main(["fleet", "publish", folder, named, "--allow-older"]) == 0
    assert capsys.readouterr().out.endswith("for arm64; may be older\n")
    (target,) = Site(tmp_path / "f").targets()
    assert target.release == FleetRelease("0.3.0+deb13", "arm64", may_be_older=True)
    assert target.sha256 == hashlib.sha256(Path(named).read_bytes()).hexdigest()


@needs_dpkg
def test_what_is_not_a_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.deb").write_text("no package")
    for number, (fields, why) in enumerate(
        [
            ({"Package": "mosquitto"}, "is a package of mosquitto, not of edge-agent"),
            ({"Version": "0.3.0"}, "which is for no release of Debian; make it with ./scripts/build-deb"),
        ]
    ):
        with pytest.raises(NotOurs, match=why):
            release_of(deb(tmp_path / str(number), **fields))
    assert main(["fleet", "init", str(tmp_path / "f")]) == 0
    assert main(["fleet", "publish", str(tmp_path / "f"), str(tmp_path / "text.deb")]) == 1
    assert "text.deb is not a Debian package; make one with ./scripts/build-deb" in capsys.readouterr().err


@needs_dpkg
def test_a_package_that_is_not_what_it_was_published_as(tmp_path: Path) -> None:
    file, apt = deb(tmp_path), AptInstaller()
    assert apt.refuses(file, FleetRelease("0.3.0+deb13", "arm64")) == ""
    assert apt.refuses(file, FleetRelease("0.3.0+deb13", "amd64")) == (
        "it is 0.3.0+deb13 for arm64, and was published as 0.3.0+deb13 for amd64"
    )
    (tmp_path / "text.deb").write_text("no package")
    assert "is not a Debian package" in apt.refuses(
        tmp_path / "text.deb", FleetRelease("0.3.0+deb13", "arm64")
    )


def test_without_dpkg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotOurs, match="dpkg-deb is missing"):
        release_of(tmp_path / "x.deb")
