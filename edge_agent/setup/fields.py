"""At which field of the page a refusal of the service belongs. Pure."""

from __future__ import annotations

from ..vocabulary.account import ACCOUNT

OF_THE_KEY = frozenset(
    {
        *("unauthorized", "forbidden", "invalid_api_key", "no-key"),
        *(
            "no-credential",
            "no-token",
            "sign-in",
            "signed-out",
            "sign-in-unreachable",
            "not-installed",
            *ACCOUNT,
        ),
    }
)


def field_of(code: str, message: str) -> str:
    """Of a LinkFailure."""
    if code in OF_THE_KEY:
        return "key"
    names_deployment = "service.deployment" in message or "model" in code
    return "deployment" if names_deployment and "service.endpoint" not in message else "endpoint"
