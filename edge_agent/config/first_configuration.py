"""The first configuration of a device: what can be found out without asking anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ..vocabulary.frozen import frozen
from .model import Config
from .sections import Values, sections, settings_of
from .toml_lines import toml_value

HEAD = "# Created for this device by 'edge-agent config new'. For all settings: edge-agent config example"
UNLIKELY = 2  # rank of a device
NO_ENDPOINT = '# endpoint = "https://NAME.openai.azure.com"'


@frozen
class Found:
    """A connected sound device. `direction`: microphone or speaker; `setting`: names it uniquely."""

    direction: str
    name: str
    card_id: str
    setting: str


def first_configuration(config: Config, devices: Sequence[Found], boards: Mapping[str, Values]) -> str:
    """The text of a configuration file. `config`: what the environment sets. `boards`: their profiles, by name."""
    board = config.board or recognised(devices, boards)
    lines = [HEAD]
    lines += (
        [f"board = {toml_value(board)}"] if board else ["# edge-agent config boards: ready-made profiles"]
    )
    for name, cls in sections().items():
        section = getattr(config, name)
        chosen = [
            f"{item.name} = {toml_value(getattr(section, item.name))}"
            for item, _ in settings_of(cls)
            if getattr(section, item.name) != item.default
        ]
        if name == "service" and not config.has_service:
            chosen.append(NO_ENDPOINT)
        if name == "audio" and not board:
            chosen += _named([device for device in devices if not getattr(section, device.direction)])
        if chosen:
            lines += ["", f"[{name}]", *chosen]
    return "\n".join(lines)


def recognised(devices: Sequence[Found], boards: Mapping[str, Values]) -> str:
    """The one board whose devices are all connected; empty: none, or more than one."""
    fitting = [name for name, profile in boards.items() if _fits(profile, devices)]
    return fitting[0] if len(fitting) == 1 else ""


def _fits(profile: Values, devices: Sequence[Found]) -> bool:
    wanted = [
        (direction, str(profile["audio", direction][0]))
        for direction in ("microphone", "speaker")
        if ("audio", direction) in profile
    ]
    return bool(wanted) and all(any(_is(device, *one) for device in devices) for one in wanted)


def _is(device: Found, direction: str, name: str) -> bool:
    return device.direction == direction and (device.card_id == name or name.lower() in device.name.lower())


def _named(devices: Sequence[Found]) -> Iterator[str]:
    """The only microphone and the only speaker that somebody has plugged in; all others to choose from."""
    for direction in ("microphone", "speaker"):
        found = [device for device in devices if device.direction == direction]
        likely = min(map(_rank, found), default=0)
        best = [device for device in found if _rank(device) == likely]
        for device in found:
            mark = "" if best == [device] and likely < UNLIKELY else "# "
            yield f"{mark}{direction} = {toml_value(device.setting)}"


def _rank(device: Found) -> int:
    """How likely it is that somebody speaks or listens there: less is likelier. A board has its sockets whether or not
    anything is plugged into them."""
    name = f"{device.name} {device.card_id}".lower()
    if re.search(r"hdmi|display ?port|iec958|s/?pdif|\bdp\b|loopback|dummy", name):
        return UNLIKELY
    return 1 if "bcm2835" in name and "i2s" not in name else 0
