"""The models of wake words as files: found, and checked without the engine that runs them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from ..config.packages import to_install
from ..config.wake_words import BUNDLED, Sensitivity

PACKAGE = "pymicro_wakeword"
LARGEST_MODEL = 4 * 1024 * 1024  # bytes; those of the package have 50 to 80 KiB
MAGIC = b"TFL3"  # at byte 4 of a TensorFlow Lite file
# of what a model leaves below 1
HEADROOM: dict[Sensitivity, float] = {"low": 0.5, "medium": 1.0, "high": 2.5}
# For so long the score of a real word stays high; that of what only sounds alike often falls earlier. It is waited for
# with the words that are known before they end (docs/wake-word.md).
HOLD_MS = {"hey_jarvis": 160, "okay_nabu": 120, "hey_mycroft": 260}
LOWEST_CUTOFF, HIGHEST_CUTOFF = 0.3, 0.995


class WakeUnavailable(Exception):
    """The engine or a model cannot be used; the message says what to do."""


def cutoff(model: float, sensitivity: Sensitivity) -> float:
    """The score that makes a call. `model`: what the model's author gives, which is "medium"."""
    return min(HIGHEST_CUTOFF, max(LOWEST_CUTOFF, 1 - (1 - model) * HEADROOM[sensitivity]))


class WakeModel:
    """The description of a model, checked: the library itself crashes over a file that is not one. Raises
    WakeUnavailable."""

    def __init__(self, word: str) -> None:
        self.path = _bundled(word) if word in BUNDLED else Path(word)
        try:
            described: Any = json.loads(self.path.read_text("utf-8"))
            model, micro = described["model"], described["micro"]
            self.cutoff, self.window = float(micro["probability_cutoff"]), int(micro["sliding_window_size"])
            self.phrase = str(described.get("wake_word", word))
        except OSError as error:
            raise WakeUnavailable(f"{self.path} cannot be read ({error.strerror}); check the path") from None
        except (ValueError, KeyError, TypeError):
            raise WakeUnavailable(
                f"{self.path} is not a microWakeWord description; it must have model and micro, as version 2 has"
            ) from None
        if not (isinstance(model, str) and 0 < self.cutoff < 1 and 1 <= self.window <= 100):
            raise WakeUnavailable(f"{self.path} has values out of range; download the model again")
        self.tflite = self.path.parent / model
        try:
            size = self.tflite.stat().st_size
            with self.tflite.open("rb") as file:
                head = file.read(8)
        except OSError as error:
            raise WakeUnavailable(
                f"{self.tflite} cannot be read ({error.strerror}); put it beside {self.path.name}"
            ) from None
        if head[4:] != MAGIC or size > LARGEST_MODEL:
            raise WakeUnavailable(f"{self.tflite} is not a TensorFlow Lite model; download it again")


def _bundled(word: str) -> Path:
    path = package() / "models" / f"{word}.json"
    if path.is_file():
        return path
    raise not_installed(f"no model {word}")


def package() -> Path:
    """Its folder. Raises WakeUnavailable."""
    spec = importlib.util.find_spec(PACKAGE)
    for folder in spec.submodule_search_locations or () if spec else ():
        return Path(folder)
    raise not_installed(f"No module named '{PACKAGE}'")


def not_installed(why: object) -> WakeUnavailable:
    return WakeUnavailable(f"a wake word needs pymicro-wakeword ({why}); {to_install('pymicro-wakeword')}")
