"""What is odd about one response, by the fault script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .faults import Fault


@dataclass(slots=True)
class Quirks:
    rate_limits: bool = True
    items_first: bool = False
    says_done: bool = True  # where it ends well
    stuck: bool = False
    call_ids: bool = True
    late_deltas: bool = False
    usage: str = ""  # "totals", "null"


def quirks_of(faults: Sequence[Fault], *, is_azure_speech: bool) -> Quirks:
    """`is_azure_speech`: sound goes on until a cancelled response is done, and there are no rate limits."""
    by_what = {fault.what: fault for fault in faults}
    return Quirks(
        rate_limits="no-rate-limits" not in by_what and not is_azure_speech,
        late_deltas=is_azure_speech,
        items_first="items-first" in by_what,
        says_done="no-done" not in by_what,
        stuck="stuck" in by_what,
        call_ids="no-call-id" not in by_what,
        usage=by_what["usage"].argument if "usage" in by_what else "",
    )
