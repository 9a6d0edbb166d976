"""Button, mute switch, volume buttons and light on the pins of a Raspberry Pi."""

from __future__ import annotations

import asyncio

from ..config.panel_settings import LIGHTS, PanelSettings
from ..vocabulary import events as e
from ..vocabulary.actions import ACTIONS
from ..vocabulary.state import Mode
from .button import Gesture, Timing
from .contact import Contact, Events, Post
from .light import Led, Light
from .pins import open_gpio, pin_fault

BUTTON_ACTIONS: dict[str, e.Event] = {**ACTIONS, "mute": e.MuteSwitched()}  # off and on, by the same button
SWITCH: Events = {Gesture.PRESSED: e.MuteSwitched(True), Gesture.RELEASED: e.MuteSwitched(False)}
VOLUME_HELD_S, VOLUME_EVERY_S = 0.5, 0.2  # a volume button that is held steps on


def events_of_button(config: PanelSettings, holds: bool) -> Events:
    """What the gestures of the button mean.

    Every press counts immediately. A long one is a press, and then its action, which ends what the press began.
    Where the button is held to talk, a long press is talking, so that the action is on a double press: in
    place of its second press, and the first was too short to say anything.
    """
    events: dict[Gesture, e.Event] = {
        Gesture.PRESSED: e.ButtonPressed(),
        Gesture.RELEASED: e.ButtonReleased(),
    }
    gesture, action = (Gesture.DOUBLE, config.double_press) if holds else (Gesture.HELD, config.long_press)
    if action != "none":
        events[gesture] = BUTTON_ACTIONS[action]
    return events


class GpioPanel:
    """What is on the pins that are configured. For the event loop's thread.

    Raises PanelFault where GPIO as a whole does not work. A part that does not is named in `faults`, and the
    rest works.
    """

    def __init__(
        self, config: PanelSettings, holds: bool, post: Post, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._config, self._post, self._loop = config, post, loop
        self._faults: list[str] = []
        self._contacts: dict[str, Contact] = {}
        self._light: Light | None = None
        if config.pins:
            open_gpio()
            self._open_contacts(events_of_button(config, holds))
            self._open_light()

    @property
    def faults(self) -> list[str]:
        """What does not work, a sentence each."""
        stuck = [
            f"[panel] {setting}: the button has been pressed since startup; release it, or change button_active"
            for setting, contact in self._contacts.items()
            if contact.stuck and setting != "mute_pin"
        ]
        deaf = [
            f"[panel] {setting}: the pin cannot be read ({contact.fault}); restart edge-agent"
            for setting, contact in self._contacts.items()
            if contact.fault
        ]
        dark = [self._light.fault] if self._light is not None and self._light.fault else []
        return self._faults + stuck + deaf + dark

    def show(self, mode: Mode) -> None:
        if self._light is not None:
            self._light.show(mode)

    def close(self) -> None:
        """Dark, and all pins free."""
        for contact in self._contacts.values():
            contact.close()
        if self._light is not None:
            self._light.close()
        self._contacts, self._light = {}, None

    def _open_contacts(self, button: Events) -> None:
        config = self._config
        debounce_s = config.debounce_ms / 1000
        timing = Timing(
            debounce_s,
            held_s=config.long_press_ms / 1000 if Gesture.HELD in button else None,
            double_s=config.double_press_ms / 1000 if Gesture.DOUBLE in button else None,
        )
        self._open_contact("button_pin", config.button_active, timing, button)
        timing = Timing(debounce_s, held_s=VOLUME_HELD_S, repeat_s=VOLUME_EVERY_S)
        for setting, steps in (("volume_up_pin", 1), ("volume_down_pin", -1)):
            step = e.VolumeStepped(steps)
            events: Events = {Gesture.PRESSED: step, Gesture.HELD: step}
            self._open_contact(setting, config.button_active, timing, events)
        self._open_contact("mute_pin", config.mute_active, Timing(debounce_s), SWITCH)
        if switch := self._contacts.get("mute_pin"):
            self._loop.call_soon(switch.report)

    def _open_contact(self, setting: str, active: str, timing: Timing, events: Events) -> None:
        if (pin := self._config.pins.get(setting)) is None:
            return
        try:
            self._contacts[setting] = Contact(
                pin,
                active_low=active == "low",
                timing=timing,
                events=events,
                post=self._post,
                loop=self._loop,
            )
        except Exception as error:  # each driver has its own
            self._faults.append(pin_fault(setting, pin, error))

    def _open_light(self) -> None:
        from gpiozero import LED, PWMLED

        config = self._config
        leds: list[Led] = []
        for setting in LIGHTS[config.light]:
            pin = config.pins[setting]
            try:
                led = (PWMLED if config.dimmable else LED)(pin, active_high=config.light_active == "high")
            except Exception as error:  # each driver has its own
                self._faults.append(pin_fault(setting, pin, error))
                for led in leds:
                    led.close()
                return
            leds.append(led)
        if leds:
            self._light = Light(
                leds, dimmable=config.dimmable, brightness=config.brightness / 100, loop=self._loop
            )
