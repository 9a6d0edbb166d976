"""What a device takes from a web server that somebody else may own: what was signed, is new, and is whole; and nothing
else, in words that say why."""

from __future__ import annotations

import gc
import os
import shutil
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BufferedIOBase
from pathlib import Path

import pytest

from edge_agent.config.fleet_settings import FleetPart, FleetSettings
from edge_agent.fleet import news
from edge_agent.fleet.publish import Site
from edge_agent.fleet.repository import LIMITS, Repository, RepositoryRefused
from edge_agent.fleet.standing import NOTHING
from edge_agent.fleet.target import FleetTarget

from .web import WebServer, made_site, publish, serving

pytestmark = pytest.mark.realtime

PART = '[assistant]\nvoice = "marin"\n'
OTHER = '[assistant]\nvoice = "cedar"\n'  # as long
HEAD = b"HTTP/1.0 200 OK\r\n\r\n"


class World:
    """A site, a web server that shows it, and a device."""

    def __init__(self, folder: Path, server: WebServer, site: Site) -> None:
        self.site, self.server = site, server
        self.shown, self.root = folder / "f" / "site", folder / "root.json"
        shutil.copy(self.shown / "metadata" / "1.root.json", self.root)
        self.device = folder / "device"

    def look(self) -> tuple[FleetTarget, ...]:
        return Repository(self.server.url, self.device, self.root.read_bytes()).plan()

    def take(self) -> str:
        """What is published last."""
        repository = Repository(self.server.url, self.device, self.root.read_bytes())
        return repository.fetch(repository.plan()[-1], 1000).read_text()

    def refusal(self) -> str:
        with pytest.raises(RepositoryRefused) as refused:
            self.take()
        assert "\n" not in str(refused.value)
        return str(refused.value)


@pytest.fixture(autouse=True)
def _what_tuf_leaves_open() -> Iterator[None]:
    """Of an answer that it gives up: in the process of its own, that is over."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    site = made_site(tmp_path / "f")
    publish(site, "a.toml", PART)
    with serving(tmp_path / "f" / "site") as server:
        yield World(tmp_path, server, site)


# ---- what is right ---------------------------------------------------------------------
def test_what_was_signed_is_taken(world: World) -> None:
    assert world.take() == PART
    publish(world.site, "b.toml", OTHER)
    assert [target.path for target in world.look()] == ["a.toml", "b.toml"]
    assert world.take() == OTHER
    world.site.withdraw("b.toml")
    assert world.take() == PART


def test_what_is_there_already_is_not_fetched_again(world: World) -> None:
    world.take()
    world.server.asked.clear()
    world.take()
    assert [path for path in world.server.asked if "targets/" in path and "a.toml" in path] == []


def test_renewed_signatures_are_taken(world: World) -> None:
    world.take()
    later = datetime.now(UTC) + timedelta(days=320)
    renewed = Site(world.site.site.parent, now=lambda: later)
    assert renewed.renew() == ["root", "targets", "snapshot", "timestamp"]
    assert world.take() == PART
    assert renewed.ends()["root"] > later + timedelta(days=300)


def test_who_has_only_the_online_key_can_renew_and_nothing_else(world: World) -> None:
    for name in ("root", "targets"):
        (world.site.site.parent / "keys" / f"{name}.pem").unlink()
    assert Site(world.site.site.parent).renew() == ["snapshot", "timestamp"]
    assert world.take() == PART


# ---- what is not -----------------------------------------------------------------------
def test_older_metadata_that_is_put_back(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.shown, tmp_path / "older")
    publish(world.site, "b.toml", OTHER)
    assert world.take() == OTHER
    shutil.copy(
        tmp_path / "older" / "metadata" / "timestamp.json", world.shown / "metadata" / "timestamp.json"
    )
    assert "older than this device has seen" in world.refusal()


def test_a_repository_that_is_held_back(tmp_path: Path) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=20)
    site = made_site(tmp_path / "f", now=lambda: long_ago)
    publish(site, "a.toml", PART)
    with serving(tmp_path / "f" / "site") as server:
        world = World(tmp_path, server, site)
        assert "signed for a time that is over" in world.refusal()
        Site(tmp_path / "f").renew()
        assert world.take() == PART


def test_a_target_that_was_swapped(world: World) -> None:
    (file,) = (world.shown / "targets").glob("*.a.toml")
    file.write_text(OTHER)
    assert "something other than what was signed" in world.refusal()


def test_signatures_of_somebody_else(world: World, tmp_path: Path) -> None:
    stranger = made_site(tmp_path / "stranger")
    publish(stranger, "a.toml", OTHER)
    for name in ("metadata", "targets"):
        shutil.copytree(stranger.site / name, world.shown / name, dirs_exist_ok=True)
    assert "not signed with the keys of root.json" in world.refusal()


def test_a_key_that_is_not_for_targets(world: World) -> None:
    """Who has the online key, as a program that renews, cannot give devices anything."""
    keys = world.site.site.parent / "keys"
    shutil.copy(keys / "online.pem", keys / "targets.pem")
    publish(Site(world.site.site.parent), "b.toml", OTHER)
    assert "not signed with the keys of root.json" in world.refusal()


@pytest.mark.parametrize("part", ["timestamp.json", "snapshot.json", "targets.json", "plan.json", "a.toml"])
def test_more_than_was_signed(world: World, part: str) -> None:
    sent = 0

    def endless(path: str, out: BufferedIOBase) -> bool:
        nonlocal sent
        if not path.endswith(part):
            return False
        out.write(HEAD)
        while not world.server.over.is_set():
            sent += out.write(bytes(1 << 16))
        return True

    world.server.instead = endless
    assert "sends more than was signed" in world.refusal()
    assert sent < 2**20 + LIMITS.targets_max_length + 2**24  # what sockets hold besides


def test_a_part_that_is_larger_than_any_should_be(world: World) -> None:
    publish(world.site, "b.toml", "#" * 2000)
    assert world.refusal() == "b.toml has 2000 bytes; 1000 are allowed"


def test_parts_of_several_states_of_a_repository(world: World) -> None:
    """A newer timestamp with older others, each of them well signed."""
    metadata = world.shown / "metadata"
    publish(world.site, "b.toml", OTHER)
    newest = max(int(file.name.split(".")[0]) for file in metadata.glob("*.targets.json"))
    shutil.copy(metadata / f"{newest - 1}.targets.json", metadata / f"{newest}.targets.json")
    assert (
        world.refusal()
        == f"{world.server.url} has something older than this device has seen; that is refused"
    )
    publish(world.site, "c.toml", PART)
    newest += 1
    shutil.copy(metadata / f"{newest - 1}.snapshot.json", metadata / f"{newest}.snapshot.json")
    assert (
        world.refusal()
        == f"{world.server.url} has something older than this device has seen; that is refused"
    )


def test_a_server_without_a_repository(world: World) -> None:
    shutil.rmtree(world.shown / "metadata")
    assert world.refusal() == (
        f"{world.server.url} answers 404; check the address, and what the web server shows"
    )


def test_no_server(world: World) -> None:
    world.server.server_close()
    assert "cannot be reached, or broke off; check the network" in world.refusal()


def test_one_that_breaks_off(world: World) -> None:
    def broken(path: str, out: BufferedIOBase) -> bool:
        out.write(b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        return True

    world.server.instead = broken
    assert "cannot be reached, or broke off; check the network" in world.refusal()


@pytest.mark.parametrize("text", ["", "{}", "[", "\0", '{"signed": {}}'])
def test_a_root_that_is_not_valid(world: World, text: str) -> None:
    world.root.write_text(text)
    assert "its root.json is not valid" in world.refusal()


@pytest.mark.parametrize("text", ["", "{}", "[" * 5000, "\0", '{"signed": {}, "signatures": []}'])
def test_metadata_that_is_not_valid(world: World, text: str) -> None:
    (world.shown / "metadata" / "timestamp.json").write_text(text)
    assert world.refusal().startswith(world.server.url)


# ---- in the process of its own ---------------------------------------------------------
def settings(world: World) -> FleetSettings:
    return FleetSettings(repository=world.server.url, root_file=str(world.root), name="kiosk-1")


async def test_a_device_asks_in_a_process_of_its_own(world: World, tmp_path: Path) -> None:
    target = world.look()[0]
    found = await news.look(settings(world), tmp_path, has=())
    assert found == news.News(FleetPart("a.toml", target.sha256, PART))
    publish(world.site, "a.toml", PART, names=("kiosk-2",))
    assert await news.look(settings(world), tmp_path, has=()) == news.News(NOTHING)


async def test_it_says_why_it_knows_of_no_news(world: World, tmp_path: Path) -> None:
    world.root.unlink()
    with pytest.raises(news.NoNews, match="it comes with 'edge-agent fleet join'"):
        await news.look(settings(world), tmp_path, has=())


async def test_a_server_that_is_slow_for_ever(world: World, tmp_path: Path) -> None:
    def slow(path: str, out: BufferedIOBase) -> bool:
        out.write(HEAD)
        while not world.server.over.wait(0.02):
            out.write(b" ")
            out.flush()
        return True

    world.server.instead = slow
    with pytest.raises(news.NoNews, match="did not send all within 3 s"):
        await news.look(settings(world), tmp_path, has=(), within_s=3)
    assert os.listdir(tmp_path / "fleet" / "targets") == []  # noqa: PTH208
