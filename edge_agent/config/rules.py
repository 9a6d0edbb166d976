"""What must hold between settings, and of the world around them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from .model import LIGHTS, Config, Panel

SCHEMES = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}
BASE_PATHS = ("", "/openai/v1", "/openai", "/v1")  # what portals show behind the host; our paths begin there
Complaint = tuple[tuple[str, str], str]


def check(config: Config) -> Iterator[Complaint]:
    """((section, key), what is wrong and what to do) for each rule that is broken."""
    service = config.service
    if service.endpoint and (complaint := endpoint_complaint(service.endpoint, service.provider)):
        yield ("service", "endpoint"), complaint
    if service.api_version and service.provider != "azure-preview":
        yield (
            ("service", "api_version"),
            f"{service.api_version!r}: the {service.provider} endpoint takes no api-version; remove it,"
            ' or set provider = "azure-preview" for an older deployment',
        )
    if service.provider == "azure-preview" and config.turns.end == "semantic":
        yield ("turns", "end"), "'semantic' is not known to azure-preview; use 'server' or 'local'"
    if not service.deployment:
        yield ("service", "deployment"), "is empty; it is the name of your deployment"
    if service.api_key_file:
        try:
            if not Path(service.api_key_file).read_text("utf-8").strip():
                yield ("service", "api_key_file"), f"{service.api_key_file} is empty; it should hold the key"
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "no text"
            yield ("service", "api_key_file"), f"{service.api_key_file} cannot be read ({reason})"
    if config.audio.echo_path:
        try:
            parse_echo(config.audio.echo_path)
        except ValueError as error:
            yield ("audio", "echo_path"), str(error)
    yield from check_pins(config.panel)
    yield from check_sounds(config.audio.sounds)


def check_pins(panel: Panel) -> Iterator[Complaint]:
    """What is wrong with the pins that are in use."""
    pins = panel.pins
    missing = [name for name in LIGHTS[panel.light] if name not in pins]
    if missing and panel.backend == "gpio":
        yield (
            ("panel", "light"),
            f'{panel.light!r} needs {" and ".join(missing)}; set that, or light = "none"',
        )
    taken: dict[int, str] = {}
    for name, pin in pins.items():
        if pin in taken:
            yield ("panel", name), f"{pin} is {taken[pin]} already; give each a pin of its own"
        taken.setdefault(pin, name)


def check_sounds(folder: str) -> Iterator[Complaint]:
    """What is wrong with the installer's own sounds, each file by its name."""
    if folder:
        from .. import sounds  # numpy takes long to import, and few have sounds of their own

        for problem in sounds.problems(folder):
            yield ("audio", "sounds"), problem


def endpoint_complaint(endpoint: str, provider: str = "azure") -> str:
    """Why `endpoint` is no good; empty if it is. Never repeats a query, which may hold a key."""
    shown = endpoint.split("?")[0]
    parts = urlsplit(endpoint)
    if parts.scheme not in SCHEMES or not parts.hostname:
        bare = shown.removeprefix("https:").removeprefix("http:").strip("/")
        return f"{shown!r} should begin with https://, as in https://{bare or 'NAME.openai.azure.com'}"
    if SCHEMES[parts.scheme] == "ws" and not is_loopback(parts.hostname):
        return f"{shown!r} is not encrypted: keys and speech could be read by others; use https://"
    if parts.username or parts.password:
        return "holds a user name or password; give only scheme and host"
    path = parts.path.rstrip("/")
    if path.endswith("/openai/realtime") and provider != "azure-preview":
        return (
            f"{shown!r} is the address of a preview deployment; give only https://{parts.netloc} and set"
            ' provider = "azure-preview", or use a GA deployment'
        )
    if path.removesuffix("/realtime") not in BASE_PATHS or parts.query:
        return f"{shown!r}: give only scheme and host: {parts.scheme}://{parts.netloc}"
    return ""


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def parse_echo(text: str) -> tuple[float, int]:
    """GAIN@DELAY_MS to (gain, delay in ms). Raises ValueError."""
    gain_text, at, delay_text = text.partition("@")
    try:
        gain, delay_ms = float(gain_text), int(delay_text) if at else 0
    except ValueError:
        gain, delay_ms = -1.0, 0
    if not 0 <= gain <= 10 or not 0 <= delay_ms <= 1000:
        raise ValueError(f"{text!r} should be GAIN@DELAY_MS, as in 0.3@40 (gain 0 to 10, delay 0 to 1000)")
    return gain, delay_ms
