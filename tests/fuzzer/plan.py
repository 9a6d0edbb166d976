"""What people and misfortune do in a history: a list of acts, drawn once, so that fewer of them can be tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from edge_agent.conversation.settings import TurnSettings
from tests.settings import turn_settings

from .service import Temper

TRIGGERS = ("", "", "listening", "thinking", "speaking", "asked", "recorded", "idle", "lost", "dropped")
Who = Literal["person", "world"]
Deed = tuple[int, Callable[[], tuple[str, tuple[Any, ...]]]]  # a weight, and what draws name and arguments


@dataclass(frozen=True)
class Act:
    """`who` does `what`, `wait_ms` after the act before, or after `trigger` was seen since."""

    who: Who
    what: str
    arguments: tuple[Any, ...] = ()
    wait_ms: int = 0
    trigger: str = ""


@dataclass
class Plan:
    settings: dict[str, Any]
    temper: dict[str, Any]
    acts: list[Act] = field(default_factory=list)
    muted: bool = False
    stops: bool = False  # at the end, instead of asking whether all is well
    away_at_rest: bool = False  # the network does not come back before everything has come to rest

    def turn_settings(self) -> TurnSettings:
        return turn_settings(**self.settings)

    def acts_of(self, who: Who) -> list[Act]:
        return [act for act in self.acts if act.who == who]

    def new_temper(self) -> Temper:
        return Temper(**self.temper)


def announcing(seed: int) -> Plan:
    """The same history, with announcements in it, and conversations that the device is told to begin."""
    plan, random = draw(seed), Random(f"announcements {seed}")
    for _ in range(random.randint(1, 3)):
        when_busy = random.choice(("wait", "drop", "interrupt"))
        announces = random.random() < 0.5
        arguments = (when_busy, random.choice((300, 2000))) if announces else ()
        act = Act(
            "person", "announce" if announces else "begin", arguments, _wait(random), random.choice(TRIGGERS)
        )
        plan.acts.insert(random.randint(0, len(plan.acts)), act)
    return plan


def draw(seed: int) -> Plan:
    random = Random(f"plan {seed}")
    settings = _settings(random)
    if seed % 8 == 1:
        settings |= {"mode": "wake-word", "end": "local"}
    ear = "none"
    if settings["mode"] == "hands-free" and settings["end"] != "local":
        ear = settings["end"]
    temper = {
        "ear": ear,
        "badness": random.choice((0.0, 0.0, 0.15, 0.5)),
        "calls": random.choice((0.0, 0.0, 0.3)),
        "tagged": random.random() < 0.8,
        "transcribes": random.choice((1.0, 1.0, 0.5, 0.0)),
    }
    return compose(random, settings, temper, _misfortune)


def compose(
    random: Random, settings: dict[str, Any], temper: dict[str, Any], misfortune: Callable[[Random], Act]
) -> Plan:
    """`misfortune` draws an act of the world."""
    acts = [_person(random, settings) for _ in range(random.randint(1, 9))]
    acts += [misfortune(random) for _ in range(random.choice((0, 0, 1, 2, 3, 5)))]
    return Plan(
        settings,
        temper,
        acts,
        muted=random.random() < 0.05,
        stops=random.random() < 0.1,
        away_at_rest=random.random() < 0.15,
    )


def _settings(random: Random) -> dict[str, Any]:
    return {
        "mode": random.choice(("button", "hands-free")),
        "button": random.choice(("hold", "hold", "tap")),
        "end": random.choice(("local", "local", "server", "semantic")),
        "listen_s": random.choice((6.0, 20.0, 60.0)),
        "silence_s": random.choice((2.0, 8.0)),
        "answer_s": random.choice((4.0, 10.0, 20.0)),
        "stall_s": random.choice((2.0, 8.0)),
        "offline_s": random.choice((3.0, 10.0, 30.0)),
        "visit_idle_s": random.choice((0.0, 5.0, 20.0)),
        "idle_close_s": random.choice((0.0, 3.0, 20.0)),
    }


def chosen(random: Random, who: Who, deeds: list[Deed]) -> Act:
    _, deed = random.choices(deeds, [weight for weight, _ in deeds])[0]
    what, arguments = deed()
    return Act(who, what, arguments, _wait(random), random.choice(TRIGGERS))


def _wait(random: Random) -> int:
    return random.choice((0, 1, random.randint(0, 100), random.randint(0, 800), random.randint(0, 4000)))


def _voices(random: Random) -> tuple[tuple[int, int], ...]:
    """Voice and the pause after it, in ms."""
    many = random.choice((1, 1, 2, 3))
    pause = (200, 400, 560, 640, 900, 1500)
    return tuple((random.choice((700, 1000, 1600, 3000)), random.choice(pause)) for _ in range(many))


def _person(random: Random, settings: dict[str, Any]) -> Act:
    deeds: list[Deed] = [
        (10, lambda: ("speak", (_voices(random), random.choice((0, 100, 400)), random.choice((0, 50, 300))))),
        (1, lambda: ("tap", (random.choice((30, 120, 400)),))),
        (1, lambda: ("double", ())),
        (1, lambda: ("release", ())),
        (1, lambda: ("hold", (random.choice((1000, 8000)),))),
        (2, lambda: ("text", ())),
        (2, lambda: ("mute", (random.choice((20, 300, 2000)),))),
        (1, lambda: ("interrupt", ())),
        (1, lambda: ("forget", ())),
        (1, lambda: ("silence", (random.choice((3000, 12000, 30000)),))),
    ]
    return chosen(random, "person", deeds)


def _misfortune(random: Random) -> Act:
    deeds: list[Deed] = [
        (
            5,
            lambda: ("drop", (random.choice((50, 400, 2000, 8000, 40000)), random.choice((0, 0, 100, 3000)))),
        ),
        (2, lambda: ("die when asked", (random.choice((1, 2, 4, 40)),))),
        (3, lambda: ("prepare", (random.random() < 0.4,))),
        (1, lambda: ("spare gone", ())),
        (2, lambda: ("slow", (random.choice((40, 150, 600)), random.choice((1000, 8000))))),
        (3, lambda: ("lose sound", loss(random))),
        (1, lambda: ("budget", (random.choice((500, 8000)),))),
        (1, lambda: ("half duplex", (random.choice((2000, 20000)),))),
        (1, lambda: ("refuse", (random.choice(("busy", "unauthorized")), random.choice((3000, 20000))))),
        (1, lambda: ("complain", ())),
    ]
    return chosen(random, "world", deeds)


def loss(random: Random) -> tuple[Any, ...]:
    """The part, whether by a crash, how long until it is started and until it sounds again."""
    part = random.choice(("microphone", "speaker", "sound"))
    return part, random.random() < 0.5, random.choice((0, 250)), random.choice((10, 300, 3000, 12000))
