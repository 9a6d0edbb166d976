"""Why pip or apt could not do it, in a line, from what they wrote."""

from __future__ import annotations

import re

REASONS = (
    (r"No space left on device|Errno 28", "the disk is full; free some space"),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|SSL certificate|certificate verification failed",
        "TLS: the certificate of {where} is not trusted; check the clock (date), and the certificate of a proxy",
    ),
    (r"ProxyError|Proxy Authentication|\b407\b", "the proxy refuses; check HTTPS_PROXY"),
    (
        r"name resolution|Name or service not known|Temporary failure resolving|Could not resolve|getaddrinfo",
        "network: the name of {where} does not resolve; check the network and DNS",
    ),
    (
        r"connection broken|Network is unreachable|Connection refused|timed out|Max retries|Could not connect"
        r"|Failed to establish",
        "network: {where} cannot be reached",
    ),
)
NOT_THERE = re.compile(r"No matching distribution found for (\S+)")


def is_of_the_way(said: str) -> bool:
    """Whether the trouble is the way to the packages, and not the packages."""
    return any(re.search(pattern, said) for pattern, _ in REASONS)


def reason(said: str, where: str) -> str:
    """`said`: all that it wrote. `where`: from where it takes packages."""
    for pattern, sentence in REASONS:
        if re.search(pattern, said):
            return sentence.format(where=where)
    if missing := NOT_THERE.search(said):
        return f"{where} has no wheel of {missing[1]} for this Python"
    errors = [line.strip() for line in said.splitlines() if re.match(r"\s*(ERROR|E):", line)]
    lines = errors or [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "it does not say why"
