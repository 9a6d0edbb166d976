"""A person signs the device in with a code on another screen (RFC 8628), and msal renews that.

Of all this only `begin` and `poll` want a person; nothing that runs by itself calls them. All of it blocks.
"""

from __future__ import annotations

import json
import logging
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...config.addresses import is_loopback
from ...config.clouds import AUTHORITIES, cloud_of, scope_in
from ...config.model import ServiceSettings
from ...config.providers import PROVIDERS
from ...files import whole
from ...files.folders import state_folder
from ...vocabulary.frozen import frozen
from ..errors import LinkFailure, Next
from .entra_errors import not_installed
from .person_errors import NOT_YET, no_answer, not_given, signed_out
from .token_output import Token

log = logging.getLogger(__name__)

FILE_NAME = "sign-in.json"
OF_THE_SERVICE = Path("/var/lib/edge-agent")
# the public client of the Azure CLI, which azure-identity takes too where none is named
CLIENT_ID = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
ANY_TENANT = "organizations"  # the person's own
EARLY_S = 300.0  # as msal itself
GLOBAL = "login.microsoftonline.com"


@frozen
class DeviceCode:
    """`flow`: msal's own. Times in s."""

    code: str
    link: str
    interval_s: int
    lives_s: int
    flow: dict[str, Any] = field(repr=False)


@frozen
class SignIn:
    """`name`: of the person. `text`: what the file is to hold."""

    name: str
    text: str = field(repr=False)


def sign_in_file(service: ServiceSettings) -> Path:
    """Where the sign-in is kept."""
    if service.sign_in_file:
        return Path(service.sign_in_file)
    installed = OF_THE_SERVICE / FILE_NAME
    is_asked_by_root = not os.geteuid() and not os.environ.get("STATE_DIRECTORY")
    return installed if is_asked_by_root and installed.exists() else state_folder() / FILE_NAME


class PersonalSignIn:
    def __init__(self, service: ServiceSettings, environ: Mapping[str, str]) -> None:
        cloud = cloud_of(service.endpoint)
        self._service = service
        self._scope = service.scope or scope_in(cloud, PROVIDERS[service.provider].scope)
        self._authority = environ.get("AZURE_AUTHORITY_HOST") or AUTHORITIES.get(cloud, GLOBAL)
        self._tenant = service.tenant_id or environ.get("AZURE_TENANT_ID") or ANY_TENANT
        self._client_id = service.client_id or environ.get("AZURE_CLIENT_ID") or CLIENT_ID
        self.file = sign_in_file(service)

    def begin(self) -> DeviceCode:
        """A code for a person to enter at its link. Raises LinkFailure."""
        with self._app(self._cache("")) as app:
            flow = app.initiate_device_flow([self._scope])
        match flow:
            case {"user_code": str(code), "verification_uri": str(link)} if link.startswith("https://"):
                flow["interval"] = max(1, flow["interval"])  # msal would not pause at all
                return DeviceCode(code, link, flow["interval"], flow["expires_in"], flow)
        raise not_given(flow)

    def poll(self, code: DeviceCode) -> SignIn | None:
        """None: nobody has agreed yet. Raises LinkFailure."""
        cache = self._cache("")
        with self._app(cache) as app:
            answer = app.acquire_token_by_device_flow(code.flow, exit_condition=lambda _: True)
            accounts = app.get_accounts()
        if answer.get("error") in NOT_YET:
            return None
        if "access_token" not in answer:
            raise not_given(answer)
        name = str(accounts[0].get("username") or "") if accounts else ""
        return SignIn(name, cache.serialize())

    def token(self, now_s: float, *, fresh: bool) -> Token:
        """`fresh`: the one that is kept was refused. Raises LinkFailure."""
        cache = self._cache(self._kept())
        with self._app(cache) as app:
            accounts = app.get_accounts()
            answer = (
                app.acquire_token_silent_with_error([self._scope], accounts[0], force_refresh=fresh)
                if accounts
                else None
            )
        if answer is None:
            raise signed_out("nobody has signed in for this tenant and application")
        if "access_token" not in answer:
            raise not_given(answer)
        if cache.has_state_changed:
            self._keep(cache.serialize())
        return Token(str(answer["access_token"]), now_s + float(answer["expires_in"]) - EARLY_S)

    def _kept(self) -> str:
        try:
            return self.file.read_text("utf-8")
        except FileNotFoundError:
            raise signed_out("nobody has signed in") from None
        except OSError as error:
            what = f'credential = "device-code": the file {self.file} cannot be read ({error.strerror})'
            raise LinkFailure(Next.WAIT, "no-credential", what) from None
        except UnicodeDecodeError:
            raise signed_out(f"{self.file} is damaged") from None

    def _keep(self, text: str) -> None:
        """What Entra ID gave before stays valid, so whoever cannot keep the new one goes on with that."""
        try:
            if self.file.stat().st_uid == os.geteuid():  # root would take it from the service
                whole.replace(self.file, text)
        except OSError as error:
            log.warning("the renewed sign-in cannot be kept in %s (%s)", self.file, error.strerror)

    def _cache(self, kept: str) -> Any:
        """Raises LinkFailure."""
        try:
            import msal
        except ImportError:
            raise not_installed("device-code") from None
        cache = msal.SerializableTokenCache()
        if kept:
            if not _is_whole(kept):
                raise signed_out(f"{self.file} is damaged")
            cache.deserialize(kept)
        return cache

    @contextmanager
    def _app(self, cache: Any) -> Iterator[Any]:
        """A new one each time: msal holds on to what it was refused for a minute. Whatever is raised inside becomes a
        LinkFailure."""
        import msal
        import requests

        host = self._authority.removeprefix("https://").rstrip("/")
        with requests.Session() as session:
            self._lead(session, host)
            try:
                yield msal.PublicClientApplication(
                    self._client_id,
                    authority=f"https://{host}/{self._tenant}",
                    token_cache=cache,
                    http_client=session,
                    instance_discovery=False,
                )
            except Exception as error:  # whatever it is, there is no token
                raise no_answer(error) from None

    def _lead(self, session: Any, host: str) -> None:
        """The proxy of the service is for Entra ID too. Certificates are those that OpenSSL trusts."""
        session.request = partial(session.request, timeout=self._service.connect_timeout_s)
        places = ssl.get_default_verify_paths()
        session.verify = places.cafile or places.capath or True
        proxy = self._service.proxy
        if proxy != "env" or is_loopback(urlsplit(f"//{host}").hostname or ""):
            session.trust_env = False
            session.proxies = {} if proxy in ("env", "none") else {"https": proxy}


def _is_whole(kept: str) -> bool:
    """As msal writes it: by kind, by name."""
    try:
        kinds = json.loads(kept)
    except ValueError:
        return False
    return isinstance(kinds, dict) and all(
        isinstance(kind, dict) and all(isinstance(entry, dict) for entry in kind.values())
        for kind in kinds.values()
    )
