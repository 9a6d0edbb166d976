"""What people and misfortune do in a history with GPT-Live."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.fuzzer.plan import TRIGGERS, Act, Plan, loss, person, wait


def draw(seed: int) -> Plan:
    random = Random(f"duplex plan {seed}")
    settings = {
        "mode": random.choice(("button", "hands-free")),
        "button": random.choice(("hold", "hold", "tap")),
        "listen_s": random.choice((6.0, 20.0, 60.0)),
        "silence_s": random.choice((2.0, 8.0)),
        "offline_s": random.choice((3.0, 10.0, 30.0)),
        "visit_idle_s": random.choice((0.0, 5.0, 20.0)),
        "idle_close_s": random.choice((8.0, 25.0)),
    }
    kind = random.random() < 0.5
    temper = {
        name: 0.0 if kind else random.choice((0.0, 0.0, 0.05, 0.3))
        for name in ("deaf", "stubborn", "pauses", "early", "works", "refuses")
    }
    temper["delay_ms"] = random.choice((5, 20, 150))
    acts = [person(random, settings) for _ in range(random.randint(1, 9))]
    acts += [_misfortune(random) for _ in range(random.choice((0, 0, 1, 2, 3, 5)))]
    return Plan(
        settings,
        temper,
        acts,
        muted=random.random() < 0.05,
        stops=random.random() < 0.1,
        away_at_rest=random.random() < 0.15,
    )


def _misfortune(random: Random) -> Act:
    deeds: list[tuple[int, Callable[[], tuple[str, tuple[Any, ...]]]]] = [
        (
            5,
            lambda: ("drop", (random.choice((50, 400, 2000, 8000, 40000)), random.choice((0, 0, 100, 3000)))),
        ),
        (3, lambda: ("prepare", (random.random() < 0.4,))),
        (2, lambda: ("slow", (random.choice((300, 800)), random.choice((1000, 8000))))),
        (2, lambda: ("lose sound", loss(random))),
        (1, lambda: ("budget", (random.choice((500, 8000, 40000)),))),
        (1, lambda: ("half duplex", (random.choice((2000, 20000)),))),
        (1, lambda: ("refuse", (random.choice(("busy", "unauthorized")), random.choice((3000, 20000))))),
        (2, lambda: ("end", (random.choice(("content", "expired", "connection_lost")),))),
    ]
    _, deed = random.choices(deeds, [weight for weight, _ in deeds])[0]
    what, arguments = deed()
    return Act("world", what, arguments, wait(random), random.choice(TRIGGERS))
