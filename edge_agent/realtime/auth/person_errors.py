"""Why a person's sign-in gave no token, classified by what happens next."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping

from ..errors import LinkFailure, Next
from .entra_errors import untrusted_certificate

NOT_YET = frozenset({"authorization_pending", "slow_down"})  # RFC 8628, 3.5
ENDED = frozenset({"invalid_grant", "interaction_required", "login_required", "consent_required"})
PASSING = frozenset({"temporarily_unavailable", "server_error", "service_unavailable"})
HOW = "sign in with sudo edge-agent setup"
WHO = "Microsoft Entra ID"
OF_THE_CODE = {
    "authorization_declined": "the sign-in was declined on the other screen",
    "access_denied": "the sign-in was declined on the other screen",
    "expired_token": "nobody has entered the code in time",
    "code_expired": "nobody has entered the code in time",
}
LONGEST = 200  # characters


def signed_out(why: str) -> LinkFailure:
    return LinkFailure(Next.WAIT, "signed-out", f"{why}; {HOW}")


def not_given(answer: Mapping[str, object]) -> LinkFailure:
    """`answer`: of the token endpoint, as msal returns it."""
    code = str(answer.get("error", ""))
    said = _first_line(answer.get("error_description") or code)
    if code in OF_THE_CODE:
        return LinkFailure(Next.WAIT, "sign-in", OF_THE_CODE[code])
    if code in ENDED:
        return signed_out(f"the sign-in has ended ({said})")
    if code in PASSING:
        return LinkFailure(Next.RETRY, "sign-in-unreachable", f"{WHO} cannot give a token now ({said})")
    return LinkFailure(Next.WAIT, "sign-in", f"{WHO} did not give a token ({said})")


def no_answer(error: Exception) -> LinkFailure:
    """`error`: of msal, or of requests below it."""
    if isinstance(error, LinkFailure):
        return error
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return untrusted_certificate(cause, WHO)
    what = f"{WHO} cannot be reached ({_first_line(error)})"
    return LinkFailure(Next.RETRY, "sign-in-unreachable", what)


def _first_line(said: object) -> str:
    return " ".join(str(said).split("\n")[0].split())[:LONGEST]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """urllib3 hides the one that says why beside the one that does not."""
    if error is not None:
        yield error
        yield from _causes(error.__cause__)
        yield from _causes(error.__context__)
