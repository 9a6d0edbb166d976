"""The network that wpa_supplicant joins. Nothing needs quoting there: names and keys are hexadecimal digits."""

from __future__ import annotations

import hashlib
import re

from .card_file import HEX_KEY

FILE = "etc/wpa_supplicant/wpa_supplicant-wlan0.conf"


def wpa_supplicant_text(name: str, password: str, country: str) -> str:
    """`password`, `country`: may be empty. Also for networks that do not show their names."""
    lines = ["ctrl_interface=DIR=/run/wpa_supplicant", *([f"country={country.upper()}"] if country else [])]
    lines += ["network={", f"    ssid={name.encode().hex()}", "    scan_ssid=1"]
    lines += [f"    psk={_key(name, password)}" if password else "    key_mgmt=NONE", "}"]
    return "\n".join(lines) + "\n"


def country_in(text: str) -> str:
    """Of a file of wpa_supplicant; empty: it says none."""
    found = re.search(r"^country=([A-Z]{2})$", text, re.MULTILINE)
    return found[1] if found else ""


def _key(name: str, password: str) -> str:
    """IEEE 802.11-2020, J.4"""
    if HEX_KEY.fullmatch(password):
        return password.lower()
    return hashlib.pbkdf2_hmac("sha1", password.encode(), name.encode(), 4096, 32).hex()
