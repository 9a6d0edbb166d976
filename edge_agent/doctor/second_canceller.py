"""Whether echo = "dtln" can be what it says."""

from __future__ import annotations

from ..audio.dtln import DtlnUnavailable, find_files
from ..audio.silero import SileroUnavailable, find_model
from ..models.store import ModelStore
from .result import Check, ok, warning

NAME = "dtln"


def second_canceller(store: ModelStore) -> Check:
    """`store`: of the service."""
    try:
        files = find_files(store)
        find_model()
    except (DtlnUnavailable, SileroUnavailable) as error:
        seen, _, do = str(error).partition("; ")
        return warning(NAME, f'{seen}: echo = "dtln" works as "linear"', do)
    return ok(NAME, f"{files[0].parent}, and ai-edge-litert")
