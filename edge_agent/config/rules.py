"""Rules between settings, and between settings and the machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterator
from dataclasses import fields
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from .model import LIGHTS, Config, PanelSettings, Prices

SCHEMES = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}
BASE_PATHS = ("", "/openai/v1", "/openai", "/v1")  # what portals show behind the host; our paths begin there
EXAMPLE_HOST = "//NAME.openai.azure.com"
NO_SERVICE = (
    f"[service] endpoint is missing; set it to the address of your Azure resource, https:{EXAMPLE_HOST}"
    ' (or AZURE_OPENAI_ENDPOINT; or provider = "openai")'
)
PROXY_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse")
GA_VOICES = ("marin", "cedar")
Key = tuple[str, str]  # section, key
Rule = Callable[[Config], str]  # what is wrong and what to do; empty: nothing


def check(config: Config, unsure: Collection[Key] = ()) -> Iterator[tuple[Key, str]]:
    """(key, what is wrong and what to do) for each rule that is broken.

    `unsure`: keys whose values may not be what was meant; rules that depend on one of them are skipped.
    """
    for inputs, rule in RULES.items():
        if not any(key in unsure for key in inputs) and (complaint := rule(config)):
            yield inputs[0], complaint
    if not any(section == "panel" for section, _ in unsure):
        yield from check_pins(config.panel)
    if ("audio", "sounds") not in unsure:
        yield from check_sounds(config.audio.sounds)


def check_pins(panel: PanelSettings) -> Iterator[tuple[Key, str]]:
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
            yield ("panel", name), f"pin {pin} is already used by {taken[pin]}; give each its own pin"
        taken.setdefault(pin, name)


def check_sounds(folder: str) -> Iterator[tuple[Key, str]]:
    """What is wrong with the installer's own sounds, each file by its name."""
    if folder:
        from ..audio import sounds  # numpy takes long to import, and few have sounds of their own

        for problem in sounds.problems(folder):
            yield ("audio", "sounds"), problem


def endpoint_complaint(endpoint: str, provider: str = "azure") -> str:
    """Why `endpoint` is invalid; empty if it is valid. Never repeats query, fragment or password: secrets."""
    shown = re.split(r"[?#]", endpoint)[0]
    if "@" in shown:
        return "contains a user name or password; give only scheme and host"
    if any(char.isspace() for char in endpoint):
        return "contains a space; give only scheme and host"  # it may be a key
    if EXAMPLE_HOST in shown:
        return f"{shown!r} is only an example; replace NAME with the name of your resource"
    parts = _split(endpoint)
    if parts is None:
        return f"{shown!r} is not a valid address; give scheme and host, as in https://NAME.openai.azure.com"
    if parts.scheme not in SCHEMES or not parts.hostname:
        bare = shown.removeprefix("https:").removeprefix("http:").strip("/")
        if "." not in bare:  # no host; it may be a key
            return "is not a valid address; it must start with https://, as in https://NAME.openai.azure.com"
        return f"{shown!r} must start with https://, as in https://{bare}"
    if SCHEMES[parts.scheme] == "ws" and not is_loopback(parts.hostname):
        return f"{shown!r} is not encrypted: others could read keys and speech; use https://"
    path = parts.path.rstrip("/")
    if path.endswith("/openai/realtime") and provider != "azure-preview":
        return (
            f"{shown!r} is the address of a preview deployment; give only https://{parts.netloc} and set"
            ' provider = "azure-preview", or use a GA deployment'
        )
    if path.removesuffix("/realtime") not in BASE_PATHS or parts.query or parts.fragment:
        return f"{shown!r}: give only scheme and host: {parts.scheme}://{parts.netloc}"
    return ""


def proxy_complaint(proxy: str) -> str:
    """Why `proxy` is invalid; empty if it is valid. Never repeats it: it may contain a password."""
    if proxy in ("env", "none"):
        return ""
    parts = _split(proxy)
    if parts is None or parts.scheme not in PROXY_SCHEMES or not parts.hostname:
        return "must be 'env', 'none' or an address like http://HOST:PORT"
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        return "must be only scheme, host and port, as in http://HOST:PORT"
    if parts.username and not parts.password:
        return "has a user name without a password; write it like http://USER:PASSWORD@HOST:PORT"
    return ""


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def without_userinfo(text: str) -> str:
    """A text that may contain addresses, without their user names and passwords."""
    return re.sub(r"://\S*@", "://***@", text)


def parse_echo(text: str) -> tuple[float, int]:
    """GAIN@DELAY_MS to (gain, delay in ms). Raises ValueError."""
    gain_text, at, delay_text = text.partition("@")
    try:
        gain, delay_ms = float(gain_text), int(delay_text) if at else 0
    except ValueError:
        gain, delay_ms = -1.0, 0
    if not 0 <= gain <= 10 or not 0 <= delay_ms <= 1000:
        raise ValueError(f"{text!r} must be GAIN@DELAY_MS, as in 0.3@40 (gain 0 to 10, delay 0 to 1000)")
    return gain, delay_ms


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None if its host or port is invalid."""
    try:
        parts = urlsplit(url)
        (parts.hostname or "").encode("idna")
    except ValueError:  # UnicodeError is one
        return None
    try:
        return None if parts.port == 0 else parts
    except ValueError:
        return None


def _endpoint(config: Config) -> str:
    service = config.service
    return endpoint_complaint(service.endpoint, service.provider) if service.endpoint else ""


def _api_version(config: Config) -> str:
    service = config.service
    if not service.api_version or service.provider == "azure-preview":
        return ""
    return (
        f"{service.api_version!r}: the {service.provider} endpoint does not use api_version; remove it,"
        ' or set provider = "azure-preview" for an older deployment'
    )


def _semantic(config: Config) -> str:
    if config.service.provider == "azure-preview" and config.turns.end == "semantic":
        return "'semantic' is not supported by azure-preview; use 'server' or 'local'"
    return ""


def _voice(config: Config) -> str:
    voice = config.assistant.voice
    if config.service.provider == "azure-preview" and voice in GA_VOICES:
        return f"{voice!r} is not available with azure-preview; use one of {', '.join(VOICES)}"
    return ""


def _proxy(config: Config) -> str:
    proxy = config.service.proxy
    if complaint := proxy_complaint(proxy):
        return complaint
    if proxy.startswith("socks") and find_spec("python_socks") is None:
        return "a SOCKS proxy needs the package python-socks[asyncio]; install it in the same environment as edge-agent"
    return ""


def _mic_wav(config: Config) -> str:
    name = config.audio.mic_wav
    if not name or config.audio.backend != "simulated":
        return ""
    try:
        with Path(name).open("rb") as file:
            is_wav = file.read(4) == b"RIFF"
    except OSError as error:
        return f"{name!r} cannot be read ({error.strerror}); it must be the path of a WAV file"
    return "" if is_wav else f"{name!r} is not a WAV file; convert it to 16-bit PCM"


def _speaker_wav(config: Config) -> str:
    name = config.audio.speaker_wav
    if not name or config.audio.backend != "simulated" or Path(name).parent.is_dir():
        return ""
    return f"{name!r} cannot be written: there is no folder {str(Path(name).parent)!r}"


def _deployment(config: Config) -> str:
    return "" if config.service.deployment else "is empty; set it to the name of your deployment"


def _api_key_file(config: Config) -> str:
    path = config.service.api_key_file
    try:
        if not path or Path(path).read_text("utf-8").strip():
            return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        return f"cannot be read ({reason}); it must be the path of a file that contains the key"
    return "the file is empty; put the key in it"


def _credential(config: Config) -> str:
    service = config.service
    if service.credential in ("api-key", "command"):
        return ""
    if service.provider == "openai":
        return (
            f"{service.credential!r}: openai does not support Microsoft Entra ID; use 'api-key' or 'command'"
        )
    if service.proxy.startswith("socks") and service.credential != "managed-identity":
        return f"{service.credential!r}: Microsoft Entra ID works only through HTTP proxies; change proxy"
    return ""


def _credential_command(config: Config) -> str:
    service = config.service
    try:
        argv = shlex.split(service.credential_command)
    except ValueError:
        return "has an unmatched quote"
    if not argv and service.credential == "command":
        return 'is empty, and credential = "command" needs the program that prints a token'
    return ""


def _confirm(config: Config) -> str:
    if config.gate.confirm == "silero":
        from ..audio.silero import SileroUnavailable, find_model  # numpy takes long to import

        try:
            find_model()
        except SileroUnavailable as error:
            return str(error)
    return ""


def _currency(config: Config) -> str:
    prices = config.prices
    if not re.fullmatch(r"\S{1,8}", prices.currency):
        return f"{prices.currency!r} is not a currency; use a code such as USD"
    unset = [name for name in PRICES if getattr(prices, name) < 0]
    if prices.currency != "USD" and unset:
        return f"the built-in prices are in USD; set {', '.join(unset)} in {prices.currency} too"
    return ""


def _echo_path(config: Config) -> str:
    try:
        if config.audio.echo_path:
            parse_echo(config.audio.echo_path)
    except ValueError as error:
        return str(error)
    return ""


PRICES = tuple(item.name for item in fields(Prices) if item.name != "currency")
_PROVIDER = "service", "provider"
_BACKEND = "audio", "backend"


def host_and_port(address: str) -> tuple[str, int]:
    """Of HOST:PORT or [V6]:PORT. Raises ValueError."""
    parts = urlsplit(f"//{address}")
    if not parts.hostname or not parts.port or parts.netloc != address or "@" in address:
        raise ValueError(address)
    return parts.hostname, parts.port


def _metrics_address(config: Config) -> str:
    if config.metrics.address:
        try:
            host_and_port(config.metrics.address)
        except ValueError:
            return f"{config.metrics.address!r} is not a valid address; use HOST:PORT, as in 127.0.0.1:9464"
    return ""


RULES: dict[tuple[Key, ...], Rule] = {  # by what they look at; a complaint is about the first of it
    (("service", "endpoint"),): _endpoint,
    (("service", "api_version"), _PROVIDER): _api_version,
    (("turns", "end"), _PROVIDER): _semantic,
    (("service", "deployment"),): _deployment,
    (("service", "api_key_file"),): _api_key_file,
    (("service", "credential"), _PROVIDER, ("service", "proxy")): _credential,
    (("service", "credential_command"), ("service", "credential")): _credential_command,
    (("gate", "confirm"),): _confirm,
    (("service", "proxy"),): _proxy,
    (("assistant", "voice"), _PROVIDER): _voice,
    (("audio", "mic_wav"), _BACKEND): _mic_wav,
    (("audio", "speaker_wav"), _BACKEND): _speaker_wav,
    (("audio", "echo_path"),): _echo_path,
    (("metrics", "address"),): _metrics_address,
    (("prices", "currency"), *(("prices", name) for name in PRICES)): _currency,
}
INPUTS = frozenset(key for inputs in RULES for key in inputs)
