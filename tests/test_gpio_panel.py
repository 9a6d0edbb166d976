"""The panel on gpiozero's own mock pins."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockPWMPin

from edge_agent.config.panel_settings import PanelSettings
from edge_agent.panel.gpio import GpioPanel
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Mode

from .pins import BLUE, BUTTON, DOWN, GREEN, LED_ALONE, MUTE, PRESS, RED, RELEASE, RGB, UP, Bench

pytestmark = pytest.mark.usefixtures("mock_pins")


def test_a_press_is_posted_before_any_time_has_passed() -> None:
    bench = Bench(PanelSettings(button_pin=BUTTON)).low(BUTTON)
    assert bench.posted == [PRESS]
    bench.clock.run(500)
    assert bench.posted == [PRESS]
    bench.high(BUTTON, 29)
    assert bench.posted == [PRESS]
    bench.clock.run(2)
    assert bench.posted == [PRESS, RELEASE]


def test_bounces_are_one_press() -> None:
    bench = Bench(PanelSettings(button_pin=BUTTON)).bounce(BUTTON, low=True)
    bench.clock.run(300)
    bench.bounce(BUTTON, low=False).clock.run(300)
    assert bench.posted == [PRESS, RELEASE]


def test_a_button_to_3v3() -> None:
    bench = Bench(PanelSettings(button_pin=BUTTON, button_active="high")).high(BUTTON, 300).low(BUTTON, 300)
    assert bench.posted == [PRESS, RELEASE]


def test_200_of_200_presses_arrive_though_the_loop_was_blocked() -> None:
    bench = Bench(PanelSettings(button_pin=BUTTON, double_press="none"))
    pin = Device.pin_factory.pin(BUTTON)
    for _ in range(200):
        for drive in (pin.drive_low, pin.drive_high) * 3:  # nothing runs in between
            drive()
            bench.clock.now += 0.001
        bench.clock.now += 0.1
    bench.clock.run(100)
    assert bench.posted == [PRESS, RELEASE] * 200


async def test_200_of_200_presses_arrive_from_another_thread() -> None:
    posted: list[e.Event] = []
    released = threading.Semaphore(0)
    loop_thread, threads = threading.get_ident(), set()

    def post(event: e.Event) -> None:
        posted.append(event)
        threads.add(threading.get_ident())
        if event == RELEASE:
            released.release()

    def press_200_times() -> None:
        pin = Device.pin_factory.pin(BUTTON)
        for _ in range(200):
            pin.drive_low()
            pin.drive_high()
            assert released.acquire(timeout=10)

    config = PanelSettings(button_pin=BUTTON, debounce_ms=1, double_press="none")
    panel = GpioPanel(config, True, post, asyncio.get_running_loop())
    await asyncio.to_thread(press_200_times)
    panel.close()
    assert posted == [PRESS, RELEASE] * 200
    assert threads == {loop_thread}


def test_a_long_press_is_a_press_and_then_its_action() -> None:
    bench = Bench(PanelSettings(button_pin=BUTTON), holds=False).low(BUTTON, 1499)
    assert bench.posted == [PRESS]
    bench.clock.run(2)
    assert bench.posted == [PRESS, e.ForgetRequested()]
    assert bench.high(BUTTON, 100).posted == [PRESS, e.ForgetRequested(), RELEASE]


def test_a_double_press_where_the_button_is_held_to_talk() -> None:
    bench = Bench(PanelSettings(button_pin=BUTTON, double_press="interrupt"))
    for _ in range(2):
        bench.low(BUTTON, 80).high(BUTTON, 80)
    assert bench.posted == [PRESS, RELEASE, e.InterruptRequested(), RELEASE]
    bench.low(BUTTON, 5000)
    assert bench.posted[4:] == [PRESS]


@pytest.mark.parametrize("holds", [True, False])
def test_no_actions(holds: bool) -> None:
    bench = Bench(PanelSettings(button_pin=BUTTON, long_press="none", double_press="none"), holds=holds)
    bench.low(BUTTON, 80).high(BUTTON, 80).low(BUTTON, 5000)
    assert bench.posted == [PRESS, RELEASE, PRESS]


@pytest.mark.parametrize("on_is", ["low", "high"])
def test_the_mute_switch_tells_where_it_stands_and_each_change(on_is: Any) -> None:
    bench = Bench(PanelSettings(mute_pin=MUTE, mute_active=on_is))
    on, off = (bench.low, bench.high) if on_is == "low" else (bench.high, bench.low)
    assert bench.posted == []  # not before the loop runs
    bench.clock.run()
    on(MUTE, 100)
    off(MUTE, 100)
    assert bench.posted == [e.MuteSwitched(False), e.MuteSwitched(True), e.MuteSwitched(False)]


class Wired(MockPWMPin):  # type: ignore[misc]
    """A pin with something on it that holds it low from the start."""

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self.drive_low()


def test_a_mute_switch_that_is_on_from_the_start() -> None:
    Device.pin_factory.pin(MUTE, pin_class=Wired)
    bench = Bench(PanelSettings(mute_pin=MUTE))
    bench.clock.run(100)
    assert bench.posted == [e.MuteSwitched(True)]
    assert bench.panel.faults == []
    assert bench.high(MUTE, 100).posted == [e.MuteSwitched(True), e.MuteSwitched(False)]


def test_a_button_that_is_closed_from_the_start_is_no_press_but_a_fault() -> None:
    Device.pin_factory.pin(BUTTON, pin_class=Wired)
    bench = Bench(PanelSettings(button_pin=BUTTON))
    bench.clock.run(5000)
    assert bench.posted == []
    (fault,) = bench.panel.faults
    assert "release it, or change button_active" in fault
    bench.high(BUTTON, 100).low(BUTTON, 100)
    assert bench.posted == [RELEASE, PRESS]
    assert bench.panel.faults == []


def test_volume_steps_on_while_its_button_is_held() -> None:
    bench = Bench(PanelSettings(volume_up_pin=UP, volume_down_pin=DOWN)).low(UP, 1000).high(UP, 1000)
    bench.low(DOWN, 100).high(DOWN, 1000)
    assert bench.posted == [e.VolumeStepped(1)] * 4 + [e.VolumeStepped(-1)]


def test_a_single_led() -> None:
    bench = Bench(LED_ALONE)
    assert bench.lights(RED) == (0,)
    bench.panel.show(Mode.LISTENING)
    assert bench.lights(RED) == (1,)
    bench.panel.show(Mode.IDLE)
    assert bench.lights(RED) == (0,)
    bench.clock.run(3_600_000)
    assert bench.clock.timers == 0


def test_three_leds_and_their_brightness() -> None:
    bench = Bench(replace(RGB, brightness=50))
    bench.panel.show(Mode.SPEAKING)
    assert bench.lights(RED, GREEN, BLUE) == (0, 0.4, 0.5)
    bench.panel.show(Mode.MUTED)
    assert bench.lights(RED, GREEN, BLUE) == (0.125, 0, 0)


def test_common_anode() -> None:
    bench = Bench(PanelSettings(light="led", light_pin=RED, light_active="low", dimmable=False))
    assert bench.lights(RED) == (1,)
    bench.panel.show(Mode.LISTENING)
    assert bench.lights(RED) == (0,)


def test_flashes_without_dimming() -> None:
    bench = Bench(PanelSettings(light="led", light_pin=RED, dimmable=False))
    bench.panel.show(Mode.OFFLINE)
    pin = Device.pin_factory.pin(RED)
    pin.clear_states()
    bench.clock.run(5990)
    assert [state.state for state in pin.states] == [True, False, True, False, True, False, True, False]
    assert bench.clock.timers == 7


def test_a_breathing_light_wakes_20_times_a_second_and_is_not_begun_anew() -> None:
    bench = Bench(LED_ALONE)
    bench.panel.show(Mode.THINKING)
    bench.clock.run(25)
    seen = []
    for _ in range(40):
        seen.append(bench.lights(RED)[0])
        bench.clock.run(50)
        bench.panel.show(Mode.THINKING)
    assert max(seen) == 1
    assert min(seen) == pytest.approx(0.01)
    assert seen[:20] == seen[20:]
    assert bench.clock.timers == 40


def test_closing_is_dark_silent_and_leaves_the_pins_free() -> None:
    bench = Bench(replace(RGB, button_pin=BUTTON, mute_pin=MUTE))
    bench.panel.show(Mode.FAULT)
    Device.pin_factory.pin(BUTTON).drive_low()
    bench.panel.close()
    assert bench.lights(RED, GREEN, BLUE) == (0, 0, 0)
    bench.clock.run(5000)
    bench.panel.close()
    bench.panel.show(Mode.LISTENING)
    assert bench.posted == []
    assert bench.clock.timers == 0
    again = Bench(replace(RGB, button_pin=BUTTON, mute_pin=MUTE))
    assert again.panel.faults == []
