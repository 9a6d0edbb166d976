"""The panel on gpiozero's own mock pins."""

from __future__ import annotations

import asyncio
import heapq
import os
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest
from gpiozero import LED, Device
from gpiozero.pins.mock import MockFactory, MockPWMPin

from edge_agent import events as e
from edge_agent.config import Config
from edge_agent.config.model import Panel, Turns
from edge_agent.panel import NoPanel, PanelFault, open_panel
from edge_agent.panel.gpio import GpioPanel
from edge_agent.panel.pins import open_gpio
from edge_agent.state import Mode

BUTTON, MUTE, UP, DOWN, RED, GREEN, BLUE = 17, 27, 22, 23, 5, 6, 13
PRESS, RELEASE, TOGGLE = e.ButtonPressed(), e.ButtonReleased(), e.MuteSwitched()


@pytest.fixture(autouse=True)
def _mock_pins() -> Iterator[None]:
    Device.pin_factory = MockFactory(pin_class=MockPWMPin)
    yield
    Device.pin_factory.reset()
    Device.pin_factory = None


class Clock:
    """The part of an event loop that the panel uses, with a time that passes when it is told to."""

    def __init__(self) -> None:
        self.now, self.timers = 1000.0, 0  # how many came due
        self._ready: deque[Callable[[], object]] = deque()
        self._later: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._number = count()

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Callable[..., object], *args: Any) -> None:
        self._ready.append(lambda: callback(*args))

    call_soon_threadsafe = call_soon

    def call_at(self, when: float, callback: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, cast("asyncio.AbstractEventLoop", self))
        heapq.heappush(self._later, (when, next(self._number), handle))
        return handle

    def get_debug(self) -> bool:
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None: ...

    def run(self, ms: float = 0) -> None:
        """All that happens in this time."""
        until = self.now + ms / 1000
        while True:
            while self._ready:
                self._ready.popleft()()
            if not self._later or self._later[0][0] > until:
                break
            when, _, handle = heapq.heappop(self._later)
            if not handle.cancelled():
                self.timers += 1
                self.now = max(self.now, when)
                handle._run()
        self.now = until


class Bench:
    """A panel, its pins, and what it has posted."""

    def __init__(self, panel: Panel, *, holds: bool = True) -> None:
        self.clock = Clock()
        self.posted: list[e.Event] = []
        self.panel = GpioPanel(
            panel, holds, self.posted.append, cast("asyncio.AbstractEventLoop", self.clock)
        )

    def low(self, pin: int, ms: float = 0) -> Bench:
        Device.pin_factory.pin(pin).drive_low()
        self.clock.run(ms)
        return self

    def high(self, pin: int, ms: float = 0) -> Bench:
        Device.pin_factory.pin(pin).drive_high()
        self.clock.run(ms)
        return self

    def bounce(self, pin: int, *, low: bool) -> Bench:
        """It bounces for 6 ms and ends low, or high."""
        for _ in range(3):
            (self.low if low else self.high)(pin, 1)
            (self.high if low else self.low)(pin, 1)
        return (self.low if low else self.high)(pin)

    def lights(self, *pins: int) -> tuple[float, ...]:
        return tuple(round(Device.pin_factory.pin(pin).state, 3) for pin in pins)


def test_a_press_is_posted_before_any_time_has_passed() -> None:
    bench = Bench(Panel(button_pin=BUTTON)).low(BUTTON)
    assert bench.posted == [PRESS]
    bench.clock.run(500)
    assert bench.posted == [PRESS]
    bench.high(BUTTON, 29)
    assert bench.posted == [PRESS]
    bench.clock.run(2)
    assert bench.posted == [PRESS, RELEASE]


def test_bounces_are_one_press() -> None:
    bench = Bench(Panel(button_pin=BUTTON)).bounce(BUTTON, low=True)
    bench.clock.run(300)
    bench.bounce(BUTTON, low=False).clock.run(300)
    assert bench.posted == [PRESS, RELEASE]


def test_a_button_to_3v3() -> None:
    bench = Bench(Panel(button_pin=BUTTON, button_active="high")).high(BUTTON, 300).low(BUTTON, 300)
    assert bench.posted == [PRESS, RELEASE]


def test_200_of_200_presses_arrive_though_the_loop_was_blocked() -> None:
    bench = Bench(Panel(button_pin=BUTTON, double_press="none"))
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

    config = Panel(button_pin=BUTTON, debounce_ms=1, double_press="none")
    panel = GpioPanel(config, True, post, asyncio.get_running_loop())
    await asyncio.to_thread(press_200_times)
    panel.close()
    assert posted == [PRESS, RELEASE] * 200
    assert threads == {loop_thread}


def test_a_long_press_is_a_press_and_then_its_action() -> None:
    bench = Bench(Panel(button_pin=BUTTON), holds=False).low(BUTTON, 1499)
    assert bench.posted == [PRESS]
    bench.clock.run(2)
    assert bench.posted == [PRESS, TOGGLE]
    assert bench.high(BUTTON, 100).posted == [PRESS, TOGGLE, RELEASE]


def test_a_double_press_where_the_button_is_held_to_talk() -> None:
    bench = Bench(Panel(button_pin=BUTTON, double_press="interrupt"))
    for _ in range(2):
        bench.low(BUTTON, 80).high(BUTTON, 80)
    assert bench.posted == [PRESS, RELEASE, e.InterruptRequested(), RELEASE]
    bench.low(BUTTON, 5000)
    assert bench.posted[4:] == [PRESS]


@pytest.mark.parametrize("holds", [True, False])
def test_no_actions(holds: bool) -> None:
    bench = Bench(Panel(button_pin=BUTTON, long_press="none", double_press="none"), holds=holds)
    bench.low(BUTTON, 80).high(BUTTON, 80).low(BUTTON, 5000)
    assert bench.posted == [PRESS, RELEASE, PRESS]


@pytest.mark.parametrize("on_is", ["low", "high"])
def test_the_mute_switch_tells_where_it_stands_and_each_change(on_is: Any) -> None:
    bench = Bench(Panel(mute_pin=MUTE, mute_active=on_is))
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
    bench = Bench(Panel(mute_pin=MUTE))
    bench.clock.run(100)
    assert bench.posted == [e.MuteSwitched(True)]
    assert bench.panel.faults == []
    assert bench.high(MUTE, 100).posted == [e.MuteSwitched(True), e.MuteSwitched(False)]


def test_a_button_that_is_closed_from_the_start_is_no_press_but_a_fault() -> None:
    Device.pin_factory.pin(BUTTON, pin_class=Wired)
    bench = Bench(Panel(button_pin=BUTTON))
    bench.clock.run(5000)
    assert bench.posted == []
    (fault,) = bench.panel.faults
    assert "let it go, or change button_active" in fault
    bench.high(BUTTON, 100).low(BUTTON, 100)
    assert bench.posted == [RELEASE, PRESS]
    assert bench.panel.faults == []


def test_volume_steps_on_while_its_button_is_held() -> None:
    bench = Bench(Panel(volume_up_pin=UP, volume_down_pin=DOWN)).low(UP, 1000).high(UP, 1000)
    bench.low(DOWN, 100).high(DOWN, 1000)
    assert bench.posted == [e.VolumeStepped(1)] * 4 + [e.VolumeStepped(-1)]


LED_ALONE = Panel(light="led", light_pin=RED)
RGB = Panel(light="rgb", red_pin=RED, green_pin=GREEN, blue_pin=BLUE)


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
    bench = Bench(Panel(light="led", light_pin=RED, light_active="low", dimmable=False))
    assert bench.lights(RED) == (1,)
    bench.panel.show(Mode.LISTENING)
    assert bench.lights(RED) == (0,)


def test_flashes_without_dimming() -> None:
    bench = Bench(Panel(light="led", light_pin=RED, dimmable=False))
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


# ---- what may be wrong --------------------------------------------------
def opened(panel: Panel, turns: Turns | None = None) -> Any:
    config = Config(panel=panel, turns=turns or Turns())
    return open_panel(config, lambda _: None, cast("asyncio.AbstractEventLoop", Clock()))


def refusing(text: str) -> MockFactory:
    """Pins that the driver refuses, in the words of lgpio."""

    class Refused(MockPWMPin):  # type: ignore[misc]
        def __init__(self, factory: Any, info: Any) -> None:
            super().__init__(factory, info)
            raise RuntimeError(text)

    return MockFactory(pin_class=Refused)


def first_board() -> MockFactory:
    """With fewer pins, and a driver that cannot dim."""
    return MockFactory(revision="0002")


def test_a_pin_in_use_costs_only_its_own_part() -> None:
    other = LED(BUTTON)
    bench = Bench(Panel(button_pin=BUTTON, volume_up_pin=UP, light="led", light_pin=RED))
    (fault,) = bench.panel.faults
    assert fault.startswith("[panel] button_pin = 17: GPIO17 is in use already; ")
    bench.panel.show(Mode.LISTENING)
    assert bench.lights(RED) == (1,)
    assert bench.low(UP).posted == [e.VolumeStepped(1)]
    other.close()


def test_a_light_of_which_one_pin_fails_is_let_go_of() -> None:
    other = LED(GREEN)
    bench = Bench(RGB)
    assert [fault.split(";")[0] for fault in bench.panel.faults] == [
        "[panel] green_pin = 6: GPIO6 is in use already"
    ]
    bench.panel.show(Mode.LISTENING)
    LED(RED).close()
    other.close()


@pytest.mark.parametrize(
    ("factory", "panel", "said"),
    [
        (first_board, Panel(button_pin=27), "[panel] button_pin = 27: GPIO27 does not exist on this board"),
        (
            first_board,
            Panel(light="led", light_pin=18),
            "GPIO18 cannot be dimmed by this driver; install lgpio, or",
        ),
        (
            MockFactory,
            Panel(button_pin=2, button_active="high"),
            "GPIO2 has a resistor to 3.3 V on the board",
        ),
        (lambda: refusing("'GPIO busy'"), Panel(mute_pin=4), "GPIO4 is in use by another program or"),
        (lambda: refusing("'bad mode'"), Panel(mute_pin=4), "GPIO4 cannot be used ('bad mode'); choose"),
    ],
)
def test_pins_that_cannot_be_had(factory: Callable[[], Any], panel: Panel, said: str) -> None:
    Device.pin_factory = factory()
    (fault,) = opened(panel).faults
    assert said in fault
    assert "\n" not in fault


class Failing(MockPWMPin):  # type: ignore[misc]
    def _set_state(self, value: float) -> None:
        if value:
            raise RuntimeError("gone")
        super()._set_state(value)


def test_a_light_that_fails_later_stops_nothing() -> None:
    Device.pin_factory = MockFactory(pin_class=Failing)
    bench = Bench(Panel(light="led", light_pin=RED, button_pin=BUTTON))
    bench.panel.show(Mode.FAULT)
    bench.panel.show(Mode.LISTENING)
    assert bench.panel.faults == ["the light does not work any more (gone); start the agent again"]
    assert bench.low(BUTTON).posted == [PRESS]
    bench.panel.close()


@pytest.mark.parametrize("backend", ["none", "simulated"])
def test_panels_that_are_none(backend: Any) -> None:
    panel = opened(Panel(backend=backend, button_pin=BUTTON))
    assert isinstance(panel, NoPanel)
    panel.show(Mode.FAULT)
    panel.close()
    assert panel.faults == []


def test_without_pins_gpio_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    panel = opened(Panel())
    panel.show(Mode.FAULT)
    panel.close()
    assert panel.faults == []


def test_without_gpiozero_the_device_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    panel = opened(Panel(button_pin=BUTTON))
    assert panel.faults == [
        "gpiozero is not installed: pip install 'edge-agent[gpio]'; [panel] backend = \"none\" does without"
    ]
    panel.show(Mode.FAULT)


@pytest.mark.parametrize(
    ("turns", "events"), [(Turns(), 2), (Turns(button="tap"), 3), (Turns("hands-free"), 3)]
)
def test_the_turns_choose_what_the_button_does(turns: Turns, events: int) -> None:
    clock = Clock()
    posted: list[e.Event] = []
    config = Config(panel=Panel(button_pin=BUTTON), turns=turns)
    open_panel(config, posted.append, cast("asyncio.AbstractEventLoop", clock))
    Device.pin_factory.pin(BUTTON).drive_low()
    clock.run(2000)
    Device.pin_factory.pin(BUTTON).drive_high()
    clock.run(2000)
    assert len(posted) == events


@pytest.fixture
def _real_factory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The driver that a device takes, as far as this machine has one."""
    mock, Device.pin_factory = Device.pin_factory, None
    monkeypatch.setenv("LG_WD", tempfile.gettempdir())
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    yield
    Device.pin_factory = mock


@pytest.mark.usefixtures("_real_factory")
@pytest.mark.skipif(any(Path("/dev").glob("gpiochip*")), reason="this machine has GPIO")
class TestNoGpio:
    def test_none_at_all(self, tmp_path: Path) -> None:
        with pytest.raises(PanelFault, match=r"there is no GPIO here \(.*/gpiochip\* is missing\); "):
            open_gpio(tmp_path)

    def test_no_permission(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            dev, root = Path(name), os.geteuid() == 0
            dev.chmod(0o755)
            (dev / "gpiochip0").touch(mode=0o000)
            if root:
                os.seteuid(65534)
            try:
                with pytest.raises(
                    PanelFault, match=r"gpiochip0 may not be opened; add the user .* to the group"
                ):
                    open_gpio(dev)
            finally:
                if root:
                    os.seteuid(0)

    def test_a_chip_that_is_no_pi(self, tmp_path: Path) -> None:
        (tmp_path / "gpiochip0").touch()
        with pytest.raises(PanelFault, match=r"GPIO cannot be opened \(.+\); "):
            open_gpio(tmp_path)
        (tmp_path / "gpiochip1").mkdir()
        with pytest.raises(PanelFault, match="gpiochip1: Is a directory"):
            open_gpio(tmp_path)

    def test_no_driver(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "lgpio", None)
        (tmp_path / "gpiochip0").touch()
        with pytest.raises(PanelFault, match="the driver of GPIO is not installed: pip install lgpio; "):
            open_gpio(tmp_path)

    def test_a_factory_that_there_is_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "wooden")
        with pytest.raises(PanelFault, match=r"GPIOZERO_PIN_FACTORY=wooden .*; unset that variable"):
            open_gpio()

    def test_lgpio_leaves_nothing_in_the_working_directory(self, tmp_path: Path) -> None:
        code = (
            "from edge_agent.panel.pins import *\n"
            "try: open_gpio()\n"
            "except PanelFault as fault: print(fault, os.environ['LG_WD'])"
        )
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parent.parent)}
        ran = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stderr == ""
        assert "there is no GPIO here" in ran.stdout
        assert list(tmp_path.iterdir()) == []
        assert not Path(ran.stdout.split()[-1]).exists()


def test_a_factory_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    monkeypatch.setenv("LG_WD", tempfile.gettempdir())
    Device.pin_factory = None
    assert opened(Panel(button_pin=BUTTON)).faults == []
    assert isinstance(Device.pin_factory, MockFactory)
