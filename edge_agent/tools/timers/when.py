"""The next time that a clock on the wall shows what somebody has said. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

LONGEST_DAYS = 366


def next_local(said: str, now: datetime) -> str:
    """ISO 8601 without a zone, of HH:MM (today, or tomorrow) or of a date with a time. `now`: local, without a zone.
    Raises ValueError, which says what is wrong."""
    if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", said):
        hour, minute, *_ = map(int, said.split(":"))
        if hour > 23 or minute > 59:
            raise ValueError(f"{said} is not a time of day")
        at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        at += timedelta(days=at <= now)
    else:
        try:
            at = datetime.fromisoformat(said)
        except ValueError:
            raise ValueError("at must be HH:MM, or YYYY-MM-DDTHH:MM, in local time") from None
        if at.tzinfo:
            at = at.astimezone().replace(tzinfo=None)
    if at <= now:
        raise ValueError(f"{at:%Y-%m-%d %H:%M} is in the past; it is {now:%Y-%m-%d %H:%M} now")
    if at - now > timedelta(days=LONGEST_DAYS):
        raise ValueError("that is more than a year away")
    return at.isoformat(timespec="seconds")
