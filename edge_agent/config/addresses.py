"""Addresses of services and proxies: their parts, and what is wrong with them. Pure."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from .providers import PROVIDERS, names

SCHEMES = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}
# shown after the host by portals; our paths start with them
BASE_PATHS = (
    "",
    *(provider.path.removesuffix("/realtime") for provider in PROVIDERS.values() if not provider.is_agent),
)
_AZURE = (".openai.azure.", ".services.ai.azure.", ".cognitiveservices.azure.")
VENDORS = ("api.openai.com", *(f"{host}{tld}" for host in _AZURE for tld in ("com", "us", "cn")))
# REGION.api.cognitive.microsoft.com and the like: of all resources of a region
_REGIONAL = (".api.cognitive.microsoft.", ".api.cognitive.azure.", ".speech.microsoft.", ".speech.azure.")
PLACEHOLDER = re.compile(
    r"//((example|x{3,})(?=\.(openai|services|cognitiveservices)\.)|NAME|[^/]*(<|>|\{|\}|%3C|\[YOUR|YOUR[-_]|my-?resource|resource[-_]?name|contoso)[^/]*|(your|my)(resource|account|endpoint|openai)[a-z]*)(\.|/|$)",
    re.IGNORECASE,
)
PORTALS = (
    *("portal.azure.com", "oai.azure.com", "ai.azure.com", "learn.microsoft.com"),
    *("platform.openai.com", "chatgpt.com", "speech.microsoft.com"),
)
EXAMPLE_HOST = "//NAME.openai.azure.com"
_WITHOUT = " or ".join(f'"{name}"' for name in names(lambda provider: not provider.in_azure))
NO_SERVICE = (
    f"[service] endpoint is missing; set it to the address of your Azure resource, https:{EXAMPLE_HOST}"
    f" (or AZURE_OPENAI_ENDPOINT; or provider = {_WITHOUT})"
)
HOST_AND_PORT = re.compile(r"[A-Za-z0-9.-]+:[0-9]{1,5}|\[[0-9a-fA-F:]+\]:[0-9]{1,5}")
PROXY_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


def endpoint_complaint(endpoint: str, provider: str) -> str:
    """Why `endpoint` is invalid; empty if it is valid. Never repeats query, fragment or password: secrets."""
    shown = re.split(r"[?#]", endpoint)[0]
    if "@" in shown:
        return "contains a user name or password; give only scheme and host"
    if any(char.isspace() for char in endpoint):
        return "contains a space; give only scheme and host"  # it may be a key
    if PLACEHOLDER.search(shown):
        return f"{shown!r} is only an example; replace NAME with the name of your resource"
    parts = _split(endpoint)
    if parts is None:
        return f"{shown!r} is not a valid address; give scheme and host, as in https://NAME.openai.azure.com"
    if parts.scheme not in SCHEMES or not parts.hostname:
        bare = shown.removeprefix("https:").removeprefix("http:").strip("/")
        if "." not in bare:  # no host; it may be a key
            return "is not a valid address; it must start with https://, as in https://NAME.openai.azure.com"
        return f"{shown!r} must start with https://, as in https://{bare}"
    if parts.hostname.removeprefix("www.") in PORTALS:
        return (
            f"{shown!r} is a page for people; give the endpoint that it shows for your resource,"
            " as in https://NAME.openai.azure.com"
        )
    if SCHEMES[parts.scheme] == "ws" and not is_loopback(parts.hostname):
        return f"{shown!r} is not encrypted: others could read keys and speech; use https://"
    path = parts.path.rstrip("/")
    for name, other in PROVIDERS.items():
        if other.api_version and path.endswith(other.path) and name != provider:
            return (
                f'{shown!r} is an address for provider = "{name}" ({other.about}); set that, and give only'
                f" https://{parts.netloc}"
            )
    is_vendors = parts.hostname.endswith(VENDORS)
    if parts.query or parts.fragment or (is_vendors and path.removesuffix("/realtime") not in BASE_PATHS):
        return f"{shown!r}: give only scheme and host: {parts.scheme}://{parts.netloc}"
    return ""


def path_before(path: str) -> str:
    """Of a gateway: what stands before the path of the service, as in `/aoai` of `/aoai/openai/v1`."""
    path = path.rstrip("/").removesuffix("/realtime")
    return next(
        (path.removesuffix(base) for base in sorted(BASE_PATHS, key=len)[::-1] if path.endswith(base)), path
    )


def proxy_complaint(proxy: str) -> str:
    """Why `proxy` is invalid; empty if it is valid. Never repeats it: it may contain a password."""
    if proxy in ("env", "none"):
        return ""
    if HOST_AND_PORT.fullmatch(proxy):
        proxy = f"http://{proxy}"  # as other programs take it
    parts = _split(proxy)
    if parts is None or parts.scheme not in PROXY_SCHEMES or not parts.hostname:
        return "must be 'env', 'none' or an address like http://HOST:PORT"
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        return "must be only scheme, host and port, as in http://HOST:PORT"
    if parts.username and not parts.password:
        return "has a user name without a password; write it like http://USER:PASSWORD@HOST:PORT"
    return ""


def is_regional(host: str) -> bool:
    """Whether it is the address of one of Azure's regions, and not of a resource."""
    return any(part in host for part in _REGIONAL)


def is_name(host: str) -> bool:
    """Whether it has to be looked up, and so may have several addresses."""
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


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


def host_and_port(address: str) -> tuple[str, int]:
    """Of HOST:PORT or [V6]:PORT. Raises ValueError."""
    parts = urlsplit(f"//{address}")
    if not parts.hostname or not parts.port or parts.netloc != address or "@" in address:
        raise ValueError(address)
    return parts.hostname, parts.port


def joined(host: str, port: int) -> str:
    """HOST:PORT, or [V6]:PORT."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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
