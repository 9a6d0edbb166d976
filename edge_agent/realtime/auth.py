"""How the device proves who it is: an API key, or a token of Microsoft Entra ID.

Both are fetched anew for every connection: a key file may have changed, a token expires. Nothing here is
ever logged, and keys live nowhere but in the header they are sent in.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from ..config.model import Service
from ..config.rules import is_loopback
from ..errors import LinkFailure, Next
from .dialects import PROVIDERS, Provider


class Credential(Protocol):
    async def headers(self) -> dict[str, str]:
        """What proves it, for one connection. Raises LinkFailure."""
        ...

    def want_audience(self, audience: str) -> bool:
        """The service named the audience that it wants; whether asking again can help."""
        ...

    async def close(self) -> None: ...


def credential(service: Service, environ: Mapping[str, str] = os.environ) -> Credential:
    provider = PROVIDERS[service.provider]
    if service.credential == "api-key":
        return ApiKey(service, provider, environ)
    scope = service.scope or provider.dialect.scope
    return EntraToken(service.credential, scope, environ, timeout_s=service.connect_timeout_s)


class ApiKey:
    """A key from `api_key_file`, from the systemd credential `api-key`, or from the environment."""

    def __init__(self, service: Service, provider: Provider, environ: Mapping[str, str]) -> None:
        self._provider, self._environ = provider, environ
        self._file = service.api_key_file
        if not self._file and (directory := environ.get("CREDENTIALS_DIRECTORY")):
            given = Path(directory) / "api-key"
            self._file = str(given) if given.exists() else ""
        host = urlsplit(service.endpoint).hostname or ""
        self._fallback = "local" if is_loopback(host) else ""

    async def headers(self) -> dict[str, str]:
        key = self._read()
        if self._provider.key_header == "authorization":
            return {"Authorization": f"Bearer {key}"}
        return {"api-key": key}

    def want_audience(self, audience: str) -> bool:  # noqa: ARG002
        return False

    async def close(self) -> None: ...

    def _read(self) -> str:
        if self._file:
            try:
                key = Path(self._file).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "no text"
                raise LinkFailure(
                    Next.FIX, "no-key", f"the key file {self._file} cannot be read ({reason})"
                ) from None
        else:
            key = self._environ.get(self._provider.key_variable, "").strip() or self._fallback
        if not key:
            raise LinkFailure(
                Next.FIX,
                "no-key",
                f"there is no API key: set {self._provider.key_variable}, or name a file that holds it as"
                " [service] api_key_file",
            )
        if not key.isascii() or not key.isprintable() or " " in key:
            raise LinkFailure(Next.FIX, "no-key", "the API key holds spaces or characters that no key has")
        return key


# credential kind -> class in azure.identity.aio, {argument: environment variable}
_ENTRA: dict[str, tuple[str, dict[str, str]]] = {
    "entra": ("DefaultAzureCredential", {}),
    "managed-identity": ("ManagedIdentityCredential", {}),
    "client-secret": (
        "ClientSecretCredential",
        {
            "tenant_id": "AZURE_TENANT_ID",
            "client_id": "AZURE_CLIENT_ID",
            "client_secret": "AZURE_CLIENT_SECRET",
        },
    ),
    "client-certificate": (
        "CertificateCredential",
        {
            "tenant_id": "AZURE_TENANT_ID",
            "client_id": "AZURE_CLIENT_ID",
            "certificate_path": "AZURE_CLIENT_CERTIFICATE_PATH",
        },
    ),
    "workload-identity": (
        "WorkloadIdentityCredential",
        {
            "tenant_id": "AZURE_TENANT_ID",
            "client_id": "AZURE_CLIENT_ID",
            "token_file_path": "AZURE_FEDERATED_TOKEN_FILE",
        },
    ),
}
# what tells, in the environment, which of them `entra` should be: better than trying all in a row
_TELLING = {
    "AZURE_FEDERATED_TOKEN_FILE": "workload-identity",
    "AZURE_CLIENT_CERTIFICATE_PATH": "client-certificate",
    "AZURE_CLIENT_SECRET": "client-secret",
}


class EntraToken:
    """A token through azure-identity, which is imported when the first one is wanted."""

    def __init__(self, kind: str, scope: str, environ: Mapping[str, str], *, timeout_s: float = 10.0) -> None:
        if kind == "entra" and not environ.get("AZURE_TOKEN_CREDENTIALS"):
            kind = next((chosen for name, chosen in _TELLING.items() if environ.get(name)), kind)
        self._kind, self._scope, self._environ, self._timeout_s = kind, scope, environ, timeout_s
        self._source: Any = None

    async def headers(self) -> dict[str, str]:
        self._source = self._source or self._make()
        from azure.core.exceptions import AzureError, ClientAuthenticationError

        try:
            async with asyncio.timeout(self._timeout_s):
                token = await self._source.get_token(self._scope)
        except ClientAuthenticationError as error:
            raise LinkFailure(
                Next.WAIT, "sign-in", f"Microsoft Entra ID gives no token ({_first_line(error)})"
            ) from None
        except AzureError as error:
            raise LinkFailure(
                Next.RETRY,
                "sign-in-unreachable",
                f"Microsoft Entra ID cannot be reached ({_first_line(error)})",
            ) from None
        except TimeoutError:
            raise LinkFailure(
                Next.RETRY, "sign-in-unreachable", "Microsoft Entra ID did not answer in time"
            ) from None
        except (OSError, ValueError) as error:
            raise self._unusable(error) from None
        return {"Authorization": f"Bearer {token.token}"}

    def want_audience(self, audience: str) -> bool:
        wanted = audience.rstrip("/") + "/.default"
        changed, self._scope = wanted != self._scope, wanted
        return changed

    async def close(self) -> None:
        if self._source is not None:
            await self._source.close()

    def _make(self) -> Any:
        try:
            from azure.identity import aio
        except ImportError:
            raise LinkFailure(
                Next.FIX,
                "not-installed",
                f'credential = "{self._kind}" needs more packages: pip install "edge-agent[entra]"',
            ) from None
        name, wanted = _ENTRA[self._kind]
        missing = [variable for variable in wanted.values() if not self._environ.get(variable)]
        if missing:
            raise LinkFailure(
                Next.FIX, "no-credential", f'credential = "{self._kind}" needs {", ".join(missing)}'
            )
        arguments: dict[str, Any] = {key: self._environ[variable] for key, variable in wanted.items()}
        arguments["retry_total"] = 0  # the link tries again, and says so
        if self._kind == "managed-identity" and (client_id := self._environ.get("AZURE_CLIENT_ID")):
            arguments["client_id"] = client_id  # a user-assigned one
        authority = self._environ.get("AZURE_AUTHORITY_HOST", "")
        if is_loopback(urlsplit(authority).hostname or ""):
            arguments["disable_instance_discovery"] = True
        try:
            return getattr(aio, name)(**arguments)
        except (OSError, ValueError) as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError | ValueError) -> LinkFailure:
        """A tenant, an authority or a certificate that cannot be one, or a file that cannot be read."""
        what = _first_line(error)
        if isinstance(error, OSError) and error.filename:
            what = f"the file {error.filename} cannot be read ({error.strerror})"
        return LinkFailure(Next.FIX, "no-credential", f'credential = "{self._kind}": {what}')


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split("\n")[0].split())[:200]
