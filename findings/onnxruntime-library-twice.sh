#!/usr/bin/env bash
# onnxruntime 1.32.0: its wheel holds the library twice, and Python loads one.
#
# Expected: a wheel of 20 MB for Python holds what Python loads; half of it is not left over.
# Seen: onnxruntime/capi has libonnxruntime.so.1.32.0 (35 MB, for programs in C) beside onnxruntime_pybind11_state (37 MB,
# which has all of it inside, and does not need the other). A model runs without the first.
# Why it matters to a voice device: it is a fifth of all that a device installs, written to an SD card at each upgrade, and
# twice where two versions are kept. Whoever packs a device can leave it out.
#
# Exits 0 while it is so, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps onnxruntime==1.32.0 numpy==2.4.6 silero-vad==6.2.3
cat >"$folder/run.py" <<'PYTHON'
from importlib.metadata import files, version

import numpy
import onnxruntime

(model,) = (file.locate() for file in files("silero-vad") if file.name == "silero_vad_16k_op15.onnx")
session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
wanted = {one.name: one for one in session.get_inputs()}
given = {"input": numpy.zeros((1, 512), numpy.float32), "state": numpy.zeros((2, 1, 128), numpy.float32)}
given |= {"sr": numpy.array(16000, numpy.int64)} if "sr" in wanted else {}
probability = float(session.run(None, given)[0].ravel()[0])
with open("/proc/self/maps") as maps:
    loaded = {line.split("/")[-1].strip() for line in maps if "onnxruntime" in line}
print(f"onnxruntime {version('onnxruntime')}: probability of a voice in silence {probability:.4f}; loaded: {', '.join(sorted(loaded))}")
PYTHON
capi=$(echo "$folder"/lib/python3*/site-packages/onnxruntime/capi)
du -h --apparent-size "$capi"/libonnxruntime.so.* "$capi"/onnxruntime_pybind11_state*
with=$("$folder/bin/python" "$folder/run.py")
rm "$capi"/libonnxruntime.so.*
without=$("$folder/bin/python" "$folder/run.py")
printf 'with both: %s\nwithout libonnxruntime.so: %s\n' "$with" "$without"
echo "expected: one copy of the library; seen: a second one that nothing of Python loads or needs"
[ "$with" = "$without" ] && [[ $with != *libonnxruntime.so* ]]
