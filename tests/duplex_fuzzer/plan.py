"""What people and misfortune do in a history with GPT-Live."""

from __future__ import annotations

from random import Random

from tests.fuzzer.plan import Act, Deed, Plan, chosen, compose, loss


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
    return compose(random, settings, temper, _misfortune)


def _misfortune(random: Random) -> Act:
    deeds: list[Deed] = [
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
    return chosen(random, "world", deeds)
