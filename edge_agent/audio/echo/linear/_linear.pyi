from typing import Any

from .layout import Floats

def begin(state: Any) -> None:
    """As if nothing had been heard. Raises ValueError if `state` has the wrong size."""

def process(
    state: Any,
    near: Floats,
    far: Floats,
    residual: Floats,
    estimate: Floats,
    features: Floats,
    uplink: Floats,
    slow: float,
    quick: float,
) -> None:
    """Fills `residual`, `estimate`, `features` and, unless it is empty, `uplink`, from the next frames of the rest.

    `slow`, `quick`: how much of the path stays from frame to frame, in either filter. All arrays are C-contiguous.
    Raises ValueError if one has the wrong size.
    """
