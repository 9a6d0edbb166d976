"""What a dashboard shows of the device, and may change: a row each. Pure.

https://www.home-assistant.io/integrations/mqtt says what each platform takes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, TypeAlias

from ..config.mqtt_settings import MqttSettings
from ..vocabulary.frozen import frozen
from ..vocabulary.state import Mode
from .presses import DOUBLE, LONG, SHORT

StatusTold: TypeAlias = Mapping[str, Any]  # a `DeviceStatus`, or what of it is known so early

UNKNOWN = "None"  # what Home Assistant takes for it
LONGEST_STATE = 255  # characters: a longer one is shown as unknown


@frozen
class Entity:
    """`platform`, `name`, `category` and `more`: as Home Assistant has them. `state` of the device; None: it has none,
    or not always the same. `quick`: known from the turn machine alone. `details`: beside the state, as JSON.
    `topic`: of its state, if not its key. `command`: its topic. `needs`: words of [mqtt] allow. `instead`: shown only
    where those are not allowed. `words`: shown only with captions. `event`: something that happens, and does not
    last."""

    key: str
    platform: str
    name: str
    state: Callable[[StatusTold], str] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    category: str = ""
    quick: bool = False
    details: Callable[[StatusTold], dict[str, Any]] | None = None
    topic: str = ""
    command: str = ""
    needs: str = ""
    instead: bool = False
    words: bool = False
    event: bool = False

    def is_shown(self, settings: MqttSettings) -> bool:
        if self.words:
            return settings.captions
        return not self.needs or (self.needs in settings.allowed) is not self.instead


def _on(holds: bool) -> str:
    return "ON" if holds else "OFF"


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:g}"


def _latency(told: StatusTold) -> str:
    last = told["latency"]["last"]
    return _number(last["release_to_sound_ms"] if last else None)


def _level(told: StatusTold) -> str:
    """Not while it is muted: how loud it is in the room is nobody's business then."""
    sound = told["sound"]
    known = sound["up"] and not told["muted"]
    return _number(round(sound["counters"]["level_db"]) if known else None)


def _update(told: StatusTold) -> str:
    """A release that the fleet has for this device, and that is not tried to the end yet, is an update."""
    release = told["release"]
    is_next = release.get("step") in ("waiting", "trying")
    latest = release["version"] if is_next else told["version"]
    return json.dumps(
        {
            "installed_version": told["version"],
            "latest_version": latest,
            "in_progress": release.get("step") == "trying",
        }
    )


def _findings(told: StatusTold) -> dict[str, Any]:
    found = told["findings"]
    return {"codes": ", ".join(finding["code"] for finding in found), "findings": found}


MUTED = {"icon": "mdi:microphone-off"}
VOLUME = {"unit_of_measurement": "%", "icon": "mdi:volume-high"}
MEASURED = {"state_class": "measurement", "suggested_display_precision": 0}

ENTITIES: tuple[Entity, ...] = (
    Entity(
        "state",
        "sensor",
        "State",
        lambda told: str(told["mode"]),
        {"device_class": "enum", "options": [mode.value for mode in Mode], "icon": "mdi:account-voice"},
        quick=True,
    ),
    Entity(
        "mute",
        "switch",
        "Mute",
        lambda told: _on(told["muted"]),
        MUTED,
        quick=True,
        command="mute",
        needs="mute",
    ),
    Entity(
        "muted",
        "binary_sensor",
        "Muted",
        lambda told: _on(told["muted"]),
        MUTED,
        topic="mute",
        quick=True,
        needs="mute",
        instead=True,
    ),
    Entity(
        "volume",
        "number",
        "Volume",
        lambda told: str(told["volume"]),
        {**VOLUME, "min": 0, "max": 100, "step": 1, "mode": "slider"},
        quick=True,
        command="volume",
        needs="volume",
    ),
    Entity(
        "loudness",
        "sensor",
        "Volume",
        lambda told: str(told["volume"]),
        VOLUME,
        topic="volume",
        quick=True,
        needs="volume",
        instead=True,
    ),
    Entity(
        "latency",
        "sensor",
        "Last answer began after",
        _latency,
        {"device_class": "duration", "unit_of_measurement": "ms", **MEASURED},
    ),
    Entity(
        "cost",
        "sensor",
        "Cost today",
        lambda told: f"{told['costs']['today']['cost']:.4f}",
        {"device_class": "monetary", "suggested_display_precision": 2},
    ),
    Entity(
        "budget",
        "sensor",
        "Daily budget",
        lambda told: _number(told["costs"]["daily_cost"] or None),
        {"device_class": "monetary", "suggested_display_precision": 2},
        category="diagnostic",
    ),
    Entity(
        "link",
        "binary_sensor",
        "Link to the service",
        lambda told: _on(told["link"]["state"] != "down"),
        {"device_class": "connectivity"},
        category="diagnostic",
    ),
    Entity(
        "findings",
        "binary_sensor",
        "Findings",
        lambda told: _on(bool(told["findings"])),
        {"device_class": "problem"},
        category="diagnostic",
        details=_findings,
    ),
    Entity("version", "sensor", "Version", lambda told: str(told["version"]), category="diagnostic"),
    Entity(
        "update",
        "update",
        "Update",
        _update,
        {"device_class": "firmware", "title": "edge-agent"},
        category="diagnostic",
    ),
    Entity(
        "level",
        "sensor",
        "Microphone level",
        _level,
        {"unit_of_measurement": "dBFS", **MEASURED, "icon": "mdi:microphone"},
        category="diagnostic",
    ),
    Entity(
        "echo",
        "sensor",
        "Echo removed",
        lambda told: _number(told["sound"]["erle_db"]),
        {"unit_of_measurement": "dB", **MEASURED, "icon": "mdi:speaker-off"},
        category="diagnostic",
    ),
    Entity(
        "timers",
        "sensor",
        "Timers",
        lambda told: str(told["tools"]["timers"]),
        {"icon": "mdi:timer-outline"},
    ),
    Entity(
        "button",
        "event",
        "Button",
        more={"device_class": "button", "event_types": [SHORT, LONG, DOUBLE]},
        event=True,
    ),
    Entity("heard", "sensor", "Heard", more={"icon": "mdi:account-voice"}, words=True, event=True),
    Entity("said", "sensor", "Said", more={"icon": "mdi:robot-outline"}, words=True, event=True),
    *(
        Entity(name, "notify", label, more={"icon": icon}, command=name, needs=name)
        for name, label, icon in (
            ("say", "Ask by text", "mdi:message-text"),
            ("announce", "Announce", "mdi:bullhorn"),
            ("ask-user", "Ask the user", "mdi:chat-question"),
        )
    ),
    *(
        Entity(name, "button", label, more={"icon": icon}, command=name, needs=name)
        for name, label, icon in (
            ("start", "Start a conversation", "mdi:microphone-message"),
            ("interrupt", "Interrupt", "mdi:hand-back-left"),
            ("forget", "Forget the conversation", "mdi:eraser"),
            ("stop-ringing", "Stop ringing", "mdi:bell-off"),
            ("cancel-timers", "Cancel all timers", "mdi:timer-off-outline"),
            ("reload", "Reload the configuration", "mdi:reload"),
        )
    ),
    Entity(
        "restart", "button", "Restart", more={"device_class": "restart"}, command="restart", needs="restart"
    ),
)


def attributes(details: Mapping[str, Any]) -> str:
    return json.dumps(details, ensure_ascii=False)
