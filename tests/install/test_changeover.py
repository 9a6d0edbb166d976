"""A device never is without a version that works: cut off after any step, the next start or installation heals it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from edge_agent.install.changeover import ChangeEnd, change_over, start_and_judge, swap
from edge_agent.install.home import PROVEN, WHOLE, Home
from edge_agent.install.steps import result_of
from edge_agent.install.versions import TRIES

from .world import BAD, GOOD, HANGS, UNCONFIGURED, UNIT, World, build, cut_after, home_in, install, steps_of

KINDS = (GOOD, BAD, HANGS, UNCONFIGURED)


def device(folder: Path, *, stopped: bool = False, versions: int = 2) -> World:
    """One that runs its newest version; with two, the older worked as well."""
    world = World(home_in(folder))
    for number in range(versions):
        assert install(world, f"1.{number}", GOOD).end is ChangeEnd.RUNS
    if stopped:
        world.stop()
    return world


def changing(world: World, kind: str, name: str = "2.0") -> Generator[str, None, Any]:
    world.home.heal()
    build(world.home, name, kind)
    return change_over(world.home, world, name)


def placed(home: Home) -> str:
    return (home.lib / UNIT).read_text()


# ---- to the end ------------------------------------------------------------------------
def test_a_new_device(tmp_path: Path) -> None:
    world = World(home_in(tmp_path))
    result = install(world, "1.0", GOOD)
    assert (result.end, result.version, world.active, world.enabled) == (ChangeEnd.RUNS, "1.0", "1.0", True)
    assert placed(world.home) == "unit of 1.0"
    assert world.home.command.readlink() == Path("/opt/edge-agent/current/bin/edge-agent")


def test_a_new_device_without_configuration(tmp_path: Path) -> None:
    world = World(home_in(tmp_path))
    result = install(world, "1.0", UNCONFIGURED)
    assert (result.end, result.words, world.home.shelf().current) == (
        ChangeEnd.LACKS_CONFIGURATION,
        ["1.0 is unconfigured"],
        "1.0",
    )


def test_a_new_device_with_a_bad_version(tmp_path: Path) -> None:
    result = install(World(home_in(tmp_path)), "1.0", BAD)
    assert (result.end, result.version) == (ChangeEnd.FAILS, "1.0")


def test_an_update_keeps_the_one_before(tmp_path: Path) -> None:
    world = device(tmp_path)
    assert install(world, "2.0", GOOD).version == "2.0"
    assert set(world.home.shelf().whole) == {"1.1", "2.0"}
    assert placed(world.home) == "unit of 2.0"


@pytest.mark.parametrize("stopped", [False, True])
@pytest.mark.parametrize("kind", [BAD, HANGS, UNCONFIGURED])
def test_a_version_that_does_not_become_ready_is_rolled_back(
    tmp_path: Path, kind: str, stopped: bool
) -> None:
    world = device(tmp_path, stopped=stopped)
    result = install(world, "2.0", kind)
    assert (result.end, result.version, world.active) == (ChangeEnd.ROLLED_BACK, "1.1", "1.1")
    assert any(f"2.0 is {kind}" in line for line in result.words)
    assert set(world.home.shelf().whole) == {"1.0", "1.1"}
    assert placed(world.home) == "unit of 1.1"


@pytest.mark.parametrize("start", [False, True])
def test_what_worked_outlives_any_number_of_bad_ones(tmp_path: Path, start: bool) -> None:
    world = device(tmp_path, versions=1, stopped=True)
    for number in range(4):
        install(world, f"2.{number}", BAD, start=start)
    assert "1.0" in world.home.shelf().proven
    world.restart(60)
    assert world.active == "1.0"


def test_what_was_rolled_back_is_not_what_somebody_rolls_back_to(tmp_path: Path) -> None:
    world = World(home_in(tmp_path))
    install(world, "1.0", UNCONFIGURED)  # never ready, and never on trial: nobody knows
    install(world, "1.1", GOOD)
    cut_after(changing(world, BAD), 4)
    world.boot()
    assert (world.active, world.home.shelf().previous) == ("1.1", "1.0")


def test_one_that_is_not_started_stays_on_trial(tmp_path: Path) -> None:
    world = device(tmp_path)
    assert install(world, "2.0", BAD, start=False).end is ChangeEnd.WAITS
    world.boot()
    assert world.active == "1.1"
    assert placed(world.home) == "unit of 1.1"


def test_a_service_that_the_administrator_disabled_is_left_alone(tmp_path: Path) -> None:
    world = device(tmp_path, stopped=True)
    world.enabled = False
    assert install(world, "2.0", GOOD).end is ChangeEnd.WAITS
    assert (world.enabled, world.active) == (False, "")


def test_an_image_is_enabled_and_not_started(tmp_path: Path) -> None:
    world = World(home_in(tmp_path), runs=False)
    assert install(world, "1.0", GOOD).end is ChangeEnd.WAITS
    assert (world.enabled, world.active) == (True, "")


def test_a_version_that_ran_before_versions_were_marked_is_one_to_roll_back_to(tmp_path: Path) -> None:
    world = device(tmp_path, versions=1)
    (world.home.current / PROVEN).unlink()
    assert install(world, "2.0", BAD).version == "1.0"
    assert world.active == "1.0"


def test_neither_works(tmp_path: Path) -> None:
    world = device(tmp_path)
    for name in "1.0", "1.1":
        (world.home.versions / name / "kind").write_text(UNCONFIGURED)
    result = install(world, "2.0", UNCONFIGURED)
    assert (result.end, result.version) == (ChangeEnd.LOST, "1.1")


def test_back_and_forth_by_hand(tmp_path: Path) -> None:
    world = device(tmp_path)
    for expected in "1.0", "1.1", "1.0":
        for _ in swap(world.home, world, world.home.shelf().previous):
            pass
        result = result_of(start_and_judge(world.home, world, expected, 60))
        assert (result.end, world.active) == (ChangeEnd.RUNS, expected)


def test_a_clock_that_went_back_does_not_change_which_is_the_newest(tmp_path: Path) -> None:
    world = device(tmp_path)
    ahead = world.home.versions / "1.1" / WHOLE
    os.utime(ahead, (4e9, 4e9))
    install(world, "2.0", GOOD)
    assert world.home.shelf().whole == ("2.0", "1.1")


# ---- cut off ---------------------------------------------------------------------------
def test_the_steps_have_names(tmp_path: Path) -> None:
    world = device(tmp_path, versions=1)
    names = steps_of(lambda: changing(world, GOOD))
    assert names[:3] == ["finished", "made the link", "swapped the link"]
    assert len(names) >= 6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stopped", [False, True])
def test_the_next_start_has_a_version_that_works(tmp_path: Path, kind: str, stopped: bool) -> None:
    def fresh(name: str) -> World:
        return device(tmp_path / name, versions=1, stopped=stopped)

    for cut in range(len(steps_of(lambda: changing(fresh("whole"), kind))) + 1):
        world = fresh(str(cut))
        cut_after(changing(world, kind), cut)
        world.boot()
        assert world.active in (("1.0", "2.0") if kind == GOOD else ("1.0",)), cut
        assert install(world, "2.1", BAD).end is ChangeEnd.ROLLED_BACK  # and again, with another bad one
        assert world.active, cut
        assert install(world, "2.2", GOOD).end is ChangeEnd.RUNS
        assert len(world.home.shelf().whole) == len(list(world.home.versions.iterdir())) == 2
        assert placed(world.home) == "unit of 2.2"


def test_a_new_device_is_enabled_whenever_it_was_cut_off(tmp_path: Path) -> None:
    def fresh(name: str) -> World:
        return World(home_in(tmp_path / name))

    for cut in range(len(steps_of(lambda: changing(fresh("whole"), GOOD))) + 1):
        world = fresh(str(cut))
        cut_after(changing(world, GOOD), cut)
        world.boot()
        result = install(world, "2.1", GOOD)
        assert (result.end, world.enabled, world.active) == (ChangeEnd.RUNS, True, "2.1"), cut
        world.boot()
        assert world.active == "2.1"


@pytest.mark.parametrize("tries", range(TRIES + 2))
def test_power_that_fails_again_and_again_during_the_trial(tmp_path: Path, tries: int) -> None:
    world = device(tmp_path, versions=1)
    cut_after(changing(world, HANGS), 5)
    for _ in range(tries):
        world.restart(1)  # and the power fails before it is ready
    world.boot()
    assert world.active == "1.0"


def test_a_folder_that_was_never_finished_is_not_a_version(tmp_path: Path) -> None:
    world = device(tmp_path)
    build(world.home, "2.0", GOOD)
    assert "2.0" not in world.home.shelf().whole
    world.home.heal()
    assert not (world.home.versions / "2.0").exists()


def test_a_current_version_that_somebody_deleted(tmp_path: Path) -> None:
    world = device(tmp_path)
    shutil.rmtree(world.home.current.resolve())
    world.restart(60)
    assert world.active == "1.0"
