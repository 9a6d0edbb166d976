"""The shape of the code: what may import what. ARCHITECTURE.md says why."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "edge_agent"
WORLDLY = {
    "asyncio",
    "threading",
    "time",
    "socket",
    "os",
    "logging",
    "subprocess",
    "websockets",
    "queue",
    "signal",
}
PURE = [
    "conversation/answer",
    "billing/budget",
    "conversation/spoken_causes",
    "vocabulary/actions",
    "vocabulary/commands",
    "conversation/commits",
    "conversation/machine",
    "billing/ledger",
    "vocabulary/events",
    "conversation/exchange",
    "replay/snapshot",
    "vocabulary/journal",
    "telemetry/metrics",
    "conversation/presence",
    "conversation/question",
    "replay/recorder",
    "replay/replayer",
    "conversation/responses",
    "conversation/retries",
    "vocabulary/state",
    "vocabulary/text",
    "telemetry/status",
    "drawing/svg",
    "telemetry/timeline",
    "conversation/transcript",
    "telemetry/turn_log",
    "telemetry/turn_summary",
    "conversation/settings",
    "conversation/utterance",
    "telemetry/liveness",
    "config/addresses",
    "config/providers",
    "config/setting",
    "config/suggest",
    "audio/echo/break_in",
    "audio/cues",
    "audio/ducking",
    "audio/echo/duplex",
    "audio/echo/canceller",
    "audio/echo/meter",
    "audio/engine",
    "audio/fades",
    "audio/high_pass",
    "audio/prebuffer",
    "vocabulary/sound",
    "audio/convert",
    "audio/gate",
    "audio/levels",
    "audio/playback",
    "audio/resample",
    "audio/uplink",
    "audio/volume",
    "config/first_configuration",
    "config/toml_lines",
    "config/model",
    "panel/light_patterns",
    "panel/button",
    "host/control/requests",
    "doctor/acoustics",
    "doctor/result",
    "doctor/verdict",
    "report/history",
    "report/mask",
    "report/turns",
    "drawing/turn",
    "report/page",
    "realtime/auth/token_output",
    "realtime/backoff",
    "realtime/wire/decode",
    "realtime/wire/dialects",
    "realtime/wire/encode",
    "realtime/wire/session_body",
    "realtime/expiry",
    "simulator/audio_events",
    "simulator/core",
    "simulator/dialects",
    "simulator/ear",
    "simulator/endings",
    "simulator/faults",
    "simulator/item_events",
    "simulator/items",
    "simulator/outbox",
    "simulator/reply",
    "simulator/reply_events",
    "simulator/session",
    "simulator/settings",
    "simulator/values",
    "simulator/server_events",
]


def imports(path: Path) -> set[str]:
    """Absolute names of all that a module imports, wherever in it."""
    package = path.relative_to(ROOT.parent).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("name", PURE)
def test_the_core_knows_no_clock_no_thread_and_no_device(name: str) -> None:
    for module in imports(ROOT / f"{name}.py"):
        assert module.split(".")[0] not in WORLDLY


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_who_may_know_whom(path: Path) -> None:
    here = str(path.relative_to(ROOT))
    for module in imports(path):
        if not here.startswith(("simulator/", "cli/")):
            assert not module.startswith("edge_agent.simulator"), (
                "the agent must not know that it is simulated"
            )
        if not here.startswith(("cli/", "__main__")):
            assert not module.startswith("edge_agent.cli")
        if here.startswith("audio/"):
            assert not module.startswith("edge_agent.realtime")
        if here.startswith("config/"):
            assert not module.startswith(("edge_agent.audio", "edge_agent.realtime"))
        if here.startswith("realtime/"):
            assert not module.startswith("edge_agent.audio") or module.startswith(
                "edge_agent.vocabulary.sound"
            )


def test_files_are_small() -> None:
    sizes = {path: len(path.read_text().splitlines()) for path in ROOT.rglob("*.py")}
    assert max(sizes.values()) <= 400
    assert sorted(sizes.values())[len(sizes) // 2] < 150


if __name__ == "__main__":  # for scripts/test: what must be covered to its last branch
    print(",".join(f"edge_agent/{name}.py" for name in PURE))
