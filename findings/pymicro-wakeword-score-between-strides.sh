#!/usr/bin/env bash
# pymicro-wakeword 2.5.0: two of three calls that ask for the score are answered with 0.0, and not with the score.
#
# A model takes the features of 30 ms together (its stride). `process_streaming_prob` is called with those of 10 ms.
# Expected: between two results the last one, or None, which its type has for "no result".
# Seen: exactly 0.0, as if the word was surely not there, also in the middle of a word.
# Why it matters to a voice device: who counts a call once, and arms the word again when the score has fallen, takes each
# of these zeros for the end of the word, and is called several times by one. The score has to be kept from stride to stride.
#
# Exits 0 while it is so, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check pymicro-wakeword==2.5.0 numpy==2.4.6
"$folder/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures, Model

at_s = np.arange(48_000) / 16_000
pitch_hz = 120 + 30 * np.sin(2 * np.pi * 3 * at_s)
voice = sum(np.sin(2 * np.pi * pitch_hz * part * at_s) / part for part in range(1, 25))
voice *= 0.5 + 0.5 * np.sin(2 * np.pi * 4 * at_s)  # four syllables a second
pcm = (voice / abs(voice).max() * 20_000).astype(np.int16).tobytes()
model = MicroWakeWord.from_builtin(Model.OKAY_NABU)
scores = [model.process_streaming_prob(features) for features in MicroWakeWordFeatures().process_streaming(pcm)]
begin = next(at for at, score in enumerate(scores) if score)
print(f"pymicro-wakeword {version('pymicro-wakeword')}, stride {model.stride}, scores from the first above 0 on:")
print("  " + ", ".join(f"{score:.4f}" for score in scores[begin : begin + 7]))
print("expected: a score that holds until the next result")
is_so = all(score > 0 for score in scores[begin : begin + 7 : 3]) and not any(scores[begin + 1 : begin + 3])
print(f"seen: {'0.0 between results' if is_so else 'something else'}")
sys.exit(not is_so)
PYTHON
