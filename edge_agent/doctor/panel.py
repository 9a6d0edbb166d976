"""The checks of button and light: somebody must press, and look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from ..config import Config
from ..panel import open_panel
from ..vocabulary.events import ButtonPressed, Event
from ..vocabulary.state import Mode
from .result import Check, failed, ok, sentence, skipped

PRESS_S = 10.0
SHOWN_S = 0.7  # each mode
LIGHT_PINS = ("light_pin", "red_pin", "green_pin", "blue_pin")
PANEL_CHECKS = ("button", "light")


async def panel_checks(
    config: Config, ask: Callable[[str], None] | None, *, press_s: float = PRESS_S, shown_s: float = SHOWN_S
) -> AsyncIterator[Check]:
    """`ask` tells the person who stands there what to do; None: nobody does."""
    missing = _not_configured(config)
    if len(missing) == len(PANEL_CHECKS):
        for name, why in missing.items():
            yield skipped(name, why)
        return
    pressed = asyncio.Event()

    def post(event: Event) -> None:
        if isinstance(event, ButtonPressed):
            pressed.set()

    panel = open_panel(config, post, asyncio.get_running_loop())
    try:
        faults = list(panel.faults)
        of_light = [fault for fault in faults if any(pin in fault for pin in LIGHT_PINS)]
        of_button = [fault for fault in faults if "button_pin" in fault]
        others = [fault for fault in faults if fault not in (*of_light, *of_button)]
        for fault in others:
            yield sentence("panel", fault)
        dead = "the panel does not work" if any("_pin" not in fault for fault in others) else ""
        for name, own in (("button", of_button), ("light", of_light)):
            if why := missing.get(name) or dead:
                yield skipped(name, why)
            elif own:
                yield sentence(name, own[0])
            elif name == "button":
                yield await _button(pressed, ask, press_s)
            else:
                for mode in Mode:
                    panel.show(mode)
                    await asyncio.sleep(shown_s)
                yield ok("light", f"showed {', '.join(Mode)}: did you see it?")
    finally:
        panel.close()


async def _button(pressed: asyncio.Event, ask: Callable[[str], None] | None, press_s: float) -> Check:
    if ask is None:
        return skipped("button", "cannot ask anybody to press it: not a terminal")
    ask(f"press the button now (within {press_s:g} s)")
    try:
        async with asyncio.timeout(press_s):
            await pressed.wait()
    except TimeoutError:
        return failed(
            "button",
            f"no press detected within {press_s:g} s",
            "check the wiring, [panel] button_pin and button_active",
        )
    return ok("button", "was pressed")


def _not_configured(config: Config) -> dict[str, str]:
    panel = config.panel
    if panel.backend != "gpio":
        return dict.fromkeys(PANEL_CHECKS, f'[panel] backend is "{panel.backend}"')
    missing = {}
    if panel.button_pin < 0:
        missing["button"] = "none is configured ([panel] button_pin)"
    if panel.light == "none":
        missing["light"] = "none is configured ([panel] light)"
    return missing
