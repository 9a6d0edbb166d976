"""What a canceller remembers, as one block of floats: the same places as in state.h."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PARTITIONS = 20  # frames of echo that are taken out: 400 ms
FRAME = 320  # samples at 16 kHz: 20 ms
BINS, PADDED = 321, 324  # of a transform of two frames; PADDED: as whole vectors
REGRESSORS = 2  # made of the reference: itself, and its cube
FILTERS = 2  # a slow one and a quick one
BANDS = 20
FEATURES = 64

Floats = NDArray[np.float32]
_F = np.float32
SPECTRUM = np.dtype([("re", _F, PADDED), ("im", _F, PADDED)])
TAPS = np.dtype([("weight", SPECTRUM, FILTERS), ("variance", _F, (FILTERS, PADDED))])
LEARNED = np.dtype(
    [
        ("error_power", _F, (FILTERS, PADDED)),
        ("drift", _F),
        ("frames", _F),
        ("loudest", _F),
        ("background", _F, BANDS),
        ("usual", _F, BANDS),
        ("suppressed_frames", _F),
        ("leak", _F, PADDED),
        ("noise", _F, PADDED),
    ]
)
PASSING = np.dtype(
    [
        ("newest", _F),
        ("unsounded", _F),
        ("constrained", _F),
        ("behind", _F),
        ("diverged", _F, FILTERS),
        ("far_before", _F, (REGRESSORS, FRAME)),
        ("observed", _F),
        ("remembers", _F),
        ("near_power", _F),
        ("power", _F, FILTERS),
        ("common_power", _F),
        ("residual_before", _F, FRAME),
        ("estimate_before", _F, FRAME),
        ("reverberant", _F, BANDS),
        ("echo_tail", _F, PADDED),
        ("overlap", _F, FRAME),
    ]
)


def state_of(partitions: int) -> np.dtype[np.void]:
    """All of it; what outlives a process comes first: `learned` and `taps`."""
    return np.dtype(
        [
            ("learned", LEARNED),
            ("taps", TAPS, (partitions, REGRESSORS)),
            ("passing", PASSING),
            ("far", SPECTRUM, (partitions, REGRESSORS)),
            ("weight_before", SPECTRUM, (partitions,)),
        ]
    )


def size(partitions: int = PARTITIONS) -> int:
    """Of its memory, in bytes."""
    return state_of(partitions).itemsize


def partitions_in(state: NDArray[np.void]) -> int:
    return len(state["far"])
