"""What the service was used for, what that costs, and what happens when a day has cost enough."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.app.records import booking
from edge_agent.billing.budget import MOST_ESTIMATES, Budget
from edge_agent.billing.ledger import KEPT_DAYS, Ledger, cost
from edge_agent.billing.use import Use
from edge_agent.config.known_prices import prices_of
from edge_agent.config.model import AssistantSettings, Config, Limits, ServiceSettings
from edge_agent.config.price_settings import Prices
from edge_agent.telemetry.facts import CommitSent, ResponseRequested
from edge_agent.telemetry.records import Record
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State, Turn

EVERY_KIND = e.Usage(100, 800, 40, 300, 60, 400, 1360)
USD = prices_of(Config(service=ServiceSettings(deployment="gpt-realtime")))
ROUND = Prices("EUR", 1e6, 1e6, 1e6, 1e6, 1e6, 1e6, 60.0)  # a token is 1 EUR, and so is a second


def done(response_id: str, tokens: int = 1, status: e.ResponseStatus = "completed") -> e.ResponseDone:
    return e.ResponseDone(response_id, status, usage=e.Usage(output_audio=tokens))


def named(name: str, transcription: str = "", **prices: Any) -> Config:
    """A configuration with a deployment of this name."""
    return Config(
        service=ServiceSettings(deployment=name),
        assistant=AssistantSettings(transcription=transcription),
        prices=Prices(**prices),
    )


def deployed(name: str, transcription: str = "", **prices: Any) -> Prices:
    return prices_of(named(name, transcription, **prices))


# ---- prices and use ---------------------------------------------------------------------
def test_cached_tokens_are_a_part_of_what_went_in() -> None:
    use = Use.of(e.ResponseDone("r1", "completed", usage=EVERY_KIND))
    assert use == Use(1, 60, 40, 60, 500, 300, 400)
    dollars = (60 * 4 + 40 * 0.4 + 60 * 16 + 500 * 32 + 300 * 0.4 + 400 * 64) / 1e6
    assert cost(use, USD) == pytest.approx(dollars)


def test_a_minute_of_the_user_and_one_of_the_answer() -> None:
    heard, spoken = e.Usage(input_audio=600), e.Usage(output_audio=1200)  # 10 and 20 tokens a second
    assert cost(Use.of(e.ResponseDone("r1", "completed", usage=heard)), USD) == pytest.approx(0.0192)
    assert cost(Use.of(e.ResponseDone("r2", "completed", usage=spoken)), USD) == pytest.approx(0.0768)
    assert cost(Use.of(e.UserTranscribed("u1", "", 60.0)), USD) == pytest.approx(0.017)


def billed(**usage: int) -> Use:
    return Use.of(e.ResponseBilled("r1", e.Usage(**usage)))


def test_a_bill_of_sums_alone_is_paid_as_audio() -> None:
    assert billed(input=1000, output=50, total=1050) == Use(1, audio_in=1000, audio_out=50)
    assert billed(total=1050) == Use(1, audio_out=1050)
    assert billed(input_text=10, input=10, total=30) == Use(1, text_in=10, audio_out=20)


def test_what_was_cached_without_details_saves_the_least_it_can() -> None:
    kinds = {"input_text": 100, "input_audio": 800, "input": 900}
    assert billed(**kinds, cached=60) == Use(1, text_in=40, text_cached=60, audio_in=800)
    assert billed(**kinds, cached=300) == Use(1, text_cached=100, audio_in=600, audio_cached=200)
    assert billed(**kinds, cached=300, cached_audio=250) == Use(
        1, text_in=50, text_cached=50, audio_in=550, audio_cached=250
    )
    assert billed(**kinds, cached=5000) == Use(1, text_cached=100, audio_cached=800)


def test_tokens_of_reasoning_are_paid() -> None:
    said = {"output_text": 20, "output_audio": 80}
    assert billed(**said, output=400, reasoning=300) == Use(1, text_out=320, audio_out=80)
    assert billed(**said, output=400) == Use(1, text_out=20, audio_out=380)  # nobody says what the rest is
    assert billed(**said, output=100, reasoning=20) == Use(
        1, text_out=20, audio_out=80
    )  # text counts it already


@given(st.builds(e.Usage, *[st.integers(0, 10**9)] * 11))
def test_no_token_is_free(usage: e.Usage) -> None:
    use = Use.of(e.ResponseBilled("r", usage))
    tokens = sum(count for name, count in asdict(use).items() if name.startswith(("text_", "audio_")))
    assert tokens >= max(usage.total, usage.input + usage.output)
    sums = usage.input_text + usage.input_audio + usage.output_text + usage.output_audio
    assert tokens >= sums


@given(st.builds(e.Usage, *[st.integers(-(2**53), 2**53)] * 11), st.floats(-1e9, 1e9))
def test_no_usage_earns_money(usage: e.Usage, seconds: float) -> None:
    for event in e.ResponseDone("r", "failed", usage=usage), e.UserTranscribed("u", "", seconds):
        assert min(asdict(Use.of(event)).values()) >= 0


@pytest.mark.parametrize(
    ("deployment", "text_out", "audio_in"),
    [
        ("gpt-realtime", 16, 32),
        ("GPT-Realtime-2025-08-28", 16, 32),
        ("gpt-realtime-1.5", 16, 32),
        ("gpt-realtime-2.1", 24, 32),
        ("gpt-realtime-mini-2025-10-06", 2.4, 10),
        ("gpt-realtime-2.1-mini", 2.4, 10),
        ("gpt-4o-realtime-preview-2024-12-17", 20, 40),
        ("gpt-4o-mini-realtime-preview", 2.4, 10),
        ("gpt-realtime-2-1-mini", 2.4, 10),
        ("my-gpt-realtime-2.1-prod", 24, 32),
        ("gpt4o-realtime", 20, 40),
        ("kitchen", 24, 32),
    ],
)
def test_known_models(deployment: str, text_out: float, audio_in: float) -> None:
    prices = deployed(deployment)
    assert (prices.text_out, prices.audio_in) == (text_out, audio_in)
    assert min(price for name, price in asdict(prices).items() if name not in ("currency", "data_zone")) > 0


def test_what_is_set_goes_before_what_is_known() -> None:
    assert deployed("gpt-realtime-mini", audio_out=22.0) == replace(
        deployed("gpt-realtime-mini"), audio_out=22.0
    )
    free: dict[str, Any] = dict.fromkeys(set(asdict(Prices())) - {"currency", "data_zone"}, 0.0)
    assert cost(Use(9, 9, 9, 9, 9, 9, 9, 9.0), deployed("gpt-realtime", currency="JPY", **free)) == 0


@pytest.mark.parametrize(
    "written",
    [
        None,
        [],
        {"responses": "3"},
        {"responses": True},
        {"responses": -1},
        {"text_in": 10**400},
        {"transcribed_s": float("nan")},
        {"transcribed_s": float("inf")},
        {"dollars": 3},
    ],
)
def test_a_spoilt_record_cannot_be_read(written: Any) -> None:
    assert Use.read(written) is None


def test_a_record_that_is_read_again() -> None:
    use = Use(3, 60, 40, 60, 500, 300, 400, 2.5)
    assert Use.read(json.loads(json.dumps(asdict(use)))) == use
    assert Use.read({"responses": 3}) == Use(3)


# ---- days -------------------------------------------------------------------------------
def test_sums_of_a_day_and_of_all() -> None:
    ledger = Ledger(ROUND, 5)
    for day, tokens in ("d1", 2), ("d1", 3), ("d2", 1):
        ledger.add(Use(1, audio_out=tokens), day)
    assert (ledger.is_spent("d1"), ledger.is_spent("d2"), ledger.is_spent("d3")) == (True, False, False)
    report = ledger.report("d2")
    assert (report["currency"], report["daily_cost"], report["spent"]) == ("EUR", 5, False)
    assert report["today"]["day"] == "d2"
    assert (report["today"]["cost"], report["today"]["responses"], report["today"]["audio_out"]) == (1, 1, 1)
    assert (report["since_start"]["cost"], report["since_start"]["responses"]) == (6, 3)


def test_what_earlier_runs_used_counts_for_its_day_alone() -> None:
    ledger = Ledger(ROUND, 5, {"d1": Use(1, audio_out=4)})
    ledger.add(Use(1, audio_out=1), "d1")
    assert ledger.is_spent("d1")
    assert ledger.report("d1")["since_start"]["cost"] == 1


def test_a_clock_that_jumps_multiplies_nothing() -> None:
    ledger = Ledger(ROUND)
    for number, day in enumerate(["2026-11-22", "1970-01-01", "2036-01-01", "2026-11-22"]):
        ledger.add(Use(1, audio_out=10**number), day)
    assert {day: use.audio_out for day, use in ledger.days.items()} == {
        "1970-01-01": 10,
        "2036-01-01": 100,
        "2026-11-22": 1001,
    }
    assert ledger.total.audio_out == 1111


def test_old_days_are_dropped() -> None:
    ledger = Ledger(ROUND)
    for number in range(20):
        ledger.add(Use(1), f"d{number}")
    assert list(ledger.days) == [f"d{number}" for number in range(20 - KEPT_DAYS, 20)]


def test_no_limit() -> None:
    ledger = Ledger(ROUND, Limits().daily_cost)
    ledger.add(Use(1, audio_out=10**9), "d1")
    assert not ledger.is_spent("d1")


# ---- the watcher ------------------------------------------------------------------------
class Bench:
    """What was told and what was kept."""

    def __init__(self, daily_cost: float = 5, days: Mapping[str, Use] | None = None) -> None:
        self.day = "d1"
        self.told: list[bool] = []
        self.kept: list[dict[str, Use]] = []
        self.budget = Budget(
            Ledger(ROUND, daily_cost, days),
            today=lambda: self.day,
            keep=lambda days: self.kept.append(dict(days)),
        )

    def __call__(self, event: e.Event) -> list[bool]:
        """As the agent does."""
        self.budget.watch(event, State())
        if change := self.budget.take_change():
            self.told.append(change.spent)
            self(change)
        return self.told


def test_it_is_told_once_when_it_is_spent_and_once_when_a_day_begins() -> None:
    bench = Bench()
    assert bench(done("r1", 4)) == []
    assert bench(done("r2", 1, "cancelled")) == [True]
    assert bench(done("r3", 1, "failed")) == [True]
    assert bench(e.Tick()) == [True]
    bench.day = "d2"
    assert bench(e.SpeechStarted(0)) == [True, False]
    assert bench(done("r4", 1)) == [True, False]
    assert bench.budget.report()["today"]["cost"] == 1


def test_a_status_call_sees_the_new_day() -> None:
    bench = Bench(days={"d1": Use(1, audio_out=5)})
    assert bench(e.AudioStarted("card", 0)) == [True]
    assert bench.budget.report()["spent"]
    bench.day = "d2"
    assert not bench.budget.report()["spent"]
    assert bench.told == [True]  # who asks changes nothing
    assert bench(e.Tick()) == [True, False]


def test_what_comes_twice_is_paid_once_and_kept_once() -> None:
    bench = Bench()
    written_down = e.UserTranscribed("u1", "", 2.0)
    for event in written_down, done("r1"), written_down, done("r1"):
        bench(event)
    assert bench.budget.report()["today"]["cost"] == 3
    assert bench.kept == [{"d1": Use(1, audio_out=1, transcribed_s=2.0)}]


@pytest.mark.parametrize(
    "usage", [e.Usage(total=2), e.Usage(output=2), e.Usage(input=2), e.Usage(output_audio=1, output=2)]
)
def test_a_day_of_bills_without_details_ends_as_well(usage: e.Usage) -> None:
    bench = Bench(daily_cost=6)
    for number in range(3):
        bench(e.ResponseDone(f"r{number}", "completed", usage=usage))
    assert bench.told == [True]
    assert bench.budget.report()["assumed_responses"] == 3


@pytest.mark.parametrize(
    ("usage", "assumed"),
    [
        (e.Usage(), 0),
        (EVERY_KIND, 0),
        (e.Usage(input_text=10, cached_text=4, input=10, cached=4, total=10), 0),
        (e.Usage(input_text=10, input=10, cached=4, total=10), 1),
        (e.Usage(output_audio=10, output=40, reasoning=30, total=40), 0),
        (e.Usage(output_audio=10, output=41, reasoning=30, total=41), 1),
    ],
)
def test_it_is_told_what_was_assumed(usage: e.Usage, assumed: int) -> None:
    bench = Bench(daily_cost=0)
    bench(e.ResponseDone("r1", "completed", usage=usage))
    bench(e.UserTranscribed("u1", "", 1.0))
    assert bench.budget.report()["assumed_responses"] == assumed


# ---- what was ordered, and whose end nobody heard ----------------------------------------
def answering(bench: Bench, response_id: str, ms: int) -> None:
    bench(e.ResponseStarted(response_id))
    bench(e.AudioDelta(response_id, "i1", bytes(48 * ms)))


@pytest.mark.parametrize("end", [e.Disconnected(1, "forgotten"), e.LinkSwitched(2, "s", 0.0)])
def test_an_answer_that_ends_with_its_session_costs_what_came_of_it(end: e.Event) -> None:
    bench = Bench(daily_cost=0)
    answering(bench, "r1", 2000)
    bench(end)
    today = bench.budget.report()["today"]
    assert today["responses"] == 1
    assert today["audio_out"] == 40
    assert today["text_in"] > 0
    assert today["audio_in"] > 0
    assert bench.kept[-1]["d1"].responses == 1
    assert bench.budget.report()["estimated_responses"] == 1


def test_the_next_answer_costs_at_least_what_went_into_the_last() -> None:
    bench = Bench(daily_cost=0)
    usage = e.Usage(input_text=500, input_audio=200, cached_text=100, output_audio=10)
    bench(e.ResponseStarted("r1"))
    bench(e.ResponseDone("r1", "completed", usage=usage))
    answering(bench, "r2", 0)
    bench(e.Disconnected(1, "gone"))
    today = bench.budget.report()["today"]
    assert (today["text_in"], today["text_cached"], today["audio_in"]) == (400 + 500, 100, 400)


def test_forgetting_in_the_middle_of_each_answer_ends_the_day_as_well() -> None:
    bench = Bench(daily_cost=100)
    for number in range(10):
        answering(bench, f"r{number}", 3000)
        bench(e.Disconnected(1, "forgotten"))
    assert bench.told == [True]


def test_a_bill_that_comes_late_puts_the_estimate_right() -> None:
    bench = Bench(daily_cost=0)
    answering(bench, "r1", 2000)
    bench(e.Disconnected(1, "forgotten"))
    bench(e.ResponseBilled("r1", e.Usage(output_audio=70)))
    bench(e.ResponseBilled("r1", e.Usage(output_audio=70)))
    today = bench.budget.report()["today"]
    assert (today["responses"], today["audio_out"], today["text_in"], today["audio_in"]) == (1, 70, 0, 0)
    assert bench.budget.report()["estimated_responses"] == 0


def test_a_response_that_was_billed_is_not_estimated_too() -> None:
    bench = Bench(daily_cost=0)
    answering(bench, "r1", 2000)
    bench(done("r1", 40))
    bench(e.AudioDelta("r1", "i1", bytes(480)))  # late
    bench(e.Disconnected(1, "gone"))
    assert bench.budget.report()["today"]["responses"] == 1
    assert bench.budget.report()["estimated_responses"] == 0


def test_estimates_are_kept_within_bounds() -> None:
    bench = Bench(daily_cost=0)
    for number in range(20):
        answering(bench, f"r{number}", 100)
    bench(e.Disconnected(1, "gone"))
    bench(e.ResponseBilled("r0", e.Usage(output_audio=70)))  # it is not known any more which estimate was its
    assert bench.budget.report()["today"]["responses"] == 21


def unbilled(bench: Bench, *request_ids: str) -> None:
    """Asked for; and then the link dies."""
    for request_id in request_ids:
        bench.budget.order(request_id)
    bench(e.Disconnected(1, "gone"))


def test_an_answer_that_was_asked_for_costs_something_though_nobody_saw_it_begin() -> None:
    bench = Bench(daily_cost=0)
    unbilled(bench, "ask_1")
    today = bench.budget.report()["today"]
    assert (today["responses"], today["audio_out"]) == (1, 0)
    assert today["audio_in"] > 0
    assert bench.kept[-1]["d1"].responses == 1
    unbilled(bench)
    assert bench.budget.report()["estimated_responses"] == 1


def test_its_bill_puts_the_estimate_right() -> None:
    bench = Bench(daily_cost=0)
    unbilled(bench, "ask_1")
    bench(e.ResponseBilled("r1", e.Usage(output_audio=70)))
    today = bench.budget.report()["today"]
    assert (today["responses"], today["audio_out"], today["audio_in"]) == (1, 70, 0)
    assert bench.budget.report()["estimated_responses"] == 0
    bench(e.ResponseBilled("r2", e.Usage(output_audio=70)))
    assert bench.budget.report()["today"]["responses"] == 2


@pytest.mark.parametrize(
    "said",
    [
        e.ResponseDone("r1", "failed"),
        e.ServiceErred("server_error", "", "ask_1"),
        e.ResponseStarted("r1", None),
        e.ResponseStarted("r1", "ask_1"),
        e.ResponseStarted("r1", "ask_2"),
    ],
    ids=["failed unannounced", "refused", "begun", "begun by name", "the next one has begun"],
)
def test_a_request_that_the_service_has_answered_no_longer_waits(said: e.Event) -> None:
    bench = Bench(daily_cost=0)
    bench.budget.order("ask_1")
    if said == e.ResponseStarted("r1", "ask_2"):
        bench.budget.order("ask_2")
    bench(said)
    bench(done("r1"))
    bench(e.Disconnected(1, "gone"))
    assert bench.budget.report()["estimated_responses"] == 0


@pytest.mark.parametrize(("turn", "estimated"), [(Turn.THINKING, 1), (Turn.LISTENING, 0)])
def test_what_the_service_answers_by_itself_is_ordered_too(turn: Turn, estimated: int) -> None:
    bench = Bench(daily_cost=0)
    bench.budget.watch(e.InputCommitted("u1"), State(turn=turn))
    bench(e.Disconnected(1, "gone"))
    assert bench.budget.report()["estimated_responses"] == estimated


def test_an_utterance_that_we_have_ended_is_ordered_once() -> None:
    bench = Bench(daily_cost=0)
    bench.budget.order("ask_1")
    bench.budget.watch(e.InputCommitted("u1"), State(turn=Turn.THINKING))
    bench(e.Disconnected(1, "gone"))
    assert bench.budget.report()["estimated_responses"] == 1


def test_the_budget_learns_of_a_request_when_it_leaves() -> None:
    bench = Bench(daily_cost=0)
    records: list[Record] = []
    add = booking(bench.budget, records.append)
    for fact in CommitSent(), ResponseRequested("ask_1"):
        add(Record(1.0, fact))
    bench(e.Disconnected(1, "gone"))
    assert len(records) == 2
    assert bench.budget.report()["estimated_responses"] == 1


# ---- by the minute ----------------------------------------------------------------------
def test_of_two_running_totals_the_larger_is_booked_and_nothing_twice() -> None:
    ledger = Ledger(prices_of(Config()), 0.1)
    budget = Budget(ledger, today=lambda: "d1")
    for told_s, lasted_s in ((15.0, 15.4), (30.0, 15.4), (0.0, 16.0), (30.0, 31.0)):
        budget.watch(e.SecondsBilled("live_1", told_s, lasted_s), State())
    assert ledger.total.live_s == 31.0
    assert budget.take_change() is None
    budget.watch(e.SecondsBilled("live_2", 0.0, 89.0), State())
    assert ledger.total.live_s == 120.0
    assert budget.take_change() == e.BudgetSpent(True)  # two minutes at 0.05 USD


def test_only_the_latest_sessions_are_remembered() -> None:
    ledger = Ledger(prices_of(Config()))
    budget = Budget(ledger, today=lambda: "d1")
    for number in range(MOST_ESTIMATES + 2):
        budget.watch(e.SecondsBilled(f"live_{number}", 20.0, 0.0), State())
    assert len(budget._booked_s) == MOST_ESTIMATES
    assert ledger.total.live_s == 20 * (MOST_ESTIMATES + 2)


def test_the_first_seconds_of_a_session_may_be_paid_for_in_advance() -> None:
    ledger = Ledger(prices_of(Config()))
    budget = Budget(ledger, today=lambda: "d1")
    for lasted_s, booked_s in [(2.0, 15.0), (12.0, 15.0), (16.0, 16.0)]:
        budget.watch(e.SecondsBilled("live_1", 0.0, lasted_s), State())
        assert ledger.total.live_s == booked_s
