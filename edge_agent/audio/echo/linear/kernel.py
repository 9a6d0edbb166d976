"""What does the work: the compiled extension, or numpy where it was not built."""

from __future__ import annotations

from typing import Any, Protocol

from . import fallback
from .layout import Floats


class Kernel(Protocol):
    """As described in _linear.pyi."""

    def begin(self, state: Any, /) -> None: ...

    def process(
        self,
        state: Any,
        near: Floats,
        far: Floats,
        residual: Floats,
        estimate: Floats,
        features: Floats,
        uplink: Floats,
        slow: float,
        quick: float,
        /,
    ) -> None: ...


def find_kernel() -> Kernel:
    try:
        from ._linear import begin  # noqa: F401
    except ImportError:
        return fallback
    from . import _linear

    return _linear


KERNEL = find_kernel()
COMPILED = KERNEL is not fallback
