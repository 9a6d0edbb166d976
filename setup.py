"""The one part that is compiled; everything else is in pyproject.toml. Without a compiler, numpy does its work."""

import os
from pathlib import Path

from setuptools import Extension, setup

HERE = Path("edge_agent/audio/echo/linear")

setup(
    ext_modules=[]
    if os.environ.get("EDGE_AGENT_WITHOUT_EXTENSION")
    else [
        Extension(
            "edge_agent.audio.echo.linear._linear",
            sources=sorted(map(str, HERE.glob("*.c"))),
            depends=sorted(map(str, HERE.glob("*.h"))),
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            extra_compile_args=["-std=c99", "-O2", "-ftree-vectorize", "-g0"],
            libraries=["m"],
            py_limited_api=True,
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
