"""The settings of the broker that sees and commands the device. Pure."""

from __future__ import annotations

from typing import Literal

from ..vocabulary.frozen import frozen
from .addresses import joined
from .setting import listed, setting

# what a broker may ask for, each only if it is allowed
COMMANDS = (
    *("mute", "unmute", "volume", "interrupt", "forget", "stop-ringing"),
    *("cancel-timers", "say", "announce", "start", "ask-user", "reload", "restart"),
)
PORT, TLS_PORT = 1883, 8883


@frozen
class MqttSettings:
    """An MQTT broker, and Home Assistant behind it (aiomqtt must be installed)."""

    host: str = setting("", "Name or address of the broker, as in homeassistant.local. Empty: none.")
    port: int = setting(0, f"0: {PORT}, with tls {TLS_PORT}.", low=0, high=65535)
    tls: bool = setting(False, "Encrypt, and check the broker's certificate.")
    ca: str = setting(
        "", "File with the certificates that the broker's is checked against. Empty: the system's."
    )
    certificate: str = setting(
        "", "File with this device's own certificate and its private key, where the broker asks for one."
    )
    user: str = setting("", "Name to sign in with. Empty: none.")
    password_file: str = setting(
        "",
        "File with the password of user. Empty: the systemd credential mqtt-password, which"
        " 'sudo edge-agent key set-mqtt' writes.",
    )
    protocol: Literal["5", "3.1.1"] = setting("5", "Version of MQTT that the broker speaks.")
    prefix: str = setting("edge-agent", "Topics begin with it: PREFIX/DEVICE/state.")
    device: str = setting(
        "", "DEVICE in the topics: letters, digits, _ and -. Empty: 12 digits made from the machine id."
    )
    name: str = setting("", "What the device is called there. Empty: the name of this machine.")
    discovery: str = setting(
        "homeassistant", "Where Home Assistant looks for devices. Empty: it is not told of this one."
    )
    group: str = setting(
        "",
        "Devices that hear each other's users: of those with the same name here, only the nearest answers a voice or a"
        " wake word. Empty: this one always answers.",
    )
    allow: str = setting(
        "",
        f"What the broker may ask for, separated by commas: {', '.join(COMMANDS)}. Empty: nothing.",
    )
    captions: bool = setting(
        False, "Also tell what both sides said. Only with log.transcripts; consider who can read the broker."
    )

    @property
    def allowed(self) -> frozenset[str]:
        return frozenset(listed(self.allow))

    @property
    def used_port(self) -> int:
        return self.port or (TLS_PORT if self.tls else PORT)

    @property
    def address(self) -> str:
        """For people."""
        return joined(self.host, self.used_port)
