"""The settings of button and light. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ..vocabulary.frozen import frozen
from .setting import setting

ButtonAction: TypeAlias = Literal["none", "mute", "interrupt", "forget"]
LIGHTS = {"none": (), "led": ("light_pin",), "rgb": ("red_pin", "green_pin", "blue_pin")}


@frozen
class PanelSettings:
    """Button and light. Pins are BCM numbers (GPIO17 is 17); -1: there is none."""

    backend: Literal["gpio", "simulated", "none"] = setting(
        "gpio",
        "gpio: the pins below. simulated: the light is shown in the terminal. none: no button, no light.",
    )
    button_pin: int = setting(-1, "Pin of the button.", low=-1, high=27)
    button_active: Literal["low", "high"] = setting(
        "low",
        "low: the button connects to ground (internal pull-up). high: to 3.3 V (pull-down). Volume buttons too.",
    )
    debounce_ms: int = setting(
        30, "How long a contact must be stable to count (debounce).", unit="ms", low=0, high=500
    )
    long_press_ms: int = setting(
        1500, "A press at least this long is a long press.", unit="ms", low=500, high=10000
    )
    long_press: ButtonAction = setting(
        "forget",
        "What a long press does (not in hold mode). forget: end the conversation and forget"
        " what was said, here and at the service.",
    )
    double_press_ms: int = setting(
        350, "Two presses within this time are a double press.", unit="ms", low=100, high=2000
    )
    double_press: ButtonAction = setting("mute", "What a double press does (in hold mode).")
    mute_pin: int = setting(-1, "Pin of a switch that mutes while it is on.", low=-1, high=27)
    mute_active: Literal["low", "high"] = setting("low", "The level of the switch that means muted.")
    volume_up_pin: int = setting(-1, "Pin of a volume-up button.", low=-1, high=27)
    volume_down_pin: int = setting(-1, "Pin of a volume-down button.", low=-1, high=27)
    light: Literal["none", "led", "rgb"] = setting(
        "none", "led: one LED on light_pin. rgb: red_pin, green_pin and blue_pin."
    )
    light_pin: int = setting(-1, "led: pin of the LED.", low=-1, high=27)
    red_pin: int = setting(-1, "rgb: pin of red.", low=-1, high=27)
    green_pin: int = setting(-1, "rgb: pin of green.", low=-1, high=27)
    blue_pin: int = setting(-1, "rgb: pin of blue.", low=-1, high=27)
    light_active: Literal["high", "low"] = setting(
        "high", "The level that turns an LED on (low: common anode)."
    )
    dimmable: bool = setting(True, "true: the LED can be dimmed (PWM). false: only on and off.")
    brightness: int = setting(100, "Maximum brightness of the light.", unit="%", low=1, high=100)

    @property
    def pins(self) -> dict[str, int]:
        """The pins in use by the name of their setting."""
        if self.backend != "gpio":
            return {}
        names = ("button_pin", "mute_pin", "volume_up_pin", "volume_down_pin", *LIGHTS[self.light])
        return {name: pin for name in names if (pin := getattr(self, name)) >= 0}
