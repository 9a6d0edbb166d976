"""What `_linear` does, in numpy: for a device where it was not built, at several times the cost.

The numbers are the same, but for rounding. What is done and why is said in kalman.c, features.c and suppressor.c.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .layout import BANDS, BINS, FEATURES, FILTERS, FRAME, REGRESSORS, Floats, partitions_in

Block = Any  # a structured array, as `layout.state_of` describes it

LOUDEST, AT_LIMIT = 0.999, 2
LEAST, SPREAD, CUBED, SILENCE, KEPT = np.float32(1e-12), 0.75, np.float32(8), 4e-5, np.float32(0.9)
LANES, TURNS, FALLEN, ADDED, DIVERGED, PATIENCE = 4, 4, 2.0, 2.0, 2.0, 25
SMALLEST, DECAY, LOUD, SETTLED = np.float32(1e-9), np.float32(0.2), 1.5, 150
TAKEN, FLOOR, LEAK_SETTLED = np.float32(2), np.float32(0.05), 100
APART, OBSERVED, TRUSTED, DRIFT_STEP, LARGEST_DRIFT = 16, 25, 0.6, 0.2, 500e-6
WINDOW = 2 * FRAME
HANN: Floats = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
ROOT_OF_HANN: Floats = np.sqrt(HANN)


def _mel(hz: float) -> float:
    return float(2595 * np.log10(1 + hz / 700))


def _bands() -> Floats:
    """[BINS, BANDS]: triangles on the mel scale, each with the sum 1."""
    edges = 700 * (10 ** (np.linspace(_mel(120), _mel(7600), BANDS + 2) / 2595) - 1)
    low, top, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    hz = np.arange(BINS) * 16000 / WINDOW
    weights = np.maximum(0, np.minimum((hz - low) / (top - low), (high - hz) / (high - top)))
    return np.asarray((weights / weights.sum(axis=1, keepdims=True)).T, np.float32)


WEIGHTS = _bands()


def begin(state: Block) -> None:
    """As if nothing had been heard. The compiled one raises ValueError if `state` has the wrong size."""
    state[...] = np.zeros((), state.dtype)
    for f in range(FILTERS):
        _begin_filter(state, f)
    state["learned"]["usual"] = -1.5
    state["learned"]["leak"] = 0.1
    state["passing"]["unsounded"] = partitions_in(state) + 1


def process(
    state: Block,
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
    The compiled one raises ValueError if one has the wrong size.
    """
    forgetting = np.array([slow, quick], np.float32)
    if _leads_astray(state):
        begin(state)
    for i in range(len(near) // FRAME):
        at = slice(i * FRAME, (i + 1) * FRAME)
        good = np.isfinite(near[at]), np.isfinite(far[at])
        heard, played = (
            np.clip(np.where(ok, x[at], np.float32(0)), -1, 1)
            for ok, x in zip(good, (near, far), strict=True)
        )
        clipped = bool(np.count_nonzero(np.abs(heard) >= LOUDEST) >= AT_LIMIT)
        peak = np.abs(played).max()
        silent = np.abs(heard).max() <= SILENCE
        learns = not (clipped or silent) and all(ok.all() for ok in good)
        residual[at] = _cancel(state, heard, played, peak, forgetting, learns=learns, silent=silent)
        estimate[at] = heard - residual[at]
        both = _observe(state, residual[at], estimate[at])
        features[i] = _describe(state, both, peak, clipped, learns=not silent)
        if len(uplink):
            uplink[at] = _suppress(state, both, learns=not silent)
        if not np.isfinite(residual[at].sum() + features[i].sum() + uplink[at].sum()):
            begin(state)
            residual[at], estimate[at], features[i], uplink[at] = heard, 0, 0, 0


def _leads_astray(state: Block) -> bool:
    count, passing = partitions_in(state), state["passing"]
    fine = 0 <= passing["newest"] < count and 0 <= passing["constrained"] < count * REGRESSORS * FILTERS
    return not fine


def _begin_filter(state: Block, f: int) -> None:
    taps, count = state["taps"], partitions_in(state)
    for part in ("re", "im"):
        taps["weight"][part][:, :, f] = 0
    taps["variance"][:, :, f] = (SPREAD ** np.arange(count))[:, None, None]
    state["learned"]["error_power"][f] = 1e-6


def _cancel(
    state: Block, near: Floats, far: Floats, peak: float, forgetting: Floats, *, learns: bool, silent: bool
) -> Floats:
    passing, count = state["passing"], partitions_in(state)
    passing["unsounded"] = 0 if peak > SILENCE else passing["unsounded"] + 1
    if passing["unsounded"] > count:
        passing["unsounded"] = count + 1
        passing["observed"] = passing["remembers"] = 0
        return near
    passing["observed"] += 1
    _advance(state, far)
    order = (int(passing["newest"]) + np.arange(count)) % count
    spectra = (state["far"]["re"] + 1j * state["far"]["im"])[order][:, :, None, :BINS]
    weight = state["taps"]["weight"]
    weights = weight["re"][..., :BINS] + 1j * weight["im"][..., :BINS]
    echoes = np.fft.irfft((spectra * weights).sum(axis=(0, 1)), WINDOW)[:, FRAME:].astype(np.float32)
    errors = near - echoes
    quick = _mixture(passing, near, errors)
    useless = _adds(passing, quick)
    if learns:
        _adapt(state, spectra, weights, errors, forgetting)
        _constrain(state, weights)
        weight["re"][..., :BINS], weight["im"][..., :BINS] = weights.real, weights.imag
        _watch(state)
        _track_drift(state)
    if silent or useless:
        return near
    return np.asarray((1 - quick) * errors[0] + quick * errors[1], np.float32)


def _advance(state: Block, far: Floats) -> None:
    passing, count = state["passing"], partitions_in(state)
    regressors = np.stack([far, CUBED * far * far * far])
    spectra = np.fft.rfft(np.concatenate([passing["far_before"], regressors], axis=1))
    passing["far_before"] = regressors
    passing["newest"] = newest = (int(passing["newest"]) + count - 1) % count
    state["far"]["re"][newest, :, :BINS] = spectra.real
    state["far"]["im"][newest, :, :BINS] = spectra.imag


def _adapt(state: Block, far: Any, weights: Any, errors: Floats, forgetting: Floats) -> None:
    """Changes `weights`."""
    spectra = np.fft.rfft(np.concatenate([np.zeros_like(errors), errors], axis=1)).astype(np.complex64)
    power = state["learned"]["error_power"][:, :BINS]
    power[...] = 0.5 * power + 0.5 * _power(spectra) + LEAST
    variance = state["taps"]["variance"][..., :BINS]
    heard = _power(far)
    gain = 1 / ((variance * heard).sum(axis=(0, 1)) + power + SMALLEST)
    step = variance * gain
    weights += step * np.conj(far) * spectra
    kept = (forgetting * forgetting)[:, None]
    variance[...] = kept * (1 - 0.5 * step * heard) * variance + (1 - kept) * _power(weights) + LEAST


def _constrain(state: Block, weights: Any) -> None:
    passing, flat = state["passing"], weights.reshape(-1, BINS)
    total = len(flat)
    batches = (total // LANES + TURNS - 1) // TURNS
    rows = (int(passing["constrained"]) + np.arange(LANES * batches)) % total
    turn = total / (LANES * batches)
    turned = np.exp(-1j * np.pi * state["learned"]["drift"] * turn * np.arange(BINS))
    responses = np.fft.irfft(flat[rows] * turned, WINDOW)
    responses[:, FRAME:] = 0
    flat[rows] = np.fft.rfft(responses)
    passing["constrained"] = (int(passing["constrained"]) + LANES * batches) % total


def _mixture(passing: Any, near: Floats, errors: Floats) -> np.float32:
    heard, slow, quick = (x[1:] - KEPT * x[:-1] for x in (near, *errors))
    passing["near_power"] = KEPT * passing["near_power"] + heard @ heard + LEAST
    passing["common_power"] = common = KEPT * passing["common_power"] + slow @ quick
    powers = np.array([slow @ slow, quick @ quick])
    passing["power"] = power = (KEPT * passing["power"] + powers + LEAST).astype(np.float32)
    apart = power[0] + power[1] - 2 * common
    return np.float32(np.clip((power[0] - common) / apart, 0, 1) if apart > LEAST else 0)


def _adds(passing: Any, quick: np.float32) -> bool:
    slow, power = 1 - quick, passing["power"]
    mixed = slow * slow * power[0] + quick * quick * power[1] + 2 * slow * quick * passing["common_power"]
    return bool(mixed > ADDED * passing["near_power"])


def _watch(state: Block) -> None:
    passing, taps, power = state["passing"], state["taps"], state["passing"]["power"]
    passing["behind"] = passing["behind"] + 1 if power[0] > FALLEN * power[1] else 0
    if passing["behind"] >= PATIENCE:
        taps["weight"][:, :, 0] = taps["weight"][:, :, 1]
        taps["variance"][:, :, 0] = taps["variance"][:, :, 1]
        state["learned"]["error_power"][0] = state["learned"]["error_power"][1]
        passing["behind"] = 0
    for f in range(FILTERS):
        diverges = power[f] > DIVERGED * passing["near_power"]
        passing["diverged"][f] = passing["diverged"][f] + 1 if diverges else 0
        if passing["diverged"][f] >= PATIENCE:
            _begin_filter(state, f)
            passing["diverged"][f] = 0


def _track_drift(state: Block) -> None:
    passing, learned, weight = state["passing"], state["learned"], state["taps"]["weight"][:, 0, 1]
    if passing["observed"] < OBSERVED:
        return
    before = state["weight_before"]
    if passing["remembers"]:
        now = weight["re"][:, :BINS] + 1j * weight["im"][:, :BINS]
        ratio = _moved(now, before["re"][:, :BINS] + 1j * before["im"][:, :BINS]) / (
            passing["observed"] * FRAME
        )
        explained = max(1 - passing["power"][1] / passing["near_power"], 0)
        if abs(ratio) <= LARGEST_DRIFT:
            learned["drift"] += DRIFT_STEP * explained * (ratio - learned["drift"])
    before["re"], before["im"] = weight["re"], weight["im"]
    passing["observed"], passing["remembers"] = 0, 1


def _moved(now: Any, before: Any) -> float:
    """Samples."""
    common = (now * before.conj()).sum(axis=0)
    turned = common[APART:] * common[:-APART].conj()
    if np.abs(turned.sum()) <= TRUSTED * np.abs(turned).sum():
        return 0.0
    return float(-np.angle(turned.sum()) * WINDOW / (2 * np.pi * APART))


def _observe(state: Block, residual: Floats, estimate: Floats) -> Floats:
    """[4, WINDOW]: residual and estimate of two frames in the one window and in the other."""
    passing = state["passing"]
    both = np.stack(
        [
            np.concatenate([passing["residual_before"], residual]),
            np.concatenate([passing["estimate_before"], estimate]),
        ]
    )
    passing["residual_before"], passing["estimate_before"] = residual, estimate
    return np.concatenate([both * HANN, both * ROOT_OF_HANN])


def _describe(state: Block, both: Floats, peak: float, clipped: bool, *, learns: bool) -> Floats:
    learned, passing = state["learned"], state["passing"]
    residual, estimate = np.log(_power(np.fft.rfft(both[:2])) @ WEIGHTS + SMALLEST)
    passing["reverberant"] = reverberant = np.maximum(passing["reverberant"] - DECAY, estimate)
    floor = learned["background"]
    lower, frames = residual < floor, float(learned["frames"])
    risen = np.where(lower, floor + np.float32(0.3) * (residual - floor), floor + np.float32(0.004))
    if learns:
        learned["background"] = residual if frames == 0 else risen
    background = learned["background"]
    over, echo_over = np.clip(residual - background, 0, 8), reverberant - background
    share, loud = residual - reverberant, echo_over > LOUD
    rise = np.float32(0.15 if frames < SETTLED else 0.03)
    usual = learned["usual"]
    if learns:
        learned["usual"] = np.where(loud, usual + np.where(share > usual, rise, -rise), usual)
        learned["frames"] = min(frames + 1, SETTLED)
    usual = learned["usual"]
    learned["loudest"] = loudest = max(np.float32(peak), learned["loudest"] * np.float32(0.998))
    features = np.zeros(FEATURES, np.float32)
    features[:BANDS] = over
    features[BANDS : 2 * BANDS] = np.clip(echo_over, -2, 10)
    features[2 * BANDS : 3 * BANDS] = np.where(loud, np.clip(share - usual, -5, 8), over)
    features[3 * BANDS :] = np.log(peak + 1e-3), np.log(loudest + 1e-3), 3 * peak, clipped
    return features


def _suppress(state: Block, both: Floats, *, learns: bool) -> Floats:
    learned, passing = state["learned"], state["passing"]
    spectra = np.fft.rfft(both[2:]).astype(np.complex64)
    power, echo = _power(spectra)
    before, frames = passing["echo_tail"][:BINS], float(learned["suppressed_frames"])
    tail = np.maximum(np.float32(0.6) * before + np.float32(0.4) * echo, echo)
    floor = learned["noise"][:BINS]
    followed = np.minimum(
        floor * np.float32(1.005) + LEAST, np.float32(0.9) * floor + np.float32(0.1) * power
    )
    noise = power if frames == 0 else followed
    leak = learned["leak"][:BINS]
    up = np.float32(1.02 if frames >= LEAK_SETTLED else 1.1)
    moved = leak * np.where(power / (tail + SMALLEST) > leak, up, np.float32(0.94))
    if learns:
        leak = np.where(tail > 4 * noise, np.clip(moved, 1e-5, 1), leak)
        learned["leak"][:BINS], learned["noise"][:BINS] = leak, noise + np.float32(1e-20)
        learned["suppressed_frames"] = min(frames + 1, LEAK_SETTLED)
    around = np.convolve(leak, np.full(5, 0.2, np.float32), "same")
    gain = np.maximum(1 - TAKEN * around * tail / (power + LEAST), FLOOR)
    smooth = np.convolve(np.pad(gain, 1, "edge"), np.full(3, 1 / 3, np.float32), "valid")
    out = np.fft.irfft(spectra[0] * smooth, WINDOW).astype(np.float32) * ROOT_OF_HANN
    sent: Floats = passing["overlap"] + out[:FRAME]
    passing["overlap"], passing["echo_tail"][:BINS] = out[FRAME:], tail + np.float32(1e-20)
    return sent


def _power(spectra: Any) -> Floats:
    return np.asarray(spectra.real**2 + spectra.imag**2, np.float32)
