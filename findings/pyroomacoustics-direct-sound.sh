#!/usr/bin/env bash
# pyroomacoustics 0.10.1: the direct sound of a room's response is 1 / r, not 1 / (4 pi r) as in the image method.
#
# Allen and Berkley (1979), from which the image method is, give a source at distance r the factor 1 / (4 pi r), and many a
# simulation multiplies by 4 pi to have levels "at 1 m".
# Expected: the response of a source 1 m away, without a reflection, has the energy (1 / 4 pi)^2 = 0.0063.
# Seen: 0.99; so there is nothing to multiply by.
# Why it matters to a voice device: with that factor every sound in the room is 22 dB too loud. The microphone clips, a voice
# of 60 dB SPL at a bare MEMS microphone looks like -27 dBFS instead of -49, and a voice gate that is deaf to it passes.
#
# Exits 0 while it is so, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check pyroomacoustics==0.10.1
"$folder/bin/python" - <<'PYTHON'
import math
import sys
from importlib.metadata import version

import pyroomacoustics

energies = {}
for distance_m in (0.5, 1.0, 2.0):
    room = pyroomacoustics.ShoeBox([6, 5, 3], fs=16000, max_order=0)
    room.add_source([2.0, 2.5, 1.5])
    room.add_microphone([2.0 + distance_m, 2.5, 1.5])
    room.compute_rir()
    energies[distance_m] = float((room.rir[0][0] ** 2).sum())
print(f"pyroomacoustics {version('pyroomacoustics')}: energy of the direct sound")
for distance_m, energy in energies.items():
    print(f"{distance_m} m: expected {(1 / (4 * math.pi * distance_m)) ** 2:.4f}, seen {energy:.3f}, 1 / r^2 is {1 / distance_m**2:.3f}")
sys.exit(0 if all(0.9 < energy * d**2 < 1.1 for d, energy in energies.items()) else 1)
PYTHON
