"""Carries out a plan: the person, and misfortune."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.announcements import WhenBusy

from .plan import Act

if TYPE_CHECKING:
    from .history import History
    from .world import World

PATIENCE_MS = 6000  # for a trigger


class Actor:
    """Does the acts of one, in order."""

    def __init__(self, world: History, acts: list[Act]) -> None:
        self._world, self._acts = world, acts
        self._at = 0
        self._awaited = ""
        self._epoch = self._rest_ms = 0
        world.clock.after(100, self._next)

    @property
    def done(self) -> bool:
        return self._at >= len(self._acts)

    def seen(self, trigger: str) -> None:
        if self._awaited and trigger == self._awaited:
            self._awaited = ""
            self._epoch += 1
            self._world.clock.after(self._acts[self._at].wait_ms, self._do, self._epoch)

    def _next(self) -> None:
        if self.done:
            return
        act = self._acts[self._at]
        self._epoch += 1
        self._awaited = act.trigger
        self._world.clock.after(PATIENCE_MS if act.trigger else act.wait_ms, self._do, self._epoch)

    def _do(self, epoch: int) -> None:
        if epoch != self._epoch:
            return
        act = self._acts[self._at]
        self._awaited = ""
        self._at += 1
        self._world.note(f"{act.who}: {act.what} {act.arguments}")
        deed: Callable[..., None] = getattr(self, act.what.replace(" ", "_"))
        self._rest_ms = 0
        deed(*act.arguments)
        self._world.clock.after(self._rest_ms, self._next)


class Person(Actor):
    _texts = _announcements = _openings = 0

    def speak(self, voices: tuple[tuple[int, int], ...], lead_ms: int, tail_ms: int) -> None:
        """With the button or the wake word, where that is wanted; the next act may come in between."""
        world = self._world
        start_ms = max(world.clock.now_ms, world.voice_until_ms + 20)
        lead_ms = lead_ms if world.button else 0
        at_ms = start_ms + lead_ms
        if world.button:
            world.at(start_ms, world.post, e.ButtonPressed())
            if not world.hold:
                world.at(start_ms + 80, world.post, e.ButtonReleased())
        elif world.waits_for_word:
            world.at(start_ms, world.sound.call)
        for voice_ms, pause_ms in voices:
            at_ms = -(-at_ms // 20) * 20
            run = world.voices.add(at_ms, at_ms + voice_ms)
            world.at(run.start_ms, world.voice, True)
            world.at(run.end_ms, world.voice, False)
            world.voice_until_ms = run.end_ms
            at_ms = run.end_ms + pause_ms
        end_ms = world.voice_until_ms + tail_ms
        if world.button and world.hold:
            world.at(end_ms, world.post, e.ButtonReleased())
        elif world.button and tail_ms:
            world.at(end_ms, world.tap_to_end)
        world.voice_until_ms = end_ms + 100

    def tap(self, held_ms: int) -> None:
        self._world.post(e.ButtonPressed())
        self._world.held_until_ms = max(self._world.held_until_ms, self._world.clock.now_ms + held_ms)
        self._world.clock.after(held_ms, self._world.post, e.ButtonReleased())

    def double(self) -> None:
        self.tap(40)
        self._world.clock.after(120, self.tap, 40)

    def release(self) -> None:
        self._world.post(e.ButtonReleased())

    def hold(self, held_ms: int) -> None:
        self.tap(held_ms)

    def text(self) -> None:
        self._texts += 1
        self._world.enter(f"t{self._texts}.")

    def mute(self, for_ms: int) -> None:
        self._world.post(e.MuteSwitched(True))
        self._world.clock.after(for_ms, self._world.post, e.MuteSwitched(False))

    def interrupt(self) -> None:
        self._world.post(e.InterruptRequested())

    def forget(self) -> None:
        self._world.post(e.ForgetRequested())

    def announce(self, when_busy: WhenBusy, length_ms: int) -> None:
        """Somebody far away has something said."""
        self._announcements += 1
        self._world.post(e.AnnouncementMade(self._announcements, bytes(48 * length_ms), when_busy))

    def begin(self) -> None:
        """Somebody far away has the device listen."""
        self._openings += 1
        self._world.post(e.OpeningRequested(self._openings))

    def silence(self, for_ms: int) -> None:
        self._rest_ms = for_ms


class Misfortune(Actor):
    """What may happen to any device."""

    def lose_sound(self, part: e.SoundSide, *rest: Any) -> None:
        crash, boot_ms, away_ms = rest
        self._world.sound.lose(part, crash=crash, boot_ms=boot_ms, away_ms=away_ms)

    def drop(self, away_ms: int, noticed_ms: int) -> None:
        self._world.link.drop(away_ms, noticed_ms)

    def prepare(self, urgent: bool) -> None:
        self._world.link.prepare(urgent=urgent)

    def refuse(self, code: str, for_ms: int) -> None:
        self._world.link.refuse(code)
        self._world.clock.after(for_ms, self._world.link.refuse, "")

    def budget(self, for_ms: int) -> None:
        self._world.post(e.BudgetSpent(True))
        self._world.clock.after(for_ms, self._world.post, e.BudgetSpent(False))

    def half_duplex(self, for_ms: int) -> None:
        self._world.duplex(full=False)
        self._world.clock.after(for_ms, lambda: self._world.duplex(full=True))


class LinkMisfortune(Misfortune):
    def __init__(self, world: World, acts: list[Act]) -> None:
        super().__init__(world, acts)
        self._link, self._temper = world.link, world.temper

    def die_when_asked(self, many: int) -> None:
        self._temper.deaths_when_asked = many

    def spare_gone(self) -> None:
        if self._link.spare:
            self._link.spare.session.dead = True

    def slow(self, each_ms: int, for_ms: int) -> None:
        self._link.slow(each_ms)
        self._world.clock.after(for_ms, self._link.slow, 0)

    def complain(self) -> None:
        if session := self._link.session:
            self._link.told(session, e.ServiceErred("server_error", "oops", None, None, "server_error"))
