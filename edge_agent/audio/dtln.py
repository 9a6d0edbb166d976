"""DTLN-aec: a neural canceller of echoes (Westhausen and Meyer, 2020, arXiv:2010.14337; MIT licence, breizhn/DTLN-aec).

It runs on LiteRT (ai-edge-litert); both, and the files of the network, are looked for only when it is wanted. The first
stage masks the spectrum of a block, given that of what was played; the second works on the samples of both.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from ..config.packages import to_install
from ..files.folders import state_folder
from ..models.store import ModelPresence, ModelStore
from ..models.table import MODELS, FetchedModel
from .echo.linear.layout import Floats
from .echo.second_opinion import HOP, LAG

BLOCK = HOP + LAG
MEMORY_AXES = 4  # of what a stage remembers; all else has three
NAMES = "dtln-aec-256", "dtln-aec-128"  # the first that is there is taken


class DtlnUnavailable(Exception):
    """Something that it needs is missing; the message says what, and what to do."""


class Dtln:
    """`files`: of both stages. Sound at 16 kHz, full scale 1."""

    def __init__(self, files: tuple[Path, Path]) -> None:
        """Raises DtlnUnavailable."""
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise DtlnUnavailable(_no_library(error)) from None
        try:
            self._stages = [_Stage(Interpreter(str(file), num_threads=1)) for file in files]
        except (ValueError, RuntimeError) as error:
            raise DtlnUnavailable(f"{files[0].parent} cannot be loaded: {error}") from None
        self.reset()

    def reset(self) -> None:
        """As if nothing had been heard."""
        self._near, self._far, self._out = (np.zeros(BLOCK, np.float32) for _ in range(3))
        for stage in self._stages:
            stage.reset()

    def process(self, near: Floats, far: Floats) -> Floats:
        """The next hops of what was heard, and of what was played: as many samples without echo, LAG late."""
        clean = [
            self._hop(near[at : at + HOP], far[at : at + HOP]) for at in range(0, len(near) // HOP * HOP, HOP)
        ]
        return np.concatenate(clean) if clean else np.zeros(0, np.float32)

    def _hop(self, near: Floats, far: Floats) -> Floats:
        for block, fresh in ((self._near, near), (self._far, far)):
            block[:-HOP] = block[HOP:]
            block[-HOP:] = fresh
        spectrum, played = np.fft.rfft(np.stack([self._near, self._far]))
        mask = self._stages[0].run(np.abs(spectrum), np.abs(played))
        masked = np.fft.irfft(spectrum * mask)
        self._out[:-HOP] = self._out[HOP:]
        self._out[-HOP:] = 0
        self._out += self._stages[1].run(masked, self._far)
        return self._out[:HOP].copy()


class _Stage:
    """What it is given: a block of what is heard, one of what was played, and what it remembers."""

    def __init__(self, interpreter: Any) -> None:
        interpreter.allocate_tensors()
        self._interpreter = interpreter
        # input_3 to input_5 of the first, input_6 to input_8 of the second; of which the shapes tell the memory
        inputs = sorted(interpreter.get_input_details(), key=lambda each: str(each["name"]))
        (memory,) = (each for each in inputs if len(each["shape"]) == MEMORY_AXES)
        self._memory_in, self._memory_shape = memory["index"], tuple(memory["shape"])
        self._near, self._far = (each["index"] for each in inputs if each is not memory)
        outputs = sorted(interpreter.get_output_details(), key=lambda each: len(each["shape"]))
        self._out, self._next = (each["index"] for each in outputs)
        self.reset()

    def reset(self) -> None:
        self._memory = np.zeros(self._memory_shape, np.float32)

    def run(self, near: Any, far: Any) -> Floats:
        interpreter = self._interpreter
        interpreter.set_tensor(self._near, near.astype(np.float32).reshape(1, 1, -1))
        interpreter.set_tensor(self._far, far.astype(np.float32).reshape(1, 1, -1))
        interpreter.set_tensor(self._memory_in, self._memory)
        interpreter.invoke()
        self._memory = interpreter.get_tensor(self._next)
        return np.asarray(interpreter.get_tensor(self._out).reshape(-1), np.float32)


def find_files(store: ModelStore | None = None) -> tuple[Path, Path]:
    """Of the largest network that was fetched. Raises DtlnUnavailable, also where the library is missing."""
    if not importlib.util.find_spec("ai_edge_litert"):
        raise DtlnUnavailable(_no_library("No module named 'ai_edge_litert'"))
    store = store or ModelStore(state_folder())
    try:
        for name in NAMES:
            if store.presence(MODELS[name]) is ModelPresence.HERE:
                return _files(store, MODELS[name])
    except OSError as error:
        raise DtlnUnavailable(f"{error.filename} cannot be read ({error.strerror})") from None
    raise DtlnUnavailable(
        f"the network is not in {store.folder}; run sudo edge-agent models get {NAMES[-1]}, and restart the service"
    )


def _files(store: ModelStore, model: FetchedModel) -> tuple[Path, Path]:
    first, second = (store.path(model, file) for file in model.files)
    return first, second


def _no_library(what: object) -> str:
    return f"ai-edge-litert is missing ({what}); {to_install('ai-edge-litert')}"
