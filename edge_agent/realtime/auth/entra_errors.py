"""Why Microsoft Entra ID, or the managed identity of this machine, gave no token, classified by what happens next."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator

from ...config.packages import to_install
from ..errors import LinkFailure, Next, what_next
from .attempts import own_complaint

# an assertion is signed with the time of this device, and was outside the time that it is good for
CLOCK = re.compile(r"AADSTS(700024|500133)\b|not yet valid|\bnbf\b", re.IGNORECASE)
NONSENSE = ("Unexpected response", "No response content")  # a server that is not well, no refusal
ARC_KEYS = "/var/opt/azcmagent/tokens"


def not_signed_in(error: Exception, kind: str, *, arc: bool) -> LinkFailure:
    """`error`: raised by azure-identity. `arc`: whether this machine has the Azure Arc agent."""
    from azure.core.exceptions import AzureError, ClientAuthenticationError

    managed = kind == "managed-identity"
    who = "the managed identity of this machine" if managed else "Microsoft Entra ID"
    said = own_complaint(str(error)) or _first_line(error)
    if isinstance(error, TimeoutError):
        return LinkFailure(Next.RETRY, "sign-in-unreachable", f"{who} did not answer in time")
    if untrusted := [cause for cause in _chain(error) if isinstance(cause, ssl.SSLCertVerificationError)]:
        return untrusted_certificate(untrusted[-1], who)  # aiohttp's own are before it, and do not say why
    if isinstance(error, OSError) and error.filename:
        return unusable(error, kind)
    if not isinstance(error, AzureError):
        what = f"{who} sent an invalid answer ({type(error).__name__})"
        return LinkFailure(Next.RETRY, "sign-in-unreachable", what)
    at_odds = CLOCK.search(str(error))
    if at_odds and kind != "workload-identity":
        what = f"{who} says that the time is wrong ({said}); check the clock of this device"
        return LinkFailure(Next.CLOCK, "clock", what)
    absent = managed and not arc and _is_cut_off(error)
    if isinstance(error, ClientAuthenticationError) and (absent or not _is_passing(error)):
        hint = ""
        if absent:
            hint = (
                "; is this an Azure VM? Elsewhere the Azure Arc agent must run, with IDENTITY_ENDPOINT and"
                " IMDS_ENDPOINT set"
            )
        elif at_odds:  # the assertion is somebody else's
            hint = "; renew the token in AZURE_FEDERATED_TOKEN_FILE"
        elif kind == "default":
            hint = "; choose one with [service] credential"
        elif "key file" in said:  # what one sees who may not look into its folder
            hint = _HIMDS
        return LinkFailure(Next.WAIT, "sign-in", f"{who} did not give a token ({said}){hint}")
    return LinkFailure(Next.RETRY, "sign-in-unreachable", f"{who} cannot be reached ({said})")


def not_installed(kind: str) -> LinkFailure:
    how = to_install("azure-identity", "aiohttp")
    return LinkFailure(Next.FIX, "not-installed", f'credential = "{kind}" needs more packages; {how}')


def unusable(error: Exception, kind: str) -> LinkFailure:
    """An invalid tenant, authority or certificate, or a file that cannot be read."""
    what = _first_line(error)
    if isinstance(error, OSError) and error.filename:
        hint = _HIMDS if str(error.filename).startswith(ARC_KEYS) else ""
        what = f"the file {error.filename} cannot be read ({error.strerror}){hint}"
    return LinkFailure(Next.FIX, "no-credential", f'credential = "{kind}": {what}')


_HIMDS = "; add the user that runs edge-agent to the group himds"


def untrusted_certificate(error: ssl.SSLCertVerificationError, who: str) -> LinkFailure:
    failure = what_next(error)
    if failure.code == "clock":
        return failure
    what = f"the certificate of {who} is not trusted ({error.verify_message}); check SSL_CERT_FILE"
    return LinkFailure(Next.WAIT, "certificate", what)


def _is_passing(error: Exception) -> bool:
    status = getattr(error, "status_code", None) or 0
    return status == 429 or status >= 500 or str(error).startswith(NONSENSE) or _is_cut_off(error)


def _is_cut_off(error: Exception) -> bool:
    from azure.core.exceptions import ServiceRequestError, ServiceResponseError

    return any(isinstance(cause, ServiceRequestError | ServiceResponseError) for cause in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: Exception) -> str:
    line = " ".join(str(error).split("\n")[0].split())
    return line.removeprefix("Microsoft Entra ID error ").strip("'")[:200]
