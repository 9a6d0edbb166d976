"""Says how likely somebody speaks over the answer, from what the canceller leaves: a small network, and a sum.

The features of a frame (`layout.FEATURES` of them, version `FEATURE_VERSION`), each in BANDS bands from 120 Hz to
7.6 kHz, equally wide on the mel scale; powers in ln:

| from | what | range |
|---|---|---|
| 0 | residual over the background of the room | 0 to 8 |
| 20 | echo that was taken out, with its reverberation, over the background | -2 to 10 |
| 40 | residual over that echo, against what is usual here; while there is no echo, as from 0 | -5 to 8 |
| 60 | ln of the reference's peak in this frame, of full scale | -6.9 to 0 |
| 61 | ln of its highest peak of late (10 s to a half) | -6.9 to 0 |
| 62 | three times its peak in this frame | 0 to 3 |
| 63 | 1 if the microphone was at its limit in this frame | 0 or 1 |

The network has one layer on the features of a frame (ReLU), and gated units behind it that remember (GRU, with the
reset behind the recurrent product: Cho et al., 2014, as in cuDNN); of those, one logit. A voice lasts, and a burst of
echo does not: so what exceeds `offset` is summed up, what falls short is taken off, and at `limit` a voice is believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....vocabulary.frozen import frozen
from .layout import FEATURES, Floats

FEATURE_VERSION = 1
NETWORK_VERSION = 2
MOST = 4.0  # that one frame adds to the sum
HALF = np.float32(0.5)


@frozen
class Weights:
    """Of a trained network, for features as they are. What goes into a sigmoid is halved: it is made of a tanh."""

    inward: Floats  # [FEATURES, seen]
    inward_bias: Floats  # [seen]
    gates: Floats  # [seen, 3 * units]: update and reset, halved, and candidate
    gates_bias: Floats  # [3 * units]
    recurrent: Floats  # [units, 3 * units]
    recurrent_bias: Floats  # [units]: of the candidate, ahead of its reset
    output: Floats  # [units]
    output_bias: float
    offset: float
    limit: float

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Weights:
        """As saved by training: the fields, not halved, with both versions, and `mean` and `scale` of the features.

        Raises ValueError if that is not for these features, or of another network.
        """
        missing = [name for name in SAVED if name not in arrays]
        if missing:
            raise ValueError(f"the weights lack {', '.join(missing)}")
        for kind, known in (("feature", FEATURE_VERSION), ("network", NETWORK_VERSION)):
            version = int(arrays[f"{kind}_version"])
            if version != known:
                raise ValueError(f"the weights are for {kind}s of version {version}, not {known}")
        seen, units = len(arrays["inward_bias"]), len(arrays["output"])
        shapes = {
            "mean": (FEATURES,),
            "scale": (FEATURES,),
            "inward": (FEATURES, seen),
            "gates": (seen, 3 * units),
            "gates_bias": (3 * units,),
            "recurrent": (units, 3 * units),
            "recurrent_bias": (units,),
        }
        for name, shape in shapes.items():
            if arrays[name].shape != shape:
                raise ValueError(f"the weights have {name} of {arrays[name].shape}, not {shape}")
        inward = arrays["inward"] / arrays["scale"][:, None]
        halved = np.repeat([0.5, 1.0], [2 * units, units])
        return cls(
            np.ascontiguousarray(inward, np.float32),
            (arrays["inward_bias"] - arrays["mean"] @ inward).astype(np.float32),
            (arrays["gates"] * halved).astype(np.float32),
            (arrays["gates_bias"] * halved).astype(np.float32),
            (arrays["recurrent"] * halved).astype(np.float32),
            arrays["recurrent_bias"].astype(np.float32),
            arrays["output"].astype(np.float32),
            *(float(arrays[name]) for name in ("output_bias", "offset", "limit")),
        )


SAVED = (
    "feature_version", "network_version", "mean", "scale", "inward", "inward_bias", "gates", "gates_bias", "recurrent",
    "recurrent_bias", "output", "output_bias", "offset", "limit",
)  # fmt: skip


class Detector:
    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._units = len(weights.output)
        self.reset()

    def reset(self) -> None:
        """As if nothing had been heard."""
        self._state = np.zeros(self._units, np.float32)
        self.sum = self.logit = 0.0

    def logits(self, features: Floats) -> Floats:
        """[n] of the next frames [n, FEATURES]."""
        weights, units = self._weights, self._units
        seen = np.maximum(features @ weights.inward + weights.inward_bias, 0)
        states = np.empty((len(features), units), np.float32)
        for frame, gates in enumerate(seen @ weights.gates + weights.gates_bias):
            before = self._state @ weights.recurrent
            update, reset = np.tanh(gates[: 2 * units] + before[: 2 * units]).reshape(2, units) * HALF + HALF
            candidate = np.tanh(gates[2 * units :] + reset * (before[2 * units :] + weights.recurrent_bias))
            states[frame] = self._state = candidate + update * (self._state - candidate)
        # one feature that is not a number would be remembered for ever
        if not np.isfinite(self._state).all():
            self.reset()
        return np.asarray(states @ weights.output + weights.output_bias, np.float32)

    def voices(self, features: Floats) -> list[bool]:
        """Whether a voice is believed in each of the next frames; then the sum begins again."""
        return [self._add(logit) for logit in self.logits(features).tolist()]

    def _add(self, logit: float) -> bool:
        self.logit = logit
        self.sum = max(0.0, self.sum + min(logit - self._weights.offset, MOST))
        if self.sum < self._weights.limit:
            return False
        self.sum = 0.0
        return True
