"""Clouds of Azure that stand apart: other names for the same audiences, and another place to sign in. Pure.

Source: Microsoft Learn, "Compare Azure Government and global Azure" and "Azure China developer guide" (endpoints).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from .providers import PROVIDERS

AUTHORITIES: Mapping[str, str] = {  # by the domain of the resource
    "azure.us": "login.microsoftonline.us",
    "azure.cn": "login.chinacloudapi.cn",
}


def cloud_of(endpoint: str) -> str:
    """Its domain; empty: the global cloud, or none of Azure's."""
    host = urlsplit(endpoint).hostname or ""
    return next((domain for domain in AUTHORITIES if host.endswith(f".{domain}")), "")


def scopes() -> frozenset[str]:
    """Of every provider, in every cloud: what a token may be asked for, whatever a service says."""
    own = {row.scope for row in PROVIDERS.values() if row.scope}
    return frozenset(scope_in(cloud, scope) for cloud in ("", *AUTHORITIES) for scope in own)


def scope_in(cloud: str, scope: str) -> str:
    """The scope of a token, as that cloud calls it."""
    return scope.replace(".azure.com/", f".{cloud}/") if cloud else scope
