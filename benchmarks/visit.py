"""One visit that does not end, in audio time: turn after turn. The session is renewed again and again: the simulated
service keeps all that it heard in one."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, replace

from edge_agent.config import Config
from tests.world import LINES, World

from .measure import rss_kib

PAUSE_MS = 1000
SESSION_S = 120.0
STRETCHES = 48  # that a visit is measured in


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of it: until when, what it took, and what the process holds at its end."""

    ends_s: float
    cpu_s_per_min: float
    rss_mib: float


def visit(seconds: float) -> list[Stretch]:
    """The service and the person are in the same process, and so in the figures."""
    base = Config()
    world = World(replace(base, limits=replace(base.limits, visit_idle_s=3600.0)), mode="button")
    found, begun_s, before_s, turns = [], world.now, time.process_time(), 0
    renewed_s = world.now
    while world.now < seconds:
        world.press()
        world.say(LINES[turns % len(LINES)])
        world.release()
        world.until(lambda: world.turn == "idle")
        world.wait(PAUSE_MS)
        turns += 1
        for past in (world.sent, world.events, world.refusals, world.records, world.heard, world.sessions):
            past.clear()
        if world.now - renewed_s >= SESSION_S:
            renewed_s = world.now
            world.prepare(urgent=True)
        if world.now - begun_s >= seconds / STRETCHES:
            gc.collect()
            spent_s = time.process_time() - before_s
            found.append(Stretch(world.now, spent_s * 60 / (world.now - begun_s), rss_kib() / 1024))
            begun_s, before_s = world.now, time.process_time()
    return found
