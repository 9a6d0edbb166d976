"""The optional network that judges pauses: its input, and its thread. The network itself is not in the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_agent.audio.build import build_engine
from edge_agent.audio.smart_turn import BANDS, SECONDS, SmartTurn, SmartTurnUnavailable, mel_bands
from edge_agent.config.model import Config
from edge_agent.config.turn_settings import GateSettings, TurnTaking
from edge_agent.vocabulary import events as e

from .onnx_files import mean_of_input
from .sound import noise, tone


def test_its_input_is_that_of_whisper() -> None:
    """The numbers are those of transformers' WhisperFeatureExtractor(chunk_length=8), for this sound."""
    bands = mel_bands(tone(16_000, 1000, 1000))
    assert bands.shape == (BANDS, SECONDS * 100)
    assert bands.dtype == np.float32
    assert bands[[0, 23, 24, 25, 40], 750] == pytest.approx(
        [-0.10880528, -0.10880528, 1.5937238, 1.7926682, -0.10880528], abs=1e-5
    )
    assert bands[:, 100] == pytest.approx([-0.10880528] * BANDS, abs=1e-5)  # silence before it
    assert bands[24, 700] == pytest.approx(1.6206354, abs=1e-5)  # where it begins
    assert float(bands.max()) == pytest.approx(1.8911947, abs=1e-5)


def test_of_a_long_utterance_the_end_counts() -> None:
    long = noise(16_000, 9000, 0.1)
    assert (mel_bands(long) == mel_bands(long[32_000:])).all()


def test_it_answers_in_its_own_time(tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(mean_of_input())
    network = SmartTurn(model)
    assert network.answer() is None  # nothing was asked
    sound = noise(16_000, 500, 0.1)
    network.ask(sound)
    network.ask(sound)
    while (answer := network.answer()) is None:
        pass
    assert answer == pytest.approx(float(mel_bands(sound).mean()), abs=1e-3)


@pytest.mark.parametrize(("content", "said"), [(None, "is missing; run"), (b"nonsense", "cannot be loaded")])
def test_without_it_pauses_are_judged_all_the_same(
    content: bytes | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    model = tmp_path / "models" / "smart-turn-v3.2" / "smart-turn-v3.2-cpu.onnx"
    if content:
        model.parent.mkdir(parents=True)
        model.write_bytes(content)
    with pytest.raises(SmartTurnUnavailable, match=said):
        SmartTurn(model)
    told: list[e.Event] = []
    gate = GateSettings(confirm="off", hangover="smart-turn")
    build_engine(Config(turns=TurnTaking(mode="hands-free"), gate=gate), told.append)
    (note,) = [event for event in told if isinstance(event, e.AudioNoted)]
    assert said in note.text
