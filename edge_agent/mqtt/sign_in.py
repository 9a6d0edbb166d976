"""What is shown to the broker, read again for every connection: password, and certificates."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

from ..config.keys import MQTT_PASSWORD_FILE
from ..config.mqtt_settings import MqttSettings
from ..realtime.auth.systemd_credentials import handed_over
from .troubles import bad_setting

CREDENTIAL = "mqtt-password"


def password(settings: MqttSettings, environ: Mapping[str, str] = os.environ) -> str | None:
    """None: there is none. Raises BrokerTrouble."""
    file = Path(settings.password_file) if settings.password_file else handed_over(CREDENTIAL, environ)
    if file is None and os.access(MQTT_PASSWORD_FILE, os.R_OK):
        file = MQTT_PASSWORD_FILE
    if file is None or not settings.user:
        return None
    try:
        text = file.read_text("utf-8-sig").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise bad_setting(f"the password in {file} cannot be read ({reason}); check its owner") from None
    if not text or not text.isprintable():
        raise bad_setting(f"{file} must contain one line, the password; write it again")
    return text


def tls_context(settings: MqttSettings) -> ssl.SSLContext:
    """Raises BrokerTrouble."""
    try:
        context = ssl.create_default_context(cafile=settings.ca or None)
    except (OSError, ssl.SSLError) as error:
        raise bad_setting(f"[mqtt] ca: {settings.ca} {_reason(error)}; it must be a PEM file") from None
    if settings.certificate:
        try:
            context.load_cert_chain(settings.certificate, password=lambda: b"")
        except (OSError, ssl.SSLError) as error:
            what = f"[mqtt] certificate: {settings.certificate} {_reason(error)}"
            raise bad_setting(f"{what}; it must be a PEM file with certificate and private key") from None
    return context


def _reason(error: OSError) -> str:
    return f"cannot be used ({getattr(error, 'reason', None) or error.strerror or error})"
