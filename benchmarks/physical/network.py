"""A small recurrent network on the features of each frame: a layer (ReLU), gated units (GRU), one logit.

Trained by Adam, in numpy: back through time in stretches, and on from where the stretch before left off.
The gated units are those of Cho et al. (2014) with the reset behind the recurrent product, as cuDNN has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge_agent.audio.echo.linear.detector import FEATURE_VERSION, NETWORK_VERSION

Floats: TypeAlias = NDArray[np.float32]
STRETCH = 100  # frames through which an error goes back
TOGETHER = 48  # scenes
LARGE = ("inward", "gates", "recurrent")
STEEPEST = 1.0  # norm of a gradient: a longer one is shortened
DROPPED = 0.2  # share of the first layer that a scene does without, another one in each stretch
NOISE = 0.2  # on the scaled features
DECAY = 0.05


@dataclass(slots=True)
class Network:
    mean: Floats
    scale: Floats
    inward: Floats  # [features, seen]
    inward_bias: Floats
    gates: Floats  # [seen, 3 * units]: update, reset, candidate
    gates_bias: Floats
    recurrent: Floats  # [units, 3 * units]
    recurrent_bias: Floats  # [units]: of the candidate, ahead of its reset
    output: Floats  # [units]
    output_bias: Floats  # [1]

    @classmethod
    def new(cls, sample: Floats, seen: int, units: int, random: np.random.Generator) -> Network:
        """`sample`: [n, features] to take mean and scale from."""

        def drawn(inputs: int, outputs: int, gain: float) -> Floats:
            return np.asarray(
                random.standard_normal((inputs, outputs)) * np.sqrt(gain / inputs), dtype=np.float32
            )

        features = sample.shape[1]
        gates_bias = np.zeros(3 * units, np.float32)
        gates_bias[:units] = np.linspace(-1, 3, units)  # some units keep what they know for long
        return cls(
            sample.mean(axis=0),
            sample.std(axis=0) + np.float32(0.05),
            drawn(features, seen, 2.0),
            np.zeros(seen, np.float32),
            drawn(seen, 3 * units, 1.0),
            gates_bias,
            np.concatenate([np.linalg.qr(drawn(units, units, 1.0))[0] for _ in range(3)], axis=1),
            np.zeros(units, np.float32),
            drawn(units, 1, 1.0)[:, 0],
            np.full(1, -1.0, np.float32),
        )

    @property
    def units(self) -> int:
        return len(self.output)

    def parameters(self) -> list[Floats]:
        return [
            self.inward,
            self.inward_bias,
            self.gates,
            self.gates_bias,
            self.recurrent,
            self.recurrent_bias,
            self.output,
            self.output_bias,
        ]

    def arrays(self) -> dict[str, Any]:
        """To be saved, with a threshold, for the product's detector; the large ones in 16 bits."""
        arrays = {
            field.name: np.asarray(
                getattr(self, field.name), np.float16 if field.name in LARGE else np.float32
            )
            for field in fields(self)
        }
        versions = {"feature_version": FEATURE_VERSION, "network_version": NETWORK_VERSION}
        return arrays | {"output_bias": self.output_bias[0]} | {k: np.int64(v) for k, v in versions.items()}

    def logits(self, features: Floats) -> Floats:
        """[frames, ...] of [frames, ..., features], from the beginning of a scene."""
        state = np.zeros((*features.shape[1:-1], self.units), np.float32)
        found = []
        for part in np.array_split(features, max(1, len(features) // STRETCH)):
            run = forward(self, part.astype(np.float32), state)
            state = run.states[-1]
            found.append(run.logits)
        return np.concatenate(found)


@dataclass(slots=True)
class Run:
    """What `forward` leaves for `backward`. Each [frames, scenes, ...]."""

    scaled: Floats
    seen: Floats
    states: Floats  # [frames + 1, scenes, units]
    update: Floats
    reset: Floats
    product: Floats  # of the candidate, ahead of its reset
    candidate: Floats
    logits: Floats
    kept: Floats | np.float32  # what `seen` was multiplied by


def sigmoid(x: Floats) -> Floats:
    return np.asarray(np.float32(0.5) * np.tanh(np.float32(0.5) * x) + np.float32(0.5))


def forward(
    network: Network, features: Floats, state: Floats, random: np.random.Generator | None = None
) -> Run:
    """`random`: with noise, and without some of the first layer."""
    units = network.units
    scaled = (features - network.mean) / network.scale
    kept: Floats | np.float32 = np.float32(1)
    if random:
        scaled += np.float32(NOISE) * random.standard_normal(scaled.shape, np.float32)
        share = np.float32(1 - DROPPED)
        kept = np.float32(random.random((*features.shape[1:-1], len(network.inward_bias))) < share) / share
    seen = np.maximum(scaled @ network.inward + network.inward_bias, 0) * kept
    gates = seen @ network.gates + network.gates_bias
    shape = (*features.shape[:-1], units)
    states = np.empty((len(features) + 1, *shape[1:]), np.float32)
    update, reset, product, candidate = (np.empty(shape, np.float32) for _ in range(4))
    states[0] = state
    for n in range(len(features)):
        before = states[n] @ network.recurrent
        both = sigmoid(gates[n, ..., : 2 * units] + before[..., : 2 * units])
        update[n], reset[n] = both[..., :units], both[..., units:]
        product[n] = before[..., 2 * units :] + network.recurrent_bias
        candidate[n] = np.tanh(gates[n, ..., 2 * units :] + reset[n] * product[n])
        states[n + 1] = candidate[n] + update[n] * (states[n] - candidate[n])
    logits = states[1:] @ network.output + network.output_bias
    return Run(scaled, seen, states, update, reset, product, candidate, logits, kept)


def backward(network: Network, run: Run, errors: Floats) -> list[Floats]:
    """The gradients of the parameters. `errors` [frames, scenes]: of the loss by the logits."""
    units, frames = network.units, len(errors)
    of_gates = np.empty((*run.update.shape[:-1], 3 * units), np.float32)
    of_before = np.empty_like(of_gates)
    back = np.zeros_like(run.states[0])
    forth = run.states[:-1]
    by_candidate = (1 - run.update) * (1 - run.candidate**2)
    by_update = (forth - run.candidate) * run.update * (1 - run.update)
    by_reset = run.product * run.reset * (1 - run.reset)
    back_to_state = np.ascontiguousarray(network.recurrent.T)
    for n in reversed(range(frames)):
        back += errors[n, :, None] * network.output
        inner = back * by_candidate[n]
        of_gates[n, :, :units] = back * by_update[n]
        of_gates[n, :, units : 2 * units] = inner * by_reset[n]
        of_gates[n, :, 2 * units :] = inner
        of_before[n, :, : 2 * units] = of_gates[n, :, : 2 * units]
        of_before[n, :, 2 * units :] = inner * run.reset[n]
        back = back * run.update[n] + of_before[n] @ back_to_state
    of_seen = (of_gates @ network.gates.T) * (run.seen > 0) * run.kept

    def flat(x: Floats) -> Floats:
        return x.reshape(-1, x.shape[-1])

    return [
        flat(run.scaled).T @ flat(of_seen),
        flat(of_seen).sum(axis=0),
        flat(run.seen).T @ flat(of_gates),
        flat(of_gates).sum(axis=0),
        flat(forth).T @ flat(of_before),
        flat(of_before)[:, 2 * units :].sum(axis=0),
        flat(run.states[1:]).T @ errors.ravel(),
        errors.sum(keepdims=True).reshape(1),
    ]


@dataclass(frozen=True, slots=True)
class Examples:
    """Scenes of the same length."""

    features: Floats  # [scenes, frames, features]
    labels: Floats  # [scenes, frames]
    weights: Floats  # [scenes, frames]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def stretches(self) -> int:
        scenes, frames = self.labels.shape
        return int(np.ceil(scenes / TOGETHER) * np.ceil(frames / STRETCH))


def train(
    network: Network, examples: Examples, epochs: int, random: np.random.Generator, rate: float = 1e-3
) -> Iterator[float]:
    """The loss of each epoch."""
    parameters = network.parameters()
    first, second = ([np.zeros_like(p) for p in parameters] for _ in range(2))
    step, last = 0, epochs * examples.stretches
    for _ in range(epochs):
        total = weight = 0.0
        order = random.permutation(len(examples))
        for at in range(0, len(order), TOGETHER):
            chosen = order[at : at + TOGETHER]
            features = examples.features[chosen].swapaxes(0, 1)
            labels, weights = (x[chosen].T for x in (examples.labels, examples.weights))
            state = np.zeros((len(chosen), network.units), np.float32)
            for start in range(0, len(labels), STRETCH):
                part = slice(start, start + STRETCH)
                run = forward(network, features[part].astype(np.float32), state, random)
                state = run.states[-1]
                loss = np.logaddexp(0, run.logits) - labels[part] * run.logits
                total += float((weights[part] * loss).sum())
                weight += float(weights[part].sum())
                errors = weights[part] * (sigmoid(run.logits) - labels[part]) / run.logits.size
                gradients = backward(network, run, errors.astype(np.float32))
                steep = np.sqrt(sum(float((g**2).sum()) for g in gradients))
                step += 1
                now = rate * 0.5 * (1 + np.cos(np.pi * step / last)) + 1e-5
                for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
                    g *= min(1.0, STEEPEST / (steep + 1e-9))
                    m += 0.1 * (g - m)
                    v += 0.001 * (g**2 - v)
                    p -= (
                        now * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
                        + now * DECAY * p
                    )
        yield total / weight
