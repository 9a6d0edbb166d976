"""What the service says in a session, and at its end: `error` events and close frames."""

from __future__ import annotations

from ..config.providers import CURRENT, names
from ..vocabulary.account import ACCOUNT, account_trouble
from .failure import LinkFailure, Next
from .wire.optional import optional_setting
from .wire.waits import wait_of

_CURRENT = " or ".join(f'"{name}"' for name in CURRENT)
_IN_AZURE = " or ".join(names(lambda provider: provider.in_azure))

# Codes of `error` events that end a session, most of them followed by a close frame.
FATAL_CODES: dict[str, tuple[Next, str]] = {
    "invalid_api_key": (
        Next.WAIT,
        "the service refused the key; check that it is right and belongs to this endpoint",
    ),
    **{code: (Next.WAIT, words) for code, words in ACCOUNT.items()},
    "model_not_found": (Next.WAIT, "the service does not know this model; check service.deployment"),
    "deployment_not_found": (Next.WAIT, "the deployment does not exist; check service.deployment"),
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
SERVER_TROUBLE = ("server_error", "internal_error", "overloaded")


def fatal(code: str, message: str, kind: str = "") -> LinkFailure | None:
    """The failure for an `error` event that ends the session; None if the session can go on.

    `kind`: error.type, which counts where the code is new.
    """
    known = code if code in FATAL_CODES else kind if kind in ACCOUNT else ""
    if not known:
        return None
    if known in ACCOUNT:
        return LinkFailure(Next.WAIT, known, account_trouble(known, message))
    step, advice = FATAL_CODES[known]
    return LinkFailure(step, known, f"{advice} ({message})" if message else advice)


def session_refused(code: str, message: str, kind: str, param: str | None) -> LinkFailure:
    """An `error` event (its `kind`: error.type) before the session is established.

    Only what names a parameter or value of ours needs a change of the configuration; all else may pass.
    """
    words = message or code
    if setting := "" if _is_passing(code, kind) else optional_setting(param, message):
        what = f"the service refused {setting!r}: {words}; the session goes on without it"
        return LinkFailure(Next.RETRY, "session-refused", what, leave_out=setting)
    if failure := fatal(code, message, kind):
        return failure
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


def closed(code: int, reason: str) -> LinkFailure:
    """The connection was closed with a close frame, or (1006) without one."""
    wait_s = wait_of(reason) or None
    lower = reason.lower()
    if code == 1009:
        return LinkFailure(
            Next.RETRY, "frame-too-big", "the service sent a frame larger than 4 MiB; reconnecting"
        )
    if code == 1001 and "maximum duration" in reason:
        return LinkFailure(Next.RETRY, "session_expired", reason)
    if "token" in lower and "expired" in lower:
        return LinkFailure(Next.RETRY, "dropped", f"the service closed the session: {reason}")
    if code == 4029 or "rate_limit" in lower or "too many requests" in lower:
        what = f"too many requests ({reason or f'closed with {code}'})"
        return LinkFailure(Next.RETRY, "busy", what, retry_after_s=wait_s)
    if code == 4008 or any(word in lower for word in SERVER_TROUBLE):
        what = f"the service closed the session: {code} {reason}".rstrip()
        return LinkFailure(
            Next.RETRY, "dropped" if code == 4008 else "service-error", what, retry_after_s=wait_s
        )
    if code >= 3000:
        kind, _, last = reason.rpartition(".")
        return fatal(last, reason, kind) or LinkFailure(
            Next.WAIT, "closed", f"the service closed the session: {code} {reason}", retry_after_s=wait_s
        )
    if code == 1008:
        return fatal(lower.rpartition(".")[2], reason) or LinkFailure(
            Next.WAIT, "policy", f"the service closed the session: {reason or 'policy violation'}"
        )
    what = {
        1000: "the service closed the connection",
        1006: "the connection was lost",
        1001: "the service is going away",
    }.get(code, f"closed with {code}")
    return LinkFailure(Next.RETRY, "dropped", what + (f" ({reason})" if reason else ""), retry_after_s=wait_s)


def _is_passing(code: str, kind: str) -> bool:
    """Whether it is trouble of the service, whatever it says of our settings."""
    return any(word in f"{code} {kind}" for word in (*SERVER_TROUBLE, "rate_limit")) or kind in ACCOUNT
