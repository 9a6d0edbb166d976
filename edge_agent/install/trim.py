"""What a device never uses of its packages: left out of the Debian package.

As a program, for scripts/build-deb: `python3 -m edge_agent.install.trim SITE-PACKAGES`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

UNUSED = (
    "**/*.pyi",
    "**/*.a",
    "**/*.pxd",
    "**/tests",
    "numpy/_core/include",
    "numpy/_core/*_tests.*.so",
    "numpy/_core/_simd.*.so",  # of its tests
    *(f"numpy/{name}" for name in ("distutils", "f2py", "polynomial", "random", "testing")),
    # a second copy of the library, for programs in C
    "onnxruntime/capi/libonnxruntime.so.*",
    "onnxruntime/transformers",
    "onnxruntime/tools",
    "onnxruntime/quantization",
    "onnxruntime/datasets",
    "onnxruntime/backend",
    # of its tools
    "google",
    "protobuf-*.dist-info",
    "flatbuffers",
    "flatbuffers-*.dist-info",
    # of its tests
    "securesystemslib/_vendor/ed25519/test_data",
    # of building packages
    "setuptools",
    "setuptools-*.dist-info",
    "_distutils_hack",
    "distutils-precedence.pth",
    "pkg_resources",
    "cffi",
    "pycparser",
    "pycparser-*.dist-info",
)
MODELS, MODEL = "silero_vad/data/*.*", "silero_vad_16k_sequence.onnx"


def trim(packages: Path) -> None:
    for pattern in UNUSED:
        for path in sorted(packages.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for path in packages.glob(MODELS):
        if path.name not in (MODEL, "__init__.py"):
            path.unlink()


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
