"""Which topics a device has. Pure."""

from __future__ import annotations

import re

from ..config.mqtt_settings import MqttSettings
from ..vocabulary.frozen import frozen

SLUG = re.compile(r"[^a-z0-9]+")


@frozen
class Topics:
    """`device`: of letters, digits, _ and -, as Home Assistant takes it. `discovery`: empty: nobody looks there.
    `group`: empty: it is in none."""

    prefix: str
    device: str
    discovery: str
    group: str = ""

    @classmethod
    def of(cls, settings: MqttSettings, device: str) -> Topics:
        return cls(settings.prefix, device, settings.discovery, settings.group)

    @property
    def client(self) -> str:
        """How the broker knows the connection."""
        return f"edge-agent-{self.device}"

    @property
    def availability(self) -> str:
        return self.state("availability")

    @property
    def commands(self) -> str:
        """A pattern for all of them."""
        return self.command("+")

    @property
    def answer(self) -> str:
        """What came of the last command."""
        return self.state("answer")

    @property
    def discovered(self) -> str:
        return f"{self.discovery}/device/edge-agent-{self.device}/config"

    @property
    def home_status(self) -> str:
        """Where Home Assistant says that it has started."""
        return f"{self.discovery}/status"

    @property
    def fleet(self) -> str:
        """What came of the fleet's settings."""
        return self.state("fleet")

    @property
    def fleet_news(self) -> str:
        """Where somebody says that there are others, to all devices."""
        return f"{self.prefix}/fleet-news"

    @property
    def in_group(self) -> str:
        """Where it tells the others of its group."""
        return self._of_group(self.device)

    @property
    def all_in_group(self) -> str:
        """A pattern for what all of them tell."""
        return self._of_group("+")

    def teller(self, topic: str) -> str:
        """Which other device of the group a topic is of; empty: it is of none."""
        start = self._of_group("")
        device = topic.removeprefix(start) if self.group and topic.startswith(start) else ""
        return "" if device == self.device else device

    def _of_group(self, device: str) -> str:
        return f"{self.prefix}/group/{self.group}/{device}"

    def state(self, key: str) -> str:
        return f"{self.prefix}/{self.device}/{key}"

    def attributes(self, key: str) -> str:
        return self.state(f"{key}/attributes")

    def command(self, name: str) -> str:
        return self.state(f"command/{name}")

    def asked(self, topic: str) -> str:
        """The name of the command that a topic is of; empty: it is of none."""
        start = self.command("")
        return topic.removeprefix(start) if topic.startswith(start) else ""


def slug(name: str, otherwise: str) -> str:
    """As Home Assistant writes names into ids."""
    return SLUG.sub("_", name.lower()).strip("_") or otherwise
