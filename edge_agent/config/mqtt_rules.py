"""Rules of the settings of [mqtt]."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from .model import Config
from .mqtt_settings import COMMANDS, MqttSettings
from .providers import PROVIDERS
from .suggest import did_you_mean

DEVICE = re.compile(r"[A-Za-z0-9_-]{1,64}")  # as Home Assistant takes it in a topic
GROUP = "group"
LONGEST_PREFIX = 200  # characters


def _host(mqtt: MqttSettings) -> str:
    host = mqtt.host
    if "://" in host:
        return f"{host!r} is an address; write the name alone, the port as port, and for mqtts: tls = true"
    if re.fullmatch(r"[^:]*:\d+", host):
        return f"{host!r} holds a port; write that as port"
    if re.search(r"[\s/@,]", host) or len(host) > 253:
        return f"{host!r} is not the name of a computer; write it as in homeassistant.local, or 192.168.1.9"
    return ""


def _topic(what: str) -> Callable[[MqttSettings], str]:
    def rule(mqtt: MqttSettings) -> str:
        prefix: str = getattr(mqtt, what)
        bad = re.search(r"[+#\s]|^[/$]|/$|//", prefix) or len(prefix) > LONGEST_PREFIX
        if bad or not (prefix or what == "discovery"):
            return (
                f"{prefix!r} is not the beginning of a topic; write it as in home/voice, without +, #, spaces"
            )
        return ""

    return rule


def _device(mqtt: MqttSettings) -> str:
    if mqtt.device and not DEVICE.fullmatch(mqtt.device):
        return f"{mqtt.device!r} cannot be in a topic; use 1 to 64 letters, digits, _ and -, as in kitchen"
    if mqtt.device == GROUP:
        return f"{GROUP!r} is where groups of devices have their topics; use another name"
    return ""


def _group(config: Config) -> str:
    group = config.mqtt.group
    if group and not DEVICE.fullmatch(group):
        return f"{group!r} cannot be in a topic; use 1 to 64 letters, digits, _ and -, as in downstairs"
    if group and PROVIDERS[config.service.provider].is_duplex:
        return "works only with a service that takes turns, and not with GPT-Live"
    return ""


def _allow(mqtt: MqttSettings) -> str:
    unknown = sorted(mqtt.allowed - set(COMMANDS))
    return f"{unknown[0]!r} is not a command{did_you_mean(unknown[0], COMMANDS)}" if unknown else ""


def _file(what: str, needs: str, how: str) -> Callable[[MqttSettings], str]:
    """`how`: what to write where the setting that it needs is not there."""

    def rule(mqtt: MqttSettings) -> str:
        name: str = getattr(mqtt, what)
        if not name or not mqtt.host:
            return ""
        if not getattr(mqtt, needs):
            return f"works only with {how}"
        try:
            empty = not Path(name).read_bytes().strip()
        except OSError as error:
            return f"{name!r} cannot be read ({error.strerror}); check its path, owner and mode"
        return f"{name!r} is empty; write it again" if empty else ""

    return rule


def _of(check: Callable[[MqttSettings], str]) -> Callable[[Config], str]:
    return lambda config: check(config.mqtt)


def _captions(config: Config) -> str:
    if config.mqtt.captions and not config.log.transcripts:
        return "works only with [log] transcripts = true"
    return ""


MQTT_RULES: dict[tuple[tuple[str, str], ...], Callable[[Config], str]] = {
    (("mqtt", "host"),): _of(_host),
    (("mqtt", "prefix"),): _of(_topic("prefix")),
    (("mqtt", "discovery"),): _of(_topic("discovery")),
    (("mqtt", "device"),): _of(_device),
    (("mqtt", "group"), ("service", "provider")): _group,
    (("mqtt", "allow"),): _of(_allow),
    (("mqtt", "ca"), ("mqtt", "tls")): _of(_file("ca", "tls", "tls = true")),
    (("mqtt", "certificate"), ("mqtt", "tls")): _of(_file("certificate", "tls", "tls = true")),
    (("mqtt", "password_file"), ("mqtt", "user")): _of(_file("password_file", "user", "user; set that too")),
    (("mqtt", "captions"), ("log", "transcripts")): _captions,
}
