"""What may be wrong with GPIO: one line each, and the device goes on."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from gpiozero import LED, Device
from gpiozero.pins.mock import MockFactory, MockPin, MockPWMPin

from edge_agent.config import Config
from edge_agent.config.model import TurnTaking
from edge_agent.config.packages import to_install
from edge_agent.config.panel_settings import PanelSettings
from edge_agent.panel import NoPanel, open_panel
from edge_agent.panel.pins import PanelFault, open_gpio
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Mode

from .folders import folder
from .pins import BUTTON, GREEN, PRESS, RED, RELEASE, RGB, UP, Bench, Clock

pytestmark = pytest.mark.usefixtures("mock_pins")


def opened(panel: PanelSettings, turns: TurnTaking | None = None) -> Any:
    config = Config(panel=panel, turns=turns or TurnTaking())
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
    bench = Bench(PanelSettings(button_pin=BUTTON, volume_up_pin=UP, light="led", light_pin=RED))
    (fault,) = bench.panel.faults
    assert fault.startswith("[panel] button_pin = 17: GPIO17 is already in use; ")
    bench.panel.show(Mode.LISTENING)
    assert bench.lights(RED) == (1,)
    assert bench.low(UP).posted == [e.VolumeStepped(1)]
    other.close()


def test_a_light_of_which_one_pin_fails_is_let_go_of() -> None:
    other = LED(GREEN)
    bench = Bench(RGB)
    assert [fault.split(";")[0] for fault in bench.panel.faults] == [
        "[panel] green_pin = 6: GPIO6 is already in use"
    ]
    bench.panel.show(Mode.LISTENING)
    LED(RED).close()
    other.close()


@pytest.mark.parametrize(
    ("factory", "panel", "said"),
    [
        (
            first_board,
            PanelSettings(button_pin=27),
            "[panel] button_pin = 27: GPIO27 does not exist on this board",
        ),
        (
            first_board,
            PanelSettings(light="led", light_pin=18),
            "GPIO18 cannot be dimmed by this driver; install lgpio, or",
        ),
        (
            MockFactory,
            PanelSettings(button_pin=2, button_active="high"),
            "GPIO2 has a resistor to 3.3 V on the board",
        ),
        (lambda: refusing("'GPIO busy'"), PanelSettings(mute_pin=4), "GPIO4 is in use by another program or"),
        (
            lambda: refusing("'bad mode'"),
            PanelSettings(mute_pin=4),
            "GPIO4 cannot be used ('bad mode'); choose",
        ),
    ],
)
def test_pins_that_cannot_be_had(factory: Callable[[], Any], panel: PanelSettings, said: str) -> None:
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
    bench = Bench(PanelSettings(light="led", light_pin=RED, button_pin=BUTTON))
    bench.panel.show(Mode.FAULT)
    bench.panel.show(Mode.LISTENING)
    assert bench.panel.faults == ["the light stopped working (gone); restart edge-agent"]
    assert bench.low(BUTTON).posted == [PRESS]
    bench.panel.close()


class Unreadable(MockPin):  # type: ignore[misc]
    gone = False

    def _get_state(self) -> bool:
        if self.gone:
            raise RuntimeError("unknown handle")
        return bool(super()._get_state())

    def close(self) -> None:
        if self.gone:
            raise RuntimeError("unknown handle")
        super().close()


def test_a_button_that_cannot_be_read_any_more_is_a_fault_and_lets_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Device.pin_factory = MockFactory(pin_class=Unreadable)
    bench = Bench(PanelSettings(button_pin=BUTTON))
    assert bench.low(BUTTON).posted == [PRESS]
    monkeypatch.setattr(Unreadable, "gone", True)
    bench.clock.run(2000)
    assert bench.posted == [PRESS, RELEASE]
    assert bench.panel.faults == [
        "[panel] button_pin: the pin cannot be read (unknown handle); restart edge-agent"
    ]
    contacts = dict(bench.panel._contacts)  # gpiozero closes what nobody holds any more, and may
    bench.panel.close()
    monkeypatch.setattr(Unreadable, "gone", False)
    contacts.clear()


@pytest.mark.parametrize("backend", ["none", "simulated"])
def test_panels_that_are_none(backend: Any) -> None:
    panel = opened(PanelSettings(backend=backend, button_pin=BUTTON))
    assert isinstance(panel, NoPanel)
    panel.show(Mode.FAULT)
    panel.close()
    assert panel.faults == []


def test_without_pins_gpio_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    panel = opened(PanelSettings())
    panel.show(Mode.FAULT)
    panel.close()
    assert panel.faults == []


def test_without_gpiozero_the_device_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    panel = opened(PanelSettings(button_pin=BUTTON))
    assert panel.faults == [
        f'gpiozero is not installed; {to_install("gpiozero", "lgpio")}, or set [panel] backend = "none"'
    ]
    panel.show(Mode.FAULT)


@pytest.mark.parametrize(
    ("turns", "events"), [(TurnTaking(), 2), (TurnTaking(button="tap"), 3), (TurnTaking("hands-free"), 3)]
)
def test_the_turns_choose_what_the_button_does(turns: TurnTaking, events: int) -> None:
    clock = Clock()
    posted: list[e.Event] = []
    config = Config(panel=PanelSettings(button_pin=BUTTON), turns=turns)
    open_panel(config, posted.append, cast("asyncio.AbstractEventLoop", clock))
    Device.pin_factory.pin(BUTTON).drive_low()
    clock.run(2000)
    Device.pin_factory.pin(BUTTON).drive_high()
    clock.run(2000)
    assert len(posted) == events


@pytest.fixture
def _real_factory(mock_pins: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The driver that a device takes, as far as this machine has one."""
    Device.pin_factory = None
    monkeypatch.setenv("LG_WD", str(folder()))
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    yield
    Device.pin_factory = mock_pins


@pytest.mark.usefixtures("_real_factory")
@pytest.mark.skipif(any(Path("/dev").glob("gpiochip*")), reason="this machine has GPIO")
class TestNoGpio:
    def test_none_at_all(self, tmp_path: Path) -> None:
        with pytest.raises(PanelFault, match=r"this machine has no GPIO \(.*/gpiochip\* is missing\); "):
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
                    PanelFault, match=r"permission denied for .*gpiochip0; add the user .* to the group"
                ):
                    open_gpio(dev)
            finally:
                if root:
                    os.seteuid(0)

    def test_a_chip_that_is_no_pi(self, tmp_path: Path) -> None:
        pytest.importorskip("lgpio")
        (tmp_path / "gpiochip0").touch()
        with pytest.raises(PanelFault, match=r"GPIO cannot be opened \(.+\); "):
            open_gpio(tmp_path)
        (tmp_path / "gpiochip1").mkdir()
        with pytest.raises(PanelFault, match="gpiochip1: Is a directory"):
            open_gpio(tmp_path)

    def test_no_driver(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "lgpio", None)
        (tmp_path / "gpiochip0").touch()
        with pytest.raises(PanelFault, match="the GPIO driver is not installed; run "):
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
        assert "this machine has no GPIO" in ran.stdout
        assert list(tmp_path.iterdir()) == []
        assert not Path(ran.stdout.split()[-1]).exists()


def test_a_factory_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    monkeypatch.setenv("LG_WD", str(folder()))
    Device.pin_factory = None
    assert opened(PanelSettings(button_pin=BUTTON)).faults == []
    assert isinstance(Device.pin_factory, MockFactory)
