"""What a device decides by itself: for whom something is, when it stops, what was tried, and whether it works."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from edge_agent.config.fleet_settings import (
    FleetPart,
    may_set,
    repository_complaint,
    unknown_names,
)
from edge_agent.config.setting import listed
from edge_agent.fleet.merge import refused
from edge_agent.fleet.outcome import (
    LONGEST,
    DeviceReport,
    FleetOutcome,
    OutcomeStep,
    Tally,
    read_report,
    report_text,
    tally,
)
from edge_agent.fleet.plan import Member, has_come, has_stopped, is_for, position, wanted
from edge_agent.fleet.stages import parse_stages, shown_stages
from edge_agent.fleet.standing import (
    MOST_KEPT,
    NOTHING,
    TRIES,
    Standing,
    read_standing,
    standing_text,
)
from edge_agent.fleet.target import FleetTarget, Stage, TargetKind, plan_text, read_plan
from edge_agent.fleet.trial import LOST_S, READY_S, Trial
from edge_agent.mqtt.topics import Topics

A = FleetTarget("a.toml", "a" * 64, 9, TargetKind.CONFIG, 1, 1000.0)
B = replace(A, path="b.toml", sha256="b" * 64, number=2)
PART, NEXT = FleetPart("a.toml", A.sha256, "x"), FleetPart("b.toml", B.sha256, "y")
DEVICES = [Member(f"kiosk-{number}") for number in range(1000)]


# ---- for whom --------------------------------------------------------------------------
def test_a_share_of_devices_is_a_share_of_them() -> None:
    some, more = ({d.name for d in DEVICES if position(A, d) < share} for share in (5, 25))
    assert 30 < len(some) < 70
    assert 200 < len(more) < 300
    assert some < more
    assert some != {device.name for device in DEVICES if position(B, device) < 5}


def test_stages_come_one_after_the_other() -> None:
    staged = replace(A, stages=(Stage(5), Stage(25, 24), Stage(100, 72)))
    assert [
        round(sum(has_come(staged, device, 1000 + hours * 3600) for device in DEVICES) / 10)
        for hours in (-1, 0, 23.9, 24, 72, 1000)
    ] == pytest.approx([0, 5, 5, 25, 100, 100], abs=3)


def test_names_and_tags() -> None:
    only = replace(A, names=("kiosk-1", "hall"))
    assert is_for(only, Member("kiosk-1"))
    assert is_for(only, Member("x", ("hall", "floor-2")))
    assert not is_for(only, Member("kiosk-2"))


def test_the_newest_that_is_for_this_device() -> None:
    us = Member("kiosk-1")

    def chosen(
        *targets: FleetTarget, tallies: dict[str, Tally] | None = None, has: tuple[str, ...] = ()
    ) -> str:
        found = wanted(targets, us, 1000, tallies=tallies or {}, has=has)
        return found.path if found else ""

    assert chosen() == ""
    assert chosen(B, A) == "b.toml"
    assert chosen(A, replace(B, names=("kiosk-2",))) == "a.toml"
    bad = {B.sha256: Tally(10, 5)}
    assert chosen(A, B, tallies=bad) == "a.toml"
    assert chosen(A, B, tallies=bad, has=(B.sha256,)) == "b.toml"


@pytest.mark.parametrize(
    ("tried", "failed", "stops"), [(0, 0, False), (2, 2, False), (3, 1, True), (20, 2, False), (20, 3, True)]
)
def test_a_roll_out_stops_itself(tried: int, failed: int, stops: bool) -> None:
    assert has_stopped(replace(A, stop_above=10, stop_after=3), Tally(tried, failed)) is stops


def test_a_plan_is_read_as_it_was_written() -> None:
    staged = replace(B, names=("x",), stages=(Stage(5), Stage(25, 24)))
    text = plan_text([staged, A])
    assert read_plan(text) == (A, staged)
    assert read_plan(text.replace('"config"', '"of another version"', 1)) == (staged,)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2, "targets": []}', '{"format": 1, "targets": [{}]}', "[" * 10**5]
)
def test_a_plan_of_another_format(text: str) -> None:
    with pytest.raises(ValueError):
        read_plan(text)


def test_how_stages_are_written() -> None:
    stages = parse_stages("5, 25:24,100:72.5")
    assert stages == (Stage(5), Stage(25, 24), Stage(100, 72.5))
    assert shown_stages(stages) == "5 %, 25 % after 24 h, 100 % after 72.5 h"
    for wrong in ("", "0", "101", "5:-1", "x", "5:x", "nan", "25,5:1", "5:2,25:2", "5:1:1", "1:1e9"):
        with pytest.raises(ValueError, match="must"):
            parse_stages(wrong)


def test_where_the_broker_has_it() -> None:
    topics = Topics("edge-agent", "kitchen", "")
    assert (topics.fleet, topics.fleet_news) == ("edge-agent/kitchen/fleet", "edge-agent/fleet-news")


# ---- what came of it -------------------------------------------------------------------
def outcome(step: OutcomeStep, sha256: str = A.sha256) -> FleetOutcome:
    return FleetOutcome("a.toml", sha256, TargetKind.CONFIG, step, "why", 7.0)


def test_outcomes_are_counted() -> None:
    steps = (
        OutcomeStep.APPLIED,
        OutcomeStep.APPLIED,
        OutcomeStep.FAILED,
        OutcomeStep.TRYING,
        OutcomeStep.WAITING,
    )
    reports = [DeviceReport("0.2.0", outcome(step)) for step in steps]
    told = [read_report(report_text(report)) for report in reports]
    assert told == reports
    outcomes = [outcome for report in filter(None, told) for outcome in report.outcomes]
    others = [outcome(OutcomeStep.FAILED, B.sha256)]
    assert tally([*outcomes, *others], A.sha256) == Tally(3, 1)


def test_a_device_tells_of_its_version_settings_and_release() -> None:
    release = FleetOutcome("b.deb", "b", TargetKind.RELEASE, OutcomeStep.APPLIED, "", 8.0, "0.3.0+deb13")
    for report in (
        DeviceReport("0.2.0"),
        DeviceReport("0.2.0", release=release),
        DeviceReport("0.2.0", outcome(OutcomeStep.FAILED), release),
    ):
        assert read_report(report_text(report)) == report
    told = json.loads(report_text(DeviceReport("0.2.0", None, release)))
    assert (told["version"], told["release"]["version"]) == ("0.2.0", "0.3.0+deb13")


@pytest.mark.parametrize(
    "change",
    [
        {"step": "x"},
        {"kind": 1},
        {"at_s": "nan"},
        {"at_s": 1e15},
        {"at_s": -1},
        {"at_s": None},
        {"why": "x" * LONGEST},
    ],
)
def test_an_outcome_of_somebody_who_only_pretends(change: dict[str, object]) -> None:
    told = json.loads(report_text(DeviceReport("0.2.0", outcome(OutcomeStep.FAILED))))
    assert read_report(json.dumps(told))
    assert read_report(json.dumps(told | change)) is None
    assert read_report(json.dumps(told | {"release": told | {"kind": "release"} | change})) is None
    for text in ("", "[]", "1", "{}", "[" * 2000, b"\xff"):
        assert read_report(text) is None


# ---- what was tried --------------------------------------------------------------------
def step_of(standing: Standing) -> str:
    assert standing.outcome
    return standing.outcome.step


def why(standing: Standing) -> str:
    assert standing.outcome
    return standing.outcome.why


def test_what_is_proven_is_used() -> None:
    trying = Standing().begun(PART, 1)
    assert (trying.in_use, step_of(trying)) == (PART, "trying")
    assert not trying.can_be_tried(NEXT)
    proven = trying.passed(2)
    assert (proven.in_use, proven.proven, step_of(proven)) == (PART, PART, "applied")
    assert not proven.can_be_tried(PART)
    assert proven.can_be_tried(NEXT)
    assert proven.can_be_tried(NOTHING)


def test_what_does_not_work_is_not_tried_again() -> None:
    failed = Standing(proven=PART).begun(NEXT, 1).failed("it is bad", 2)
    assert (failed.in_use, step_of(failed)) == (PART, "failed")
    assert not failed.can_be_tried(NEXT)
    assert why(failed) == "it is bad"
    assert failed.judged(NEXT, 3) is failed
    other = failed.judged(PART, 3)
    assert step_of(other) == "applied"
    assert step_of(other.judged(NEXT, 4)) == "failed"
    assert other.judged(FleetPart("c", "c", ""), 5) is other


def test_the_devices_own_file_alone_is_tried_again() -> None:
    """Nobody else can publish it again."""
    failed = Standing(proven=PART)
    for _ in range(TRIES + 1):
        assert failed.can_be_tried(NOTHING)
        failed = failed.begun(NOTHING, 1).failed("its volume is wrong", 2)
    assert (failed.in_use, step_of(failed), why(failed)) == (PART, "failed", "its volume is wrong")
    assert failed.begun(NOTHING, 3).passed(4).in_use == NOTHING


def test_the_devices_own_file_alone_does_not_end_the_device_for_ever() -> None:
    ends = Standing(proven=PART)
    for _ in range(TRIES):
        assert ends.can_be_tried(NOTHING)
        ends = ends.begun(NOTHING, 1).restarted(2)
    assert not ends.can_be_tried(NOTHING)
    assert ends.begun(NEXT, 3).passed(4).can_be_tried(NOTHING)


@pytest.mark.parametrize("said", ["x" * 5000, "\N{PARTY POPPER}" * 5000, "\ud800\n" * 5000])
def test_a_long_reason_can_be_read_elsewhere(said: str) -> None:
    failed = Standing().begun(PART, 1).failed(said, 2)
    assert failed.outcome
    release = replace(failed.outcome, kind=TargetKind.RELEASE)
    report = DeviceReport("0.2.0", failed.outcome, release)
    assert read_report(report_text(report).encode()) == report


def test_a_device_that_ends_each_time_gives_up() -> None:
    standing = Standing()
    assert standing.restarted(1) is standing
    for _ in range(TRIES - 1):
        standing = standing.begun(PART, 1).restarted(2)
        assert (standing.in_use, step_of(standing)) == (NOTHING, "waiting")
        assert standing.can_be_tried(PART)
    standing = standing.begun(PART, 1).restarted(2)
    assert (standing.in_use, step_of(standing)) == (NOTHING, "failed")
    assert why(standing) == f"after {TRIES} attempts: the trial was broken off"


def test_what_waits_says_why() -> None:
    assert why(Standing().waits(PART, "no link", 1)) == "no link"


def test_not_all_that_ever_failed_is_kept() -> None:
    standing = Standing()
    for number in range(40):
        standing = standing.begun(FleetPart("a", str(number), ""), 1).failed("bad", 2)
    assert list(standing.rejected) == [str(number) for number in range(40 - MOST_KEPT, 40)]


def test_it_is_read_as_it_was_written() -> None:
    for standing in (
        Standing(),
        Standing(TargetKind.RELEASE).begun(PART, 1).passed(2),
        Standing().begun(PART, 1),
        Standing(proven=PART).begun(NEXT, 1).failed("bad", 2),
    ):
        assert read_standing(standing_text(standing)) == standing
    for text in ("", "[]", "{}", '{"outcome": 1}', "[" * 10**5, '{"outcome": null, "proven": [1]}'):
        with pytest.raises(ValueError):
            read_standing(text)


# ---- whether it works ------------------------------------------------------------------
def test_ready_with_a_link_at_the_end() -> None:
    trial = Trial(0, 600)
    assert trial.next_look_s(0) == READY_S
    trial.became_ready()
    assert trial.next_look_s(0) == LOST_S
    trial.saw_link(True, 5)
    assert trial.next_look_s(5) == 595
    assert not trial.has_passed(599)
    assert trial.has_passed(600)
    assert trial.complaint(600) == ""


def test_not_ready() -> None:
    trial = Trial(0, 600)
    assert trial.complaint(READY_S - 1) == ""
    assert trial.complaint(READY_S) == "the device was not ready within 60 s"


def test_a_link_that_stays_away() -> None:
    trial = Trial(0, 600)
    trial.became_ready()
    trial.saw_link(True, 1)
    trial.saw_link(False, 400)
    trial.saw_link(False, 500)
    assert trial.complaint(699) == ""
    assert not trial.has_passed(650)
    assert trial.next_look_s(650) == 50
    assert trial.complaint(700) == "the link was away for 5 minutes"
    assert trial.next_look_s(700) == 0
    trial.saw_link(True, 690)
    assert trial.has_passed(690)


# ---- what may be set -------------------------------------------------------------------
def test_what_a_fleet_may_set() -> None:
    allowed = "assistant, audio.volume,"
    assert listed(allowed) == ["assistant", "audio.volume"]
    kept = Counter(may_set(allowed, *key) for key in (("assistant", "voice"), ("audio", "volume")))
    assert kept == {True: 2}
    for key in (
        ("audio", "speaker_wav"),
        ("service", "endpoint"),
        ("board", ""),
        ("tools", ""),
        ("fleet", "name"),
        ("service", "credential_command"),
    ):
        assert not may_set(f"{allowed}, fleet, tools, board, service.credential_command", *key)
    assert may_set("service", "service", "deployment")
    assert not may_set("service", "service", "credential_command")
    assert refused("a.toml", [("assistant", "voice")], allowed) == ""
    assert refused("a.toml", [("tools", "")], allowed).startswith("a.toml sets tools, which")
    assert refused("a.toml", [("log", "level")], allowed).startswith("a.toml sets log.level, which")
    known = [("assistant", "voice"), ("audio", "volume"), ("fleet", "name")]
    assert unknown_names(allowed, known) == ()
    assert unknown_names("audio.loud, fleet, assistant", known) == ("audio.loud", "fleet")
    assert unknown_names("service", [("service", "credential_command")]) == ()
    program = "service.credential_command"
    assert unknown_names(program, [("service", "credential_command")]) == (program,)


@pytest.mark.parametrize("address", ["https://x", "http://127.0.0.1:8000/a/b"])
def test_addresses_of_repositories(address: str) -> None:
    assert repository_complaint(address) == ""


@pytest.mark.parametrize(
    "address",
    [
        "x",
        "ftp://x",
        "https://",
        "https://x:0",
        "https://x:99999",
        "https://[",
        "https://x?y",
        "https://x#y",
        "https://a:b@x",
    ],
)
def test_addresses_that_are_not(address: str) -> None:
    assert repository_complaint(address)
