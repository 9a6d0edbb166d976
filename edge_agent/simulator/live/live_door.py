"""The doors of GPT-Live: how each authenticates, and how it differs from the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from ...config.providers import ProviderName
from ...vocabulary.frozen import frozen
from ..proofs import bearer_of, incorrect, is_good
from ..refusal import HttpRefusal, LateHttpRefusal

OPENAI_PATH = "/v1/live/sessions"
AZURE_PATHS = ("/openai/v1/live/sessions", "/openai/v1/live")  # the second in older descriptions


@frozen
class LiveDoor:
    """`models`: that can be asked for; none: each has names of its own. `echoes_ids`: answers say which event they
    answer. `delays`: it takes a delay of what is said when work begins. `omits_silence`: output says where it belongs,
    and is left out where it is silence. `bills`: what counts, the sound that was taken or the time that went by."""

    name: ProviderName
    models: Sequence[str] = ()
    echoes_ids: bool = False
    delays: bool = False
    omits_silence: bool = False
    usage_every_s: int = 15
    bills: Literal["sound", "time"] = "sound"


OPENAI_LIVE = LiveDoor("openai-live", models=("gpt-live-1", "gpt-live-1.1"), echoes_ids=True, delays=True)
AZURE_LIVE = LiveDoor("azure-live", omits_silence=True, usage_every_s=60, bills="time")


def live_door(
    target: str, headers: Mapping[str, str], key: str | None
) -> LiveDoor | HttpRefusal | LateHttpRefusal | None:
    """Who asks for what. `key`: the only one that is good; None: any that is not empty. The result None: it is not a
    door of this API."""
    parts = urlsplit(target)
    if parts.path not in (OPENAI_PATH, *AZURE_PATHS):
        return None
    if parse_qs(parts.query, keep_blank_values=True):
        return HttpRefusal(HTTPStatus.BAD_REQUEST, "invalid_request", "This path takes no query.")
    bearer = bearer_of(headers)
    if parts.path == OPENAI_PATH:
        return OPENAI_LIVE if is_good(bearer, key) else incorrect(bearer)
    if key and bearer == key:  # as Azure answers a key that comes as if it were a token
        words = "Moved: a key belongs in the header api-key."
        where = f"{parts.path}?api-key={key}"
        return HttpRefusal(HTTPStatus.TEMPORARY_REDIRECT, "redirect", words, location=where)
    if not is_good(headers.get("api-key") or bearer, key):
        words = "Access denied due to invalid subscription key or wrong API endpoint."
        return HttpRefusal(HTTPStatus.UNAUTHORIZED, "401", words)
    return AZURE_LIVE
