"""The network that wpa_supplicant or NetworkManager joins, or opens. Nothing needs quoting there: names and keys are
numbers."""

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


def network_manager_text(profile: str, name: str, password: str, *, opens: bool = False) -> str:
    """A keyfile (nm-settings-keyfile(5)). `opens`: a network of its own, with addresses for those who join."""
    ssid = "".join(f"{byte};" for byte in name.encode())
    lines = ["[connection]", f"id={profile}", "type=wifi", f"autoconnect={'false' if opens else 'true'}"]
    lines += ["", "[wifi]", f"ssid={ssid}", "mode=ap" if opens else "hidden=true"]
    if password:
        lines += ["", "[wifi-security]", "key-mgmt=wpa-psk", f"psk={_key(name, password)}"]
        lines += ["proto=rsn;", "pairwise=ccmp;"] if opens else []
    lines += ["", "[ipv4]", f"method={'shared' if opens else 'auto'}"]
    lines += ["", "[ipv6]", f"method={'disabled' if opens else 'auto'}"]
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
