"""Why the device cannot help, as it says it to the user."""

from __future__ import annotations

from ..vocabulary.commands import Cue

OFFLINE = "offline"  # the link is down, and nobody has said why

CAUSES: dict[Cue, frozenset[str]] = {
    Cue.NO_NETWORK: frozenset(
        {
            "dns",
            "unreachable",
            "timeout",
            "proxy",
            "proxy-unreachable",
            "dropped",
            "silent",
            "sign-in-unreachable",
        }
    ),
    Cue.CLOCK_NOT_SET: frozenset({"clock"}),
    Cue.CANNOT_SIGN_IN: frozenset(
        {
            "unauthorized",
            "forbidden",
            "not-found",
            "invalid_api_key",
            "account_deactivated",
            "sign-in",
            "signed-out",
            "no-key",
            "no-token",
            "no-credential",
        }
    ),
    Cue.SERVICE_BUSY: frozenset({"busy", "rate_limit_exceeded", "inference_rate_limit_exceeded"}),
}


def spoken_cause(code: str) -> Cue:
    """`code`: of a LinkFailure or of the service."""
    return next((cue for cue, codes in CAUSES.items() if code in codes), Cue.SERVICE_PROBLEM)


def link_cause(trouble: str) -> Cue:
    """Why the link is down. `trouble`: OFFLINE, or as for `spoken_cause`."""
    return Cue.OFFLINE if trouble == OFFLINE else spoken_cause(trouble)
