"""A linear echo canceller: what is left has the voice as it was, and more of the echo than a suppressor leaves.

Sound at 16 kHz, float32, full scale 1, in frames of 20 ms. No delay. kalman.c says how it works and where it is from.
"""

from __future__ import annotations

import numpy as np

from ....vocabulary.frozen import frozen
from .kernel import KERNEL, Kernel
from .layout import FEATURES, FRAME, PARTITIONS, Floats, state_of

FORGETTING = (
    0.9998,
    0.97,
)  # of the slow filter, and of the quick one: how much of an echo path stays from frame to frame
FORMAT = b"edge-agent echo 1\n"


@frozen
class LinearFrames:
    """Of n frames."""

    residual: Floats  # [n * FRAME]: of the microphone, without the echo
    estimate: Floats  # [n * FRAME]: the echo that was taken out
    features: Floats  # [n, FEATURES]: for the detector; their order is in `detector`
    uplink: (
        Floats  # [n * FRAME], a frame late: with less of what is left of the echo; [0] if nobody wanted it
    )


class LinearCanceller:
    def __init__(
        self,
        partitions: int = PARTITIONS,
        forgetting: tuple[float, float] = FORGETTING,
        *,
        memory: memoryview | None = None,
        kernel: Kernel = KERNEL,
    ) -> None:
        """`memory`: `size(partitions)` bytes to work in, all zeros at first; what an earlier one has learned in them is
        kept. Without, it has some of its own."""
        self._kernel, self._forgetting = kernel, forgetting
        kind = state_of(partitions)
        self._state = np.zeros((), kind) if memory is None else np.frombuffer(memory, kind, 1).reshape(())
        self._learned = self._state.reshape(1).view(np.uint8)[: kind.fields["passing"][1]]  # type: ignore[index]
        if memory is None or not self._learned.any() or not np.isfinite(self._learned.view(np.float32)).all():
            self.reset()
        self.rest()

    def reset(self) -> None:
        """As if nothing had been heard."""
        self._kernel.begin(self._state)

    def rest(self) -> None:
        """Frames go by unheard: what was played until now is over. What was learned stays."""
        learned = self._learned.copy()
        self.reset()
        self._learned[:] = learned

    def process(self, near: Floats, far: Floats, *, uplink: bool = False) -> LinearFrames:
        """The next frames of the microphone, and what was played in them. Cheap while nothing was for a while.

        Raises ValueError unless both have the same whole number of frames.
        """
        frames, rest = divmod(len(near), FRAME)
        if rest or len(far) != len(near):
            raise ValueError(f"{len(near)} and {len(far)} samples are not as many whole frames of {FRAME}")
        out = LinearFrames(
            np.empty(len(near), np.float32),
            np.empty(len(near), np.float32),
            np.empty((frames, FEATURES), np.float32),
            np.empty(len(near) * uplink, np.float32),
        )
        near, far = (np.ascontiguousarray(signal, np.float32) for signal in (near, far))
        self._kernel.process(
            self._state, near, far, out.residual, out.estimate, out.features, out.uplink, *self._forgetting
        )
        return out

    @property
    def drift_ppm(self) -> float:
        """Of the clocks: by how many millionths the microphone's is faster than the speaker's."""
        return float(self._state["learned"]["drift"]) * 1e6

    def snapshot(self) -> bytes:
        """What was learned about the room."""
        return FORMAT + self._learned.tobytes()

    def restore(self, snapshot: bytes) -> None:
        """Of another one, with as many partitions. Raises ValueError if it is not a snapshot of such a one."""
        learned = np.frombuffer(snapshot.removeprefix(FORMAT), np.uint8)
        if not snapshot.startswith(FORMAT) or learned.size != self._learned.size:
            raise ValueError("not a snapshot of an echo canceller of this size")
        if not np.isfinite(learned.view(np.float32)).all():
            raise ValueError("the snapshot is damaged")
        self._learned[:] = learned
        self.rest()
