"""A room of `python -m benchmarks.live_rooms`."""

from __future__ import annotations

import pytest

from benchmarks.echo import ROOMS, Person
from benchmarks.live_rooms import heard_in

pytestmark = pytest.mark.realtime


def test_it_does_not_answer_itself_and_a_person_is_heard_over_it_as_with_the_realtime_api() -> None:
    person = Person(quick=True)
    (room,) = [room for room in ROOMS if room.name == "-6 dB, 80 ms"]
    live, realtime = (heard_in(api, room, "linear", person, rounds=1) for api in ("gpt-live", "realtime"))
    assert live.itself == realtime.itself == 0
    assert live.noticed == realtime.noticed == live.spoken
