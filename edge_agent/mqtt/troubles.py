"""Why there is no broker, in words: which, what is wrong with it, what to do."""

from __future__ import annotations

import socket
import ssl

from ..config.mqtt_settings import MqttSettings
from ..config.packages import to_install
from ..telemetry.status import Finding
from ..vocabulary.frozen import frozen
from ..vocabulary.text import harmless

RETRIED = "it is tried again by itself"
PASSWORD = "check [mqtt] user, and give the password with 'sudo edge-agent key set-mqtt'"  # noqa: S105
OTHER_NAME = "set [mqtt] device on one of them (a copied card has the machine id of the first)"
# CONNACK: https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html#_Toc3901079, and of 3.1.1 the table 3.1
SIGN_IN = {
    4: "user or password",
    5: "this user",
    0x86: "user or password",
    0x87: "this user",
    0x8A: "this device",
}
PROTOCOL = {1, 0x84}
TAKEN_OVER = 0x8E


class BrokerTrouble(Exception):
    """`finding`: what is wrong. `waits`: only a person can put it right."""

    def __init__(self, finding: Finding, *, waits: bool = False) -> None:
        super().__init__(finding.what)
        self.finding, self.waits = finding, waits


@frozen
class BrokerRefusal:
    """By the broker, with this code."""

    code: int
    words: str = ""


def missing_package() -> BrokerTrouble:
    finding = Finding("mqtt-missing", "a broker needs the package aiomqtt", to_install("aiomqtt"))
    return BrokerTrouble(finding, waits=True)


def bad_setting(what: str) -> BrokerTrouble:
    """`what`: is wrong; what to do."""
    wrong, _, todo = what.partition("; ")
    return BrokerTrouble(Finding("mqtt-setting", wrong, todo), waits=True)


def again_and_again(settings: MqttSettings) -> BrokerTrouble:
    """mosquitto 2.0 does not say that another connection has taken the name."""
    what = f"the broker {settings.address} ends the connection again and again"
    return BrokerTrouble(
        Finding("mqtt-refused", what, f"its log says why; if it is another device of this name, {OTHER_NAME}")
    )


def trouble(settings: MqttSettings, cause: BaseException | BrokerRefusal | None) -> BrokerTrouble:
    """From what the library or the system raised; None: the connection has ended."""
    broker = f"the broker {settings.address}"
    match cause:
        case BrokerRefusal(code) if code in SIGN_IN:
            what = f"{broker} refuses {SIGN_IN[code]}"
            return BrokerTrouble(Finding("mqtt-refused", what, PASSWORD), waits=True)
        case BrokerRefusal(code) if code in PROTOCOL:
            other = "3.1.1" if settings.protocol == "5" else "5"
            what = f"{broker} does not speak MQTT {settings.protocol}"
            return BrokerTrouble(
                Finding("mqtt-refused", what, f'set [mqtt] protocol = "{other}"'), waits=True
            )
        case BrokerRefusal(code) if code == TAKEN_OVER:
            what = f"{broker} hears another device with the same name"
            return BrokerTrouble(Finding("mqtt-refused", what, OTHER_NAME), waits=True)
        case BrokerRefusal(code, words):
            return BrokerTrouble(Finding("mqtt-refused", f"{broker} refuses: {words} ({code})", RETRIED))
        case socket.gaierror():
            todo = "check [mqtt] host, and the network"
            return BrokerTrouble(Finding("mqtt-away", f"the name {settings.host!r} is not found", todo))
        case ssl.SSLCertVerificationError(verify_message=why):
            todo = "set [mqtt] ca to the file of who signed it, and host to the name in it"
            what = f"{broker} has a certificate that is not trusted ({harmless(why)})"
            return BrokerTrouble(Finding("mqtt-tls", what, todo), waits=True)
        case ssl.SSLError(reason=why):
            what = f"{broker} and this device do not agree on TLS ({why or 'it ends the connection'})"
            todo = "check [mqtt] tls, port and certificate"
            return BrokerTrouble(Finding("mqtt-tls", what, todo))
        case ConnectionRefusedError():
            what = f"nothing listens at {settings.address}"
            return BrokerTrouble(Finding("mqtt-away", what, f"check [mqtt] port, and the broker; {RETRIED}"))
        case TimeoutError():
            what = f"{broker} does not answer"
            # by TLS 1.3 a client learns only later that its certificate is refused, and the library does not say it
            todo = (
                f"check [mqtt] port and certificate, and its log; {RETRIED}"
                if settings.tls
                else f"check it; {RETRIED}"
            )
            return BrokerTrouble(Finding("mqtt-away", what, todo))
        case OSError(strerror=why):
            return BrokerTrouble(Finding("mqtt-away", f"{broker} cannot be reached ({why})", RETRIED))
    what = f"{broker} ends the connection"
    return BrokerTrouble(Finding("mqtt-away", what, f"its log says why; {RETRIED}"))
