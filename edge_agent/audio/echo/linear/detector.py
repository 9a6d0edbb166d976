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

The network sees the features of some frames, weighs them in one hidden layer (ReLU), and gives one logit. A voice
lasts, and a burst of echo does not: so what exceeds `offset` is summed up, what falls short is taken off, and at
`limit` a voice is believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .layout import FEATURES, Floats

FEATURE_VERSION = 1
MOST = 4.0  # that one frame adds to the sum


@dataclass(frozen=True, slots=True)
class Weights:
    """Of a trained network, for features as they are."""

    context: tuple[int, ...]  # frames back, of those that it sees: 0 is this one
    hidden: Floats  # [len(context) * FEATURES, units]
    hidden_bias: Floats  # [units]
    output: Floats  # [units]
    output_bias: float
    offset: float
    limit: float

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Weights:
        """As saved by training: the fields, with `feature_version`, and with `mean` and `scale` of the features.

        Raises ValueError if that is not for these features.
        """
        missing = [name for name in SAVED if name not in arrays]
        if missing:
            raise ValueError(f"the weights lack {', '.join(missing)}")
        version = int(arrays["feature_version"])
        if version != FEATURE_VERSION:
            raise ValueError(f"the weights are for features of version {version}, not {FEATURE_VERSION}")
        context = tuple(int(back) for back in arrays["context"])
        inputs, units = len(context) * FEATURES, len(arrays["output"])
        shapes = {"mean": (inputs,), "scale": (inputs,), "hidden": (inputs, units), "hidden_bias": (units,)}
        for name, shape in shapes.items():
            if arrays[name].shape != shape:
                raise ValueError(f"the weights have {name} of {arrays[name].shape}, not {shape}")
        hidden = arrays["hidden"] / arrays["scale"][:, None]
        return cls(
            context,
            np.ascontiguousarray(hidden, np.float32),
            (arrays["hidden_bias"] - arrays["mean"] @ hidden).astype(np.float32),
            arrays["output"].astype(np.float32),
            *(float(arrays[name]) for name in ("output_bias", "offset", "limit")),
        )


SAVED = (
    "feature_version", "context", "mean", "scale", "hidden", "hidden_bias", "output", "output_bias", "offset", "limit"
)  # fmt: skip


class Detector:
    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._kept = max(weights.context)
        self.reset()

    def reset(self) -> None:
        """As if nothing had been heard."""
        self._before: Floats | None = None  # [kept, FEATURES]
        self.sum = 0.0

    def logits(self, features: Floats) -> Floats:
        """[n] of the next frames [n, FEATURES]. Before the first, all was as in the first."""
        if self._before is None:
            self._before = np.repeat(features[:1], self._kept, axis=0)
        frames = np.concatenate([self._before, features])
        self._before = frames[len(features) :]
        now = np.arange(self._kept, len(frames))[:, None] - np.array(self._weights.context)
        seen = frames[now].reshape(len(features), -1)
        hidden = np.maximum(seen @ self._weights.hidden + self._weights.hidden_bias, 0)
        return np.asarray(hidden @ self._weights.output + self._weights.output_bias, np.float32)

    def voices(self, features: Floats) -> list[bool]:
        """Whether a voice is believed in each of the next frames; then the sum begins again."""
        return [self._add(logit) for logit in self.logits(features).tolist()]

    def _add(self, logit: float) -> bool:
        self.sum = max(0.0, self.sum + min(logit - self._weights.offset, MOST))
        if self.sum < self._weights.limit:
            return False
        self.sum = 0.0
        return True
