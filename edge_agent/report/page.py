"""A report as one page for people: what is wrong first, then every turn as a picture. It holds the report itself as
data, so that `edge-agent replay` takes the page too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from ..drawing.turn import draw
from ..telemetry.records import of_json

DATA = '<script type="application/json" id="report">'
STYLE = """
body{font:14px/1.45 system-ui,sans-serif;color:#222;max-width:1040px;margin:24px auto;padding:0 16px}
h1{font-size:20px;margin:0 0 4px}h2{font-size:16px;margin:32px 0 8px;border-bottom:1px solid #ddd}
h3{font-size:14px;margin:20px 0 4px}p{margin:4px 0}
table{border-collapse:collapse}td,th{text-align:left;padding:2px 16px 2px 0;vertical-align:top}
th{font-weight:normal;color:#666}td.number{font-variant-numeric:tabular-nums}
pre{background:#f6f6f8;padding:8px;overflow:auto;font-size:12px;max-height:420px}
.finding{border-left:4px solid #b03030;background:#fbeeee;padding:6px 12px;margin:6px 0}
.good{border-left:4px solid #2d7a3e;background:#eef7f0;padding:6px 12px;margin:6px 0}
.failed{color:#b03030}.warning{color:#8a6d00}.ok{color:#2d7a3e}.skipped{color:#777}.quiet{color:#666}
svg{max-width:100%;height:auto}
"""
LATENCIES = {  # of a turn's summary
    "press_to_sent_ms": "press → first frame sent",
    "release_to_commit_ms": "release → commit",
    "commit_to_delta_ms": "commit → first delta",
    "delta_to_sound_ms": "first delta → first sample",
    "release_to_sound_ms": "release → first sample",
}


def page(report: Mapping[str, Any]) -> str:
    """HTML that needs nothing from anywhere, and runs nothing."""
    data = json.dumps(report, separators=(",", ":")).replace("</", "<\\/").replace("<!--", "<\\u0021--")
    title = f"edge-agent report: {report['host'].get('name', '')}, {report['made']}"
    body = "\n".join(_body(report))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>\n{body}\n"
        f"{DATA}{data}</script>\n</body></html>\n"
    )


def _body(report: Mapping[str, Any]) -> Iterator[str]:
    host, versions, status = report["host"], report["versions"], report["status"]
    yield f"<h1>{escape(host.get('name', 'a device'))}</h1>"
    yield _quiet(
        f"edge-agent {versions['edge-agent']}; board {report['board'] or 'none'}; made {report['made']}"
    )
    yield from _findings(report)
    if status:
        yield from _section("Status", _pre("\n".join(report["status_lines"])))
    yield from _turns(report["turns"])
    changes = [(change["at"], change["event"], _rest(change)) for change in reversed(report["changes"])]
    yield from _section("Link and devices, newest first", _table(changes) if changes else "")
    yield from _section("Doctor", _doctor(report["doctor"]))
    yield from _section("Configuration", _pre("\n".join(report["configuration"])))
    yield from _section("Computer", _table(_flat(host)))
    if status:
        yield from _section("Full status", _table(_flat(status)))
    packages = versions["packages"].items()
    yield from _section("Versions", _table([("python", versions["python"]), *packages]))
    if said := report.get("transcript"):
        yield from _section("Conversation", _table((item["role"], item["text"]) for item in said))
    yield from _section("Journal", _pre("\n".join(report["journal"])) if report["journal"] else "")


def _findings(report: Mapping[str, Any]) -> Iterator[str]:
    for problem in report["problems"]:
        yield f'<div class="finding"><b>configuration</b>: {escape(problem)}</div>'
    if not report["running"]:
        yield f'<div class="finding"><b>not running</b>: {escape(report["why_not"])}</div>'
        return
    findings = (report["status"] or {}).get("findings", [])
    for finding in findings:
        what, todo = escape(finding["what"]), escape(finding["todo"])
        yield f'<div class="finding"><b>{escape(finding["code"])}</b>: {what}<br>{todo}</div>'
    if not findings:
        yield '<div class="good">It is running, and nothing is known to be wrong.</div>'


def _turns(turns: list[dict[str, Any]]) -> Iterator[str]:
    yield "<h2>Turns, newest first; times in ms since each started</h2>"
    for turn in reversed(turns):
        yield f"<h3>{escape(turn['summary'])}</h3>"
        waits = [f"{name} {turn[key]} ms" for key, name in LATENCIES.items() if turn.get(key) is not None]
        yield _quiet("; ".join([turn["at"], *waits]))
        yield draw([record for line in turn["records"] if (record := of_json(line))])
    if not turns:
        yield _quiet("none")


def _doctor(result: Mapping[str, Any] | None) -> str:
    if result is None:
        return _quiet("never run by this user: edge-agent doctor")
    rows = "".join(
        f'<tr><td class="{escape(check["status"])}">{escape(check["status"])}</td><td>{escape(check["name"])}</td>'
        f"<td>{escape(check['seen'])}{'; ' if check['do'] else ''}{escape(check['do'])}</td></tr>"
        for check in result["checks"]
    )
    return _quiet(f"made {result.get('made', 'an unknown date')}") + f"<table>{rows}</table>"


def _section(title: str, content: str) -> Iterator[str]:
    yield f"<h2>{escape(title)}</h2>"
    yield content or _quiet("none")


def _quiet(words: str) -> str:
    return f'<p class="quiet">{escape(words)}</p>'


def _pre(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _table(rows: Iterable[tuple[Any, ...]]) -> str:
    shown = "".join(
        f"<tr><th>{escape(str(name))}</th>"
        + "".join(f'<td class="number">{escape(str(value))}</td>' for value in values)
        + "</tr>"
        for name, *values in rows
    )
    return f"<table>{shown}</table>" if shown else ""


def _flat(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested facts as rows; findings have their own place."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name} ")
        elif name not in ("findings", "ok") and value not in (None, "", []):
            yield f"{prefix}{name}", value


def _rest(record: Mapping[str, Any]) -> str:
    hidden = ("at", "t", "n", "event", "run", "audio_ms", "turn_id")
    return ", ".join(f"{name} {value}" for name, value in record.items() if name not in hidden)
