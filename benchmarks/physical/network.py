"""A small network on the features of some frames: one hidden layer (ReLU), one logit; trained by Adam, in numpy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
CONTEXT = (0, 1, 2, 3, 4, 6, 8, 11, 15, 20)  # frames back
BATCH = 2048


@dataclass(slots=True)
class Network:
    mean: Floats
    scale: Floats
    hidden: Floats  # [inputs, units]
    hidden_bias: Floats
    output: Floats  # [units]
    output_bias: Floats  # [1]
    context: tuple[int, ...] = CONTEXT

    @classmethod
    def new(cls, sample: Floats, units: int, random: np.random.Generator) -> Network:
        """`sample`: [n, inputs] to take mean and scale from."""
        inputs = sample.shape[1]
        return cls(
            sample.mean(axis=0),
            sample.std(axis=0) + np.float32(0.05),
            (random.standard_normal((inputs, units)) * np.sqrt(2 / inputs)).astype(np.float32),
            np.zeros(units, np.float32),
            (random.standard_normal(units) * np.sqrt(1 / units)).astype(np.float32),
            np.zeros(1, np.float32),
        )

    def layer(self, seen: Floats) -> Floats:
        return np.asarray(np.maximum((seen - self.mean) / self.scale @ self.hidden + self.hidden_bias, 0))

    def logits(self, features: Floats) -> Floats:
        """[n] of [n, features], of one scene from its beginning."""
        rows = np.array_split(history(len(features), self.context), max(1, len(features) // 5000))
        parts = [features[part].astype(np.float32) for part in rows]
        return np.concatenate(
            [self.layer(p.reshape(len(p), -1)) @ self.output + self.output_bias for p in parts]
        )

    def parameters(self) -> list[Floats]:
        return [self.hidden, self.hidden_bias, self.output, self.output_bias]


def history(frames: int, context: tuple[int, ...] = CONTEXT) -> NDArray[Any]:
    """[frames, context]: which frames the network sees at each; before the first, all was as in the first."""
    return np.asarray(np.maximum(np.arange(frames)[:, None] - np.array(context), 0))


@dataclass(frozen=True, slots=True)
class Examples:
    features: Floats  # [n, features], scene after scene
    rows: NDArray[Any]  # [m, context]: the frames that each example sees
    labels: Floats  # [m]
    weights: Floats  # [m]

    def batches(self, random: np.random.Generator) -> Iterator[tuple[Floats, Floats, Floats]]:
        order = random.permutation(len(self.rows))
        for at in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[at : at + BATCH]
            seen = self.features[self.rows[chosen]].reshape(BATCH, -1).astype(np.float32)
            yield seen, self.labels[chosen], self.weights[chosen]


def train(
    network: Network, examples: Examples, epochs: int, random: np.random.Generator, rate: float = 1e-3
) -> Iterator[float]:
    """The loss of each epoch."""
    parameters = network.parameters()
    first, second = ([np.zeros_like(p) for p in parameters] for _ in range(2))
    step, last = 0, epochs * (len(examples.rows) // BATCH)
    for _ in range(epochs):
        total, batches = 0.0, 0
        for seen, labels, weights in examples.batches(random):
            scaled = (seen - network.mean) / network.scale
            hidden = np.maximum(scaled @ network.hidden + network.hidden_bias, 0)
            logits = hidden @ network.output + network.output_bias
            chance = 1 / (1 + np.exp(-logits))
            total += float((weights * (np.logaddexp(0, logits) - labels * logits)).mean())
            batches += 1
            error = (weights * (chance - labels) / BATCH).astype(np.float32)
            back = error[:, None] * network.output * (hidden > 0)
            gradients = [scaled.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(keepdims=True)]
            step += 1
            now = rate * 0.5 * (1 + np.cos(np.pi * step / last)) + 1e-5
            for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
                m += 0.1 * (g - m)
                v += 0.001 * (g**2 - v)
                p -= now * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8) + now * 1e-3 * p
        yield total / batches
