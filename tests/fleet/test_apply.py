"""Wherever the power is cut, a device starts with settings that were proven."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from edge_agent.config.fleet_settings import FleetPart
from edge_agent.fleet.apply import begin, end
from edge_agent.fleet.kept import KeptStanding, part_in_use, settle
from edge_agent.fleet.standing import NOTHING
from edge_agent.install.steps import result_of

from ..install.world import cut_after, steps_of

OLD = FleetPart("old.toml", "1", '[assistant]\nvoice = "marin"\n')
NEW = FleetPart("new.toml", "2", '[assistant]\nvoice = "cedar"\n')


class World:
    """`wrong`: what the check of the new settings says."""

    def __init__(self, state: Path, wrong: str = "") -> None:
        self.state, self.wrong = state, wrong
        self.reloads: list[FleetPart | None] = []
        self.try_(OLD)
        result_of(self.ending(""))
        self.reloads.clear()

    @property
    def kept(self) -> KeptStanding:
        return KeptStanding(self.state)

    def beginning(self, part: FleetPart = NEW, wrong: str | None = None) -> Generator[str, None, bool]:
        return begin(
            self.kept,
            part,
            allowed="assistant",
            check=lambda: self.wrong if wrong is None else wrong,
            reload=self.reload,
            now_s=1,
        )

    def try_(self, part: FleetPart) -> None:
        assert result_of(self.beginning(part, wrong=""))

    def ending(self, complaint: str) -> Generator[str, None, None]:
        return end(self.kept, complaint, self.reload, 2)

    def reload(self) -> None:
        self.reloads.append(part_in_use(self.state))

    def boot(self) -> FleetPart | None:
        settle(self.state)
        return part_in_use(self.state)


@pytest.mark.parametrize("wrong", ["", "it is wrong"])
def test_a_cut_after_each_step_of_a_beginning(tmp_path: Path, wrong: str) -> None:
    names = steps_of(World(tmp_path / "count", wrong).beginning)
    assert names == ["kept as a trial", "rejected" if wrong else "told the device"]
    for number in range(len(names) + 1):
        world = World(tmp_path / str(number), wrong)
        cut_after(world.beginning(), number)
        assert world.boot() == OLD
        assert world.boot() == OLD


@pytest.mark.parametrize("complaint", ["", "it does not work"])
def test_a_cut_after_each_step_of_an_end(tmp_path: Path, complaint: str) -> None:
    for number in range(3 if complaint else 2):
        world = World(tmp_path / str(number))
        world.try_(NEW)
        cut_after(world.ending(complaint), number)
        assert world.boot() == (NEW if number and not complaint else OLD)


def test_to_the_end(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.try_(NEW)
    assert world.reloads == [NEW]
    result_of(world.ending("it does not work"))
    assert world.reloads == [NEW, OLD]
    assert not world.kept.now.can_be_tried(NEW)


def test_what_may_not_be_set_is_never_read(tmp_path: Path) -> None:
    world = World(tmp_path)
    tools = FleetPart("t.toml", "3", '[[tools]]\nname = "x"\n')
    assert result_of(world.beginning(tools)) is False
    assert world.reloads == []
    assert (
        world.kept.now.rejected["3"] == "t.toml sets tools, which fleet.may_set of this device does not allow"
    )


def test_a_disk_that_is_full_changes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    kept = world.kept
    (tmp_path / "fleet" / "standing.new").mkdir()
    with pytest.raises(OSError):
        kept.keep(kept.now.begun(NEW, 1))
    assert kept.now.in_use == OLD
    assert part_in_use(tmp_path) == OLD


def test_what_is_damaged_is_as_nothing(tmp_path: Path) -> None:
    assert part_in_use(tmp_path) is None
    settle(tmp_path)
    world = World(tmp_path)
    (tmp_path / "fleet" / "standing.json").write_bytes(b"\xff{")
    assert world.boot() is None
    assert world.kept.now.in_use == NOTHING
