"""What the service says in a session: `error` events."""

from __future__ import annotations

from ..config.providers import CURRENT, names
from ..vocabulary.account import ACCOUNT, account_code, account_trouble
from .failure import LinkFailure, Next
from .wire.optional import optional_setting
from .wire.waits import wait_of

_CURRENT = " or ".join(f'"{name}"' for name in CURRENT)
_IN_AZURE = " or ".join(names(lambda provider: provider.in_azure))
_MODEL = "check service.deployment"

# Codes of `error` events that end a session, most of them followed by a close frame.
FATAL_CODES: dict[str, tuple[Next, str]] = {
    "invalid_api_key": (
        Next.WAIT,
        "the service refused the key; check that it is right and belongs to this endpoint",
    ),
    **{code: (Next.WAIT, words) for code, words in ACCOUNT.items()},
    "model_not_found": (Next.WAIT, f"the service does not know this model; {_MODEL}"),
    "deployment_not_found": (Next.WAIT, f"the deployment does not exist; {_MODEL}"),
    "unauthorized": (Next.WAIT, "access denied; check the key or the credential"),
    "forbidden": (Next.WAIT, "not allowed; ask an administrator to allow it"),
    "unsupported_country_region_territory": (
        Next.WAIT,
        "the service is not available in the country that this device connects from; check the network's way out",
    ),
    "missing_model": (Next.FIX, "the service needs a model; set service.deployment"),
    "invalid_model": (Next.FIX, "this model does not support the Realtime API; check service.deployment"),
    "beta_api_shape_disabled": (
        Next.FIX,
        f"the preview API is no longer available here; set provider = {_CURRENT}",
    ),
    "session_expired": (Next.RETRY, "the session reached its maximum duration"),
}

# Refusals of single commands that do no harm: races between the two ends, most of them.
BENIGN_CODES = frozenset(
    {
        "response_cancel_not_active",
        "conversation_already_has_active_response",
        "input_audio_buffer_commit_empty",
        "context_injection_incomplete",  # a text for a session that was left before it had its place
        "item_truncate_invalid_item_id",
        "item_truncate_too_long",
        "item_truncate_no_audio",
        "item_already_truncated",
        "item_delete_invalid_item_id",
        "unsupported_content_type",
    }
)
# Of a session that is being set up: what names a parameter of ours is cured by the configuration alone ...
NAMES_A_PARAMETER = frozenset({"unknown_parameter", "missing_required_parameter", "unsupported_parameter"})
# ... and so is what refuses a value, if it says of which parameter.
NAMES_A_VALUE = frozenset(
    {
        "invalid_value",
        "invalid_type",
        "unsupported_value",
        "invalid_parameter",
        "string_above_max_length",
        "integer_above_max_value",
        "integer_below_min_value",
        "decimal_above_max_value",
        "decimal_below_min_value",
    }
)
# error types and codes that some gateways use, and what they are called here
SAME_AS = {
    "authentication_error": "unauthorized",
    "invalid_authentication": "unauthorized",
    "permission_error": "forbidden",
    "permission_denied": "forbidden",
    "DeploymentNotFound": "deployment_not_found",
    "inference_not_found_error": "deployment_not_found",
}
NOT_THERE = frozenset({"deployment_not_found", "model_not_found"})
SERVER_TROUBLE = ("server_error", "internal_error", "overloaded")
OF_THE_MODEL = ("model", "session.model")  # what a refusal names that is about service.deployment


def fatal(code: str, message: str, kind: str = "") -> LinkFailure | None:
    """The failure for an `error` event that ends the session; None if the session can go on.

    `kind`: error.type, which counts where the code is new.
    """
    if trouble := account_code(code, kind, message):
        return LinkFailure(Next.WAIT, trouble, account_trouble(trouble, message))
    known = SAME_AS.get(code) or SAME_AS.get(kind) or code
    if known not in FATAL_CODES:
        return None
    step, advice = FATAL_CODES[known]
    return LinkFailure(step, known, f"{advice} ({message})" if message else advice)


def session_refused(
    code: str, message: str, kind: str, param: str | None, *, transcribes: bool = False, backend: str = ""
) -> LinkFailure:
    """An `error` event (its `kind`: error.type) before the session is established.

    Only what names a parameter or value of ours needs a change of the configuration; all else may pass. `transcribes`:
    the session was created, so its own model is there, and what is missing can only be that of the transcription.
    `backend`: another model that the session names.
    """
    words = message or code
    setting = "" if _is_passing(code, kind, message) else optional_setting(param, code, message)
    if transcribes and not param and SAME_AS.get(code, code) in NOT_THERE:
        setting = "transcription"
    if backend and backend in message and SAME_AS.get(code, code) in NOT_THERE:
        setting = "backend"
    if setting:
        what = f"the service refused {setting!r}: {words}; the session goes on without it"
        return LinkFailure(Next.RETRY, "session-refused", what, leave_out=setting)
    if failure := fatal(code, message, kind):
        return failure
    if param in OF_THE_MODEL or code == "unsupported_model":
        return LinkFailure(
            Next.WAIT, "model_not_found", f"the service does not take this model ({words}); {_MODEL}"
        )
    where = f" at {param!r}" if param else ""
    if code in NAMES_A_PARAMETER:
        advice = f"check that service.provider fits this endpoint ({_IN_AZURE})"
        return LinkFailure(
            Next.FIX, "session-refused", f"the service refused the session{where}: {words}; {advice}"
        )
    if code in NAMES_A_VALUE and param:
        advice = "check [service], [assistant] and [turns]"
        return LinkFailure(
            Next.FIX, "session-refused", f"the service refused the session{where}: {words}; {advice}"
        )
    wait_s = wait_of(message) or None
    if "rate_limit" in code or "rate_limit" in kind:
        return LinkFailure(Next.RETRY, "busy", f"too many requests ({words})", retry_after_s=wait_s)
    return LinkFailure(
        Next.RETRY, "service-error", f"the service has a problem ({words})", retry_after_s=wait_s
    )


def _is_passing(code: str, kind: str, message: str) -> bool:
    """Whether it is trouble of the service, whatever it says of our settings."""
    said = f"{code} {kind}"
    return any(word in said for word in (*SERVER_TROUBLE, "rate_limit")) or bool(
        account_code(code, kind, message)
    )
