"""Opening GPIO, and saying in one sentence why that failed."""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import tempfile
import warnings
from pathlib import Path

from ..config.packages import to_install

NO_PANEL = 'or set [panel] backend = "none"'


class PanelFault(Exception):
    """One sentence: what of the panel does not work, and what to do about it."""


def open_gpio(dev: Path = Path("/dev")) -> None:
    """Makes gpiozero ready: its default driver, or what GPIOZERO_PIN_FACTORY names. Raises PanelFault."""
    try:
        from gpiozero import Device
    except ImportError:
        how = to_install("gpiozero", "lgpio")
        raise PanelFault(f"gpiozero is not installed; {how}, {NO_PANEL}") from None
    if Device.pin_factory is not None:
        return
    if not os.environ.get("LG_WD"):  # else lgpio puts a FIFO into the working directory
        os.environ["LG_WD"] = tempfile.mkdtemp(prefix="edge-agent-gpio-")
        atexit.register(shutil.rmtree, os.environ["LG_WD"], ignore_errors=True)
    with warnings.catch_warnings(record=True) as fallbacks:
        warnings.simplefilter("always")
        try:
            Device.ensure_pin_factory()
        except Exception as error:  # each driver has its own
            reason = str(fallbacks[0].message if fallbacks else error)
            raise PanelFault(_why_no_gpio(reason, dev)) from error


def _why_no_gpio(reason: str, dev: Path) -> str:
    if name := os.environ.get("GPIOZERO_PIN_FACTORY"):
        return f"GPIO cannot be opened by GPIOZERO_PIN_FACTORY={name} ({reason}); unset that variable"
    chips = sorted(dev.glob("gpiochip*"))
    if not chips:
        return f"this machine has no GPIO ({dev}/gpiochip* is missing); use a board with GPIO, {NO_PANEL}"
    for chip in chips:
        try:
            os.close(os.open(chip, os.O_RDWR))
        except PermissionError:
            return f"permission denied for {chip}; add the user that runs edge-agent to the group gpio and restart it"
        except OSError as error:
            reason = f"{chip}: {error.strerror}"
    if importlib.util.find_spec("lgpio") is None:
        return f"the GPIO driver is not installed; {to_install('lgpio')}, {NO_PANEL}"
    return f"GPIO cannot be opened ({reason}); fix that, {NO_PANEL}"


def pin_fault(setting: str, pin: int, error: Exception) -> str:
    """Why the pin of a setting cannot be used."""
    from gpiozero import exc

    match error:
        case exc.GPIOPinInUse():
            what = "is already in use; choose another pin, or stop what uses it"
        case _ if "busy" in str(error).lower():  # so lgpio says it
            what = (
                "is in use by another program or the kernel; stop that, or choose another pin (see gpioinfo)"
            )
        case exc.PinInvalidPin():
            what = "does not exist on this board; choose another pin"
        case exc.PinFixedPull():
            what = "has a resistor to 3.3 V on the board; connect it to ground (active low), or choose another pin"
        case exc.PinPWMUnsupported():
            what = "cannot be dimmed by this driver; install lgpio, or set dimmable = false"
        case _:
            what = f"cannot be used ({error}); choose another pin"
    return f"[panel] {setting} = {pin}: GPIO{pin} {what}"
