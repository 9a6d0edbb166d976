from __future__ import annotations

from edge_agent.conversation.responses import Refusal, Responses
from edge_agent.conversation.retries import BUSY
from edge_agent.vocabulary.commands import CancelResponse, CreateResponse


def asked(responses: Responses) -> str:
    (command,) = responses.ask()
    assert isinstance(command, CreateResponse)
    return command.request_id


def test_one_that_was_asked_for() -> None:
    responses = Responses()
    assert not responses.pending
    request = asked(responses)
    assert responses.pending
    assert responses.current is None
    assert list(responses.started("r1", request)) == []
    assert responses.current == "r1"
    assert responses.done("r1")
    assert not responses.pending
    assert list(responses.next()) == []


def test_a_service_that_brings_no_tag_back() -> None:
    responses = Responses()
    asked(responses)
    assert list(responses.started("r1", None)) == []
    assert responses.current == "r1"


def test_a_cancel_that_overtakes_the_beginning() -> None:
    responses = Responses()
    request = asked(responses)
    assert list(responses.give_up()) == []  # there is nothing to cancel yet
    assert not responses.pending
    assert list(responses.ask()) == []  # the next one waits for its turn
    assert list(responses.started("ghost", request)) == [CancelResponse("ghost")]
    assert responses.current is None
    assert list(responses.ask()) == []
    assert not responses.done("ghost")
    (command,) = responses.next()
    assert isinstance(command, CreateResponse)
    assert command.request_id != request


def test_giving_up_the_one_under_way() -> None:
    responses = Responses()
    list(responses.started("r1", asked(responses)))
    assert list(responses.give_up()) == [CancelResponse("r1")]
    assert list(responses.give_up()) == []  # once is enough
    assert not responses.done("r1")


def test_the_service_interrupted_by_itself() -> None:
    responses = Responses()
    list(responses.started("r1", asked(responses)))
    responses.interrupted()
    assert responses.current is None
    assert not responses.done("r1")


def test_one_that_the_service_begins_by_itself() -> None:
    responses = Responses()
    responses.expect()
    assert responses.pending
    assert list(responses.started("r1", None)) == []
    assert responses.current == "r1"
    assert responses.done("r1")


def test_one_that_nobody_asked_for_is_cancelled() -> None:
    responses = Responses()
    assert list(responses.started("r1", None)) == [CancelResponse("r1")]
    assert list(responses.give_up()) == []


def test_failed_without_having_begun() -> None:
    responses = Responses()
    asked(responses)
    assert responses.done("never created")
    assert not responses.pending
    responses.expect()
    assert responses.done("never created either")
    assert not responses.pending


def test_given_up_and_failed_without_having_begun() -> None:
    responses = Responses()
    asked(responses)
    list(responses.give_up())
    assert not responses.done("never created")
    assert len(list(responses.ask())) == 1


def test_the_end_of_an_old_one_changes_nothing() -> None:
    responses = Responses()
    list(responses.started("r2", asked(responses)))
    assert not responses.done("r1")
    assert responses.current == "r2"


def test_refused() -> None:
    responses = Responses()
    request = asked(responses)
    assert responses.refused("item_truncate_no_audio", None) is Refusal.NOT_OURS
    assert responses.refused("invalid_value", "session") is Refusal.NOT_OURS
    assert responses.refused(BUSY, request) is Refusal.LOST  # busy with what, nobody knows
    request = asked(responses)
    list(responses.give_up())
    assert responses.refused("invalid_value", request) is Refusal.NOT_OURS


def test_refused_without_saying_what() -> None:
    responses = Responses()
    assert responses.refused("invalid_value", None) is Refusal.NOT_OURS
    asked(responses)
    assert responses.refused("invalid_value", None) is Refusal.PERHAPS
    assert responses.refused("server_error", None) is Refusal.LOST  # what else


def test_refused_because_another_is_active_waits_for_its_end() -> None:
    responses = Responses()
    request = asked(responses)
    assert list(responses.started("r0", "somebody else's")) == [CancelResponse("r0")]
    assert responses.refused(BUSY, request) is Refusal.WAITS
    assert responses.pending
    assert not responses.done("r0")
    assert len(list(responses.next())) == 1


def test_a_new_connection_knows_of_none() -> None:
    responses = Responses()
    first = asked(responses)
    responses.reset()
    assert not responses.pending
    assert asked(responses) != first


def test_one_that_nobody_asked_for_takes_no_place() -> None:
    responses = Responses()
    request = asked(responses)
    assert list(responses.started("r1", request)) == []
    assert list(responses.started("r2", None)) == [CancelResponse("r2")]
    assert responses.current == "r1"
    assert not responses.done("r2")
    assert responses.done("r1")


def test_a_server_error_may_mean_the_answer_that_has_begun() -> None:
    responses = Responses()
    list(responses.started("r1", asked(responses)))
    assert responses.refused("server_error", None) is Refusal.PERHAPS
    assert responses.refused("invalid_value", None) is Refusal.NOT_OURS
    list(responses.give_up())
    assert responses.refused("server_error", None) is Refusal.NOT_OURS
