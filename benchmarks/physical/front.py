"""What the detector of voices over the answer is given of a scene: the features of the product's linear canceller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.audio.echo.linear.linear_canceller import LinearCanceller

from .scene import Scene


@dataclass(frozen=True, slots=True)
class Heard:
    features: NDArray[np.float32]  # [frames, features]
    residual: NDArray[np.float32]
    uplink: NDArray[np.float32]  # a frame late


def heard(scene: Scene, *, uplink: bool = False) -> Heard:
    frames = LinearCanceller().process(
        (scene.microphone / np.float32(32768)).astype(np.float32),
        (scene.reference / np.float32(32768)).astype(np.float32),
        uplink=uplink,
    )
    return Heard(frames.features, frames.residual, frames.uplink)
