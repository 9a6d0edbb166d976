"""The sections of docs/performance.md, each from what one benchmark found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from textwrap import fill
from typing import Any

from . import plot
from .quantiles import quantile

Found = dict[str, Any]
QUANTILES = (0.5, 0.95, 0.99)
MISSING = "-"
FAILED = "failed"  # in what a benchmark found: why there is nothing


@dataclass(slots=True)
class Section:
    """Markdown, and SVG files by name."""

    parts: list[str] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)

    def say(self, text: str) -> None:
        self.parts.append(wrapped(text))

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        rule = ["---"] + ["---:"] * (len(head) - 1)
        self.parts.append("\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows]))

    def picture(self, name: str, about: str, svg: str) -> None:
        self.pictures[name] = svg
        self.parts.append(f"![{about}](PICTURES/{name})")


def wrapped(text: str) -> str:
    """As the other documents are."""
    return fill(text, 118, break_long_words=False, break_on_hyphens=False)


def latency(found: Found) -> Section:
    section = Section()
    section.say(
        "Whole agents over TLS on loopback, each in a process of its own, on the simulated card; presses and voices"
        " come at any moment. *Sent* is from the agent's timeline, *at the service* from the service's own record,"
        " and what is heard from the sound at the card, by the card's clock. Under load the event loop of each agent"
        " is kept busy for up to 20 ms again and again (some 12 % of the time), and a program beside them takes all"
        " the CPU it gets. The answer to a press is a tone, so the truncation can be compared with what sounded, to"
        " 1 ms; that to a voice is spoken, without pauses. Two of the three recordings begin with a breath, some 20 dB"
        " softer than the voice 0.3 s later: it is counted from the voice until the speaker is silent."
    )
    conditions: dict[str, dict[str, list[float]]] = found["conditions"]
    head = ["ms"]
    for name in conditions:
        head += [f"{name}: n", "median", "95 %", "99 %"]
    names = dict.fromkeys(name for values in conditions.values() for name in values)
    rows = [
        [name, *(cell for values in conditions.values() for cell in _quantiles(values.get(name, [])))]
        for name in names
    ]
    limits = found["limits"]
    section.table(
        [*head, "limit at 95 %"],
        [[*row, f"{limits[row[0]]:.0f}" if row[0] in limits else ""] for row in rows],
    )
    starved = [f"{found['starved'][name]} of {answers} {name}" for name, answers in found["answers"].items()]
    section.say(f"Answers that ran dry at the card: {', '.join(starved)}.")
    for name, values in conditions.items():
        curves = {of: plot.cumulative(values[of]) for of in limits if values.get(of)}
        if curves:
            svg = plot.lines(f"Latencies {name}", curves, x="ms", y="% of turns")
            section.picture(f"latency-{name.replace(' ', '-')}.svg", f"Latencies {name}, cumulative", svg)
    return section


def _quantiles(values: list[float]) -> list[str]:
    if not values:
        return ["0", MISSING, MISSING, MISSING]
    return [str(len(values)), *(f"{quantile(values, at):.0f}" for at in QUANTILES)]


def cost(found: Found) -> Section:
    section = Section()
    section.say(
        "The whole daemon, measured from outside (CPU by its process clock, wake-ups as voluntary context switches,"
        " memory as PSS), over TLS, beside a bare client in the same run that sends 20 ms messages and has no gate,"
        " no playback and no recovery. `x` is the ratio to it. A first turn, in which a device learns its room, counts"
        " apart."
    )
    cases = list(dict.fromkeys(case for row in found["rows"] for case in row["cases"]))
    section.table(["", *cases], [[row["name"], *_cells(row["cases"], cases)] for row in found["rows"]])
    shares: dict[str, dict[str, float]] = found["shares"]
    if not shares:
        return section
    section.say(
        "Which part of it takes how much, with a button: each part alone, called in its rhythm; what they leave is"
        " the rest."
    )
    if alone := found["alone"]:
        costs = ", ".join(f"{part}: {value:.2f}" for part, value in alone.items())
        section.say(
            f"What is not in it, because only a hands-free device needs it, in CPU s a minute: {costs}."
        )
    parts = list(dict.fromkeys(part for phase in shares.values() for part in phase))
    section.table(
        ["CPU s a minute", *shares],
        [[part, *(_share(phase, part) for phase in shares.values())] for part in parts],
    )
    for phase, of in shares.items():
        alone = {part: value for part, value in of.items() if part != "total"}
        svg = plot.bars(f"{phase.capitalize()}: CPU by part", alone, unit="CPU s/min")
        section.picture(f"cost-{phase}.svg", f"CPU by part while {phase}", svg)
    return section


def _share(phase: dict[str, float], part: str) -> str:
    return f"{phase[part]:.3f} ({phase[part] / phase['total']:.0%})" if part in phase else MISSING


def peers(found: Found) -> Section:
    section = Section()
    section.say(
        "Clients of the Realtime API from PyPI, each in an environment of its own, driven by the same speech against"
        " the same simulated service over TLS, in the same run. `x` is the ratio to `bare` (websockets, json, base64)"
        " of the same round. A dash: it cannot do that, or failed."
    )
    names = list(found["versions"])
    section.table(["", *names], [[row["name"], *_cells(row["peers"], names)] for row in found["rows"]])
    versions = found["versions"].items()
    section.say(
        "Versions: "
        + "; ".join(
            f"{name}: " + ", ".join(f"{package} {version}" for package, version in packages.items())
            for name, packages in versions
        )
        + "."
    )
    for row, file, unit in (("both, CPU s/min", "cpu", "CPU s/min"), ("PSS, MiB", "memory", "MiB")):
        of: dict[str, Any] = next((one["peers"] for one in found["rows"] if one["name"] == row), {})
        if of:
            medians = {name: of[name]["median"] for name in names if name in of}
            title = "CPU, talking and answering" if file == "cpu" else "Memory (PSS)"
            section.picture(f"peers-{file}.svg", title, plot.bars(title, medians, unit=unit))
    return section


def _cells(seen: dict[str, dict[str, float | None]], names: Sequence[str]) -> list[str]:
    return [_cell(seen[name]) if name in seen else MISSING for name in names]


def _cell(seen: dict[str, float | None]) -> str:
    ratio = seen["ratio"]
    return f"{seen['median']:.2f}" + (f" ({ratio:.2f} x)" if ratio is not None else "")


def scale(found: Found) -> Section:
    section = Section()
    visit: list[dict[str, float]] = found["conversation"]
    section.say(
        f"**Length of a conversation.** One visit of {visit[-1]['minutes'] / 60:.1f} h, turn after turn without a"
        " pause, in audio time; the service and the person are in the same process, and so in the figures."
    )
    section.table(
        ["minutes", "CPU s a minute", "RSS, MiB"],
        [
            [f"{at['minutes']:.0f}", f"{at['cpu_s_per_min']:.3f}", f"{at['rss_mib']:.1f}"]
            for at in visit[:: max(1, len(visit) // 8)]
        ],
    )
    for key, file, axis in (("cpu_s_per_min", "cpu", "CPU s/min"), ("rss_mib", "memory", "MiB")):
        points = [(at["minutes"], at[key]) for at in visit]
        title = "CPU over a conversation" if file == "cpu" else "Memory over a conversation"
        svg = plot.lines(title, {axis: points}, x="minutes of conversation", y=axis)
        section.picture(f"conversation-{file}.svg", title, svg)
    section.say("**Messages of a service that sends its sound in smaller pieces.**")
    _points(section, found["messages"], {"delta_ms": ("ms of sound in a message", 0)} | ANSWERING)
    section.say("**Longer answers.** The service sends them five times as quickly as they sound.")
    _points(section, found["lengths"], {"answer_s": ("s of answer", 0)} | ANSWERING)
    devices = found["devices"]
    section.say(
        "**Devices on one machine**, all talking and answering together; each figure is for one device."
    )
    _points(section, devices, {"devices": ("devices", 0)} | DEVICE)
    carried = 60 / devices[-1]["cpu_s_per_min"]
    section.say(f"So one core has CPU for {carried:.0f} agents that talk without end, by the last row.")
    return section


ANSWERING = {"cpu_s_per_min": ("CPU s a minute of answer", 2), "pss_mib": ("PSS after it, MiB", 1)}
DEVICE = {
    "cpu_s_per_min": ("CPU s a minute of conversation", 2),
    "resting_cpu_s_per_min": ("at rest, CPU s a minute", 2),
    "pss_mib": ("PSS, MiB", 1),
    "ready_s": ("start to link up, s", 2),
}


def _points(section: Section, points: list[dict[str, float]], columns: dict[str, tuple[str, int]]) -> None:
    section.table(
        [name for name, _ in columns.values()],
        [[f"{point[key]:.{digits}f}" for key, (_, digits) in columns.items()] for point in points],
    )


def sound(found: Found) -> Section:
    section = Section()
    faults, load, rest = found["faults"], found["load"], found["rest"]
    section.say(
        "PortAudio on a virtual sound card, in the audio process. At rest it takes "
        + " and ".join(f"{share:.1f} % of a core ({mode})" for mode, share in rest.items())
        + f". Answers for {load['minutes']:g} minutes, beside an event loop that is blocked for up to 300 ms at random:"
        f" {load['underruns']} underruns, {load['overruns']} overruns, sound lost {load['lost']} times, in"
        f" {load['frames']} frames. Of {faults['count']} random faults (unplugged, stalled or crashed microphone or"
        f" speaker, half of them while an answer plays) {faults['in_time']} were noticed within 300 ms, and the device"
        " heard again within 500 ms of the cure."
    )
    section.table(
        ["ms", "n", "median", "95 %", "99 %"],
        [
            [name, *_quantiles(values)]
            for name, values in (
                ("fault to its notice", faults["noticed_ms"]),
                ("cure to hearing again", faults["cured_ms"]),
                ("microphone to parent, the card's period of 40 ms included", found["late_ms"]),
            )
        ],
    )
    return section


def printed(found: Found) -> Section:
    section = Section()
    section.parts.append(f"```\n{found['text']}\n```")
    return section
