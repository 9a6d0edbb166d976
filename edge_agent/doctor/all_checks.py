"""All checks in their order, and which are skipped because of others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from ..config import Config, Problem
from ..config.addresses import NO_SERVICE, endpoint_complaint
from ..files.folders import control_sockets, state_folder
from ..host.clock import synchronized, trusted
from ..host.systemd.sealed import credential_trouble
from ..host.systemd.service_view import ServiceView
from ..models.store import ModelStore
from ..vocabulary.frozen import frozen
from . import network, realtime_service, system
from .is_running import running
from .model import ModelReport, ask, model, settings
from .panel import PANEL_CHECKS, panel_checks
from .result import Check, ok, sentence, skipped, warning
from .second_canceller import second_canceller
from .service import service
from .sound import SOUND_CHECKS, sound_checks

LOOKS_ITSELF = ServiceView(None, "nothing is known of a service")
STOP_FIRST = "systemctl stop edge-agent first, or use --force to interrupt it"


@frozen
class Scope:
    """What is checked. `force`: even what a running device uses. `ask`: of a person; None: nobody is there."""

    sound: bool = True
    panel: bool = True
    network: bool = True
    force: bool = False
    ask: Callable[[str], None] | None = None


async def examine(
    config: Config,
    problems: Sequence[Problem],
    scope: Scope,
    view: ServiceView = LOOKS_ITSELF,
    *,
    sockets: Sequence[Path] = (),
) -> AsyncIterator[Check]:
    """With problems, `config` has defaults in their places, and what can be checked is checked. `view`: whose world
    this is.

    `sockets`: where a running device may listen; empty: in the usual places.
    """
    for check in _configuration(config, problems, scope):
        yield check
    for check in service(view, config):
        yield check
    state = view.seen.state if view.seen else None
    yield system.disk([state or state_folder(), Path("/")])
    if config.audio.echo == "dtln":
        yield second_canceller(ModelStore(state or state_folder()))
    yield system.processor(system.throttled(), system.celsius())
    if trouble := credential_trouble():
        yield sentence("start", trouble)
    in_use = ""
    if (scope.sound or scope.panel) and (what := running(sockets or control_sockets())):
        in_use = "" if scope.force else "edge-agent is running"
        yield warning(
            "running", what, STOP_FIRST if in_use else "its sound, button and light are being interrupted"
        )
    sound = ""  # why the microphone is left alone
    async for check in _sound(config, scope, in_use):
        yield check
        if check.name == "microphone" and check.status in ("failed", "skipped"):
            sound = check.seen if check.status == "skipped" else "the microphone does not work"
    if scope.sound and config.wake_words:
        from .wake_word import wake_checks

        async for check in wake_checks(config.wake_words, config.audio, scope.ask, sound):
            yield check
    async for check in _panel(config, scope, in_use):
        yield check
    async for check in _network(config, problems, scope):
        yield check
    if config.mqtt.host:
        from .broker import broker

        yield skipped("broker", "--no-network") if not scope.network else await broker(config.mqtt)


def _configuration(config: Config, problems: Sequence[Problem], scope: Scope) -> list[Check]:
    if problems:
        return [sentence("configuration", str(problem)) for problem in problems]
    place = str(config.path or "no file; only defaults and the environment")
    if config.has_service:
        return [ok("configuration", place)]
    if scope.network:
        return [sentence("configuration", NO_SERVICE)]
    return [warning("configuration", place, NO_SERVICE)]


async def _sound(config: Config, scope: Scope, in_use: str) -> AsyncIterator[Check]:
    why = in_use if scope.sound else "--no-sound"
    if not why and config.audio.backend != "portaudio":
        why = "the sound card is simulated"
    if why:
        for name in SOUND_CHECKS:
            yield skipped(name, why)
        return
    async for check in sound_checks(config.audio):
        yield check


async def _panel(config: Config, scope: Scope, in_use: str) -> AsyncIterator[Check]:
    if why := in_use if scope.panel else "--no-panel":
        for name in PANEL_CHECKS:
            yield skipped(name, why)
        return
    async for check in panel_checks(config, scope.ask):
        yield check


async def _network(config: Config, problems: Sequence[Problem], scope: Scope) -> AsyncIterator[Check]:
    """Each step makes sense only if the earlier ones succeeded."""
    unset = "" if config.has_service else "no service is configured"
    wrong = "the configuration is wrong" if problems else ""
    endpoint, provider = config.service.endpoint, config.service.provider
    unusable = wrong if endpoint and endpoint_complaint(endpoint, provider) else ""
    steps = Steps(("" if scope.network else "--no-network") or unset or unusable)
    way = network.Way(config)
    yield await steps.take("proxy", way.proxy)
    yield await steps.take("names", way.names)
    yield await steps.take("connection", way.connection)
    yield system.clock(system.now(), synchronized(), way.service_date)
    steps.why = steps.why or wrong
    offline = config.service.credential == "api-key"  # then it is here, or nowhere
    proof = await (Steps(unset or wrong) if offline else steps).take(
        "credential", lambda: realtime_service.credential(config.service)
    )
    yield proof
    steps.after(proof)
    day = way.service_date.date() if way.service_date else trusted(system.now().date(), synchronized())
    async for check in _session(config, steps, unset or wrong, day):
        yield check


async def _session(config: Config, steps: Steps, unknown: str, today: date | None) -> AsyncIterator[Check]:
    """The session, and its model, of which something is known without a session too. `unknown`: why nothing is."""
    told, there = ModelReport(), not steps.why

    async def session() -> Check:
        nonlocal told
        check, told = await realtime_service.session(config)
        return check

    check = await steps.take("session", session)
    yield check
    if unknown:
        yield skipped("model", unknown)
        yield skipped("settings", unknown)
        return
    if there:
        exists, ends = await ask(config)
        accepted = True if check.status == "ok" else exists  # whatever a gateway in between says
        told = replace(told, exists=accepted, ends=ends)
    yield model(config, told, today)
    yield settings(config, told)


class Steps:
    """`why`: why the next step is skipped; empty: it is not."""

    def __init__(self, why: str) -> None:
        self.why = why

    async def take(self, name: str, check: Callable[[], Awaitable[Check]]) -> Check:
        found = skipped(name, self.why) if self.why else await check()
        self.after(found)
        return found

    def after(self, check: Check) -> None:
        if check.status == "failed":
            self.why = self.why or f"{check.name} failed"
