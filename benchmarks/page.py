"""docs/performance.md, from what the benchmarks found. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import sections
from .sections import FAILED, MISSING, Found, Section, wrapped

SECTIONS: dict[str, tuple[str, Callable[[Found], Section]]] = {
    "latency": ("How quick", sections.latency),
    "cost": ("What it costs", sections.cost),
    "peers": ("Beside its peers", sections.peers),
    "scale": ("What costs more when there is more of it", sections.scale),
    "sound": ("On a sound card of ALSA", sections.sound),
    "tools": ("What tools add", sections.printed),
    "blocked_tools": ("Sound beside tools that mean ill", sections.printed),
    "gate": ("What opens the gate", sections.printed),
    "echo": ("What is left of its own voice", sections.printed),
}
INTRODUCTION = (
    "Made by `scripts/bench`, which anybody can repeat. Absolute figures are of the machine below, which may have been"
    " busy with other things; comparisons are ratios within one run. What the gate and the echo canceller hear and miss"
    " is explained in [gate.md](gate.md) and [echo.md](echo.md), what a bad network does in [faults.md](faults.md)."
    " Longer runs go by themselves: `python -m benchmarks.soak` for hours, `benchmarks.rotation`,"
    " `benchmarks.partition`, `benchmarks.control`, `benchmarks.startup`."
)
QUICK = "**This is a short run (`--quick`)**: few turns, and several clients at once; its figures vary."


def page(results: Mapping[str, Found], folder: str, *, quick: bool) -> tuple[str, dict[str, str]]:
    """The page, and its pictures by name; they are in `folder`, beside it."""
    parts = ["# Performance", wrapped(INTRODUCTION), *([QUICK] if quick else [])]
    pictures: dict[str, str] = {}
    for name, (title, section_of) in SECTIONS.items():
        parts.append(f"## {title}")
        found = results[name]
        if FAILED in found:
            parts.append(f"{MISSING} `benchmarks.{name}`: {found[FAILED]}")
            continue
        parts.append(_taken(name, found["machine"]))
        section = section_of(found)
        pictures |= section.pictures
        parts += [part.replace("PICTURES/", f"{folder}/") for part in section.parts]
    return "\n\n".join(parts) + "\n", pictures


def _taken(name: str, machine: Found) -> str:
    packages = "".join(f", {package} {version}" for package, version in machine["packages"].items())
    return wrapped(
        f"`python -m benchmarks.{name}`, {machine['date'][:10]}: {machine['cores']} cores of {machine['cpu']}, Linux"
        f" {machine['kernel']}, Python {machine['python']}, edge-agent {machine['edge_agent']}{packages}. Load of the"
        f" machine at its end: {machine['load']:.1f}."
    )
