"""A token of Microsoft Entra ID through azure-identity, imported when the first token is needed."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...config.addresses import is_loopback
from ...config.clouds import scopes
from ...config.model import ServiceSettings
from ...vocabulary.frozen import frozen
from ..errors import LinkFailure, Next
from .credential import REFUSALS, Stamp, stamp
from .entra_errors import not_installed, not_signed_in, unusable

log = logging.getLogger(__name__)


@frozen
class Kind:
    """A class of azure.identity.aio: its arguments, and the variables that they come from."""

    name: str
    needs: Mapping[str, str] = field(default_factory=dict)
    takes: Mapping[str, str] = field(default_factory=dict)  # where there is one


_APP = {"tenant_id": "AZURE_TENANT_ID", "client_id": "AZURE_CLIENT_ID"}
_CERTIFICATE, _TOKEN_FILE = "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"
_FILES = (_CERTIFICATE, _TOKEN_FILE)
KINDS: dict[str, Kind] = {
    "default": Kind(
        "DefaultAzureCredential",
        takes={
            "managed_identity_client_id": "AZURE_CLIENT_ID",
            "workload_identity_client_id": "AZURE_CLIENT_ID",
            "workload_identity_tenant_id": "AZURE_TENANT_ID",
        },
    ),
    "managed-identity": Kind("ManagedIdentityCredential", takes={"client_id": "AZURE_CLIENT_ID"}),
    "client-certificate": Kind(
        "CertificateCredential",
        _APP | {"certificate_path": _CERTIFICATE},
        {"password": "AZURE_CLIENT_CERTIFICATE_PASSWORD"},
    ),
    "client-secret": Kind("ClientSecretCredential", _APP | {"client_secret": "AZURE_CLIENT_SECRET"}),
    "workload-identity": Kind("WorkloadIdentityCredential", _APP | {"token_file_path": _TOKEN_FILE}),
}
# what tells, in the environment, which of them `default` is: better than trying all in a row
_TELLING = {
    _TOKEN_FILE: "workload-identity",
    _CERTIFICATE: "client-certificate",
    "AZURE_CLIENT_SECRET": "client-secret",
    "IDENTITY_ENDPOINT": "managed-identity",
}


class EntraToken:
    """The library caches a token until five minutes before it expires; a new credential object has an empty cache.

    `authority`: the host to sign in at, where no variable names one; empty: the global one.
    """

    def __init__(
        self,
        service: ServiceSettings,
        default_scope: str,
        environ: Mapping[str, str],
        authority: str = "",
    ) -> None:
        self._service, self._environ = service, environ
        self._authority = "" if environ.get("AZURE_AUTHORITY_HOST") else authority
        self._kind: str = service.credential
        if self._kind == "default" and not environ.get("AZURE_TOKEN_CREDENTIALS"):
            self._kind = next((kind for name, kind in _TELLING.items() if environ.get(name)), self._kind)
        self._scope = service.scope or default_scope
        self._source: Any = None
        self._stale = False  # what it has is not valid any more
        self._seen: Stamp | None = None  # the files as `_source` may have read them
        self._tried: set[str] = set()  # scopes, and "token", since the last connection that stood
        self._audiences: list[str] = []  # scopes that the service named
        self._one_at_a_time = asyncio.Lock()
        self.advice = ""

    @property
    def source(self) -> str:
        return f"a token from Microsoft Entra ID ({self._kind})"

    @property
    def files(self) -> tuple[Path, ...]:
        needed = KINDS[self._kind].needs.values()
        return tuple(Path(path) for name in _FILES if name in needed and (path := self._environ.get(name)))

    async def headers(self) -> dict[str, str]:
        async with self._one_at_a_time:
            if self.changed():
                self._tried.clear()
                self._stale = True
            if self._stale:
                await self.close()
            if self._source is None:
                self._seen = stamp(self.files)
                self._source, self._stale = self._make(), False
            try:
                async with asyncio.timeout(self._service.connect_timeout_s):
                    token = await self._source.get_token(self._scope)
            except Exception as error:  # whatever it is, there is no token
                arc = bool(self._environ.get("IDENTITY_ENDPOINT"))
                raise not_signed_in(error, self._kind, arc=arc) from None
            return {"Authorization": f"Bearer {token.token}"}

    def refused(self, failure: LinkFailure) -> bool:
        """True if a new token can help, or one for an audience that the service named: each once.

        Only for audiences of the providers' own: whoever answers here must not be given a token for anything else.
        """
        if failure.code not in REFUSALS:
            return False
        self._stale = True
        self._tried.add(self._scope)
        named = [f"{audience.rstrip('/')}/.default" for audience in failure.audiences]
        wanted = [scope for scope in named if scope in scopes()]
        if wanted and self._scope not in wanted:
            self._audiences = wanted
        for scope in self._audiences:
            if scope not in self._tried:
                self._scope = scope
                self.advice = f'the service wants a token for another scope; set [service] scope = "{scope}"'
                log.warning("%s", self.advice)
                return True
        if "token" in self._tried:
            return False
        self._tried.add("token")
        log.warning("the service refused the token; asking for a new one")
        return True

    def accepted(self) -> None:
        self._tried.clear()

    def changed(self) -> bool:
        return self._seen is not None and stamp(self.files) != self._seen

    async def close(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            await source.close()

    def _make(self) -> Any:
        try:
            from azure.identity import aio
        except ImportError:
            raise not_installed(self._service.credential) from None
        kind = KINDS[self._kind]
        missing = [variable for variable in kind.needs.values() if not self._value(variable)]
        if missing:
            raise LinkFailure(
                Next.FIX, "no-credential", f'credential = "{self._kind}" needs {", ".join(missing)}'
            )
        _unset_empty()
        wanted = {**kind.needs, **kind.takes}
        place = {"authority": self._authority} if self._authority and self._kind != "managed-identity" else {}
        arguments = {name: value for name, variable in wanted.items() if (value := self._value(variable))}
        try:
            # the link tries again, and says so
            return getattr(aio, kind.name)(**arguments, **place, **self._way(), retry_total=0)
        except Exception as error:  # a tenant, an authority or a certificate that cannot be one
            raise unusable(error, self._kind) from None

    def _value(self, variable: str) -> str:
        known = {"AZURE_TENANT_ID": self._service.tenant_id, "AZURE_CLIENT_ID": self._service.client_id}
        return known.get(variable) or self._environ.get(variable, "")

    def _way(self) -> dict[str, Any]:
        """The proxy of the service is for Entra ID too; a managed identity is local and uses none."""
        proxy = self._service.proxy
        authority = urlsplit(self._environ.get("AZURE_AUTHORITY_HOST", "")).hostname or ""
        if self._kind == "managed-identity" or proxy == "none" or is_loopback(authority):
            return {"use_env_settings": False}
        return {} if proxy == "env" else {"use_env_settings": False, "proxies": {"https": proxy}}


def _unset_empty() -> None:
    """azure-identity takes an empty variable, as templates of environment files have it, for a wrong value."""
    for name in [
        name for name, value in os.environ.items() if name.startswith("AZURE_") and not value.strip()
    ]:
        del os.environ[name]
