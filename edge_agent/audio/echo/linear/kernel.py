"""What does the work: the compiled extension, or numpy where it was not built."""

from __future__ import annotations

from typing import Any, Protocol

from .layout import Floats


class Kernel(Protocol):
    """`begin` and `process` as in fallback.py."""

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


def find_kernel() -> tuple[Kernel, bool]:
    """(it, whether it is compiled)"""
    try:
        from . import _linear
    except ImportError:
        from . import fallback

        return fallback, False
    return _linear, True


KERNEL, COMPILED = find_kernel()
