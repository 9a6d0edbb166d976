"""What a service says for ever does not fill the memory for ever."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from edge_agent.realtime.wire.allowance import MOST_COUNTED, MOST_ITEMS, MOST_SOUND_MS, SHORTEST_DELTA_MS
from edge_agent.realtime.wire.decode import MOST_CALLS, Decoder
from edge_agent.realtime.wire.dialects import GA
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import service_ms
from edge_agent.vocabulary.text import LONGEST_ITEM

BEGUN = {"type": "response.created", "response": {"id": "r"}}
SECOND = b64encode(bytes(48_000)).decode()


def words(text: str, item_id: str = "i") -> dict[str, Any]:
    place = {"response_id": "r", "item_id": item_id}
    return {"type": "response.output_audio_transcript.delta", **place, "delta": text}


def sound(base64: str = SECOND, item_id: str = "i") -> dict[str, Any]:
    return {"type": "response.output_audio.delta", "response_id": "r", "item_id": item_id, "delta": base64}


def heard(text: str, item_id: str = "i") -> dict[str, Any]:
    kind = "conversation.item.input_audio_transcription.completed"
    return {"type": kind, "item_id": item_id, "transcript": text}


def fed(*events: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The decoder, and what came out of it."""
    decoder = GA.decoder()
    return decoder, [decoder.decode(json.dumps(event)) for event in events]


@pytest.mark.parametrize("size", [1, 999, 100_000])
def test_the_words_of_an_item_end_somewhere(size: int) -> None:
    decoder, out = fed(BEGUN, *[words("x" * size)] * (LONGEST_ITEM // size + 5))
    said = [event.text for event in out[1:] if event]
    assert sum(map(len, said)) == LONGEST_ITEM
    assert "" not in said
    assert decoder.ignored["(too much)"] > 0
    another = decoder.decode(json.dumps(words("y", "another")))
    assert another == e.TranscriptDelta("r", "another", "y")


def test_another_response_has_no_more_words_for_the_same_item() -> None:
    _, out = fed(BEGUN, words("x" * LONGEST_ITEM), BEGUN, words("x"))
    assert [event is None for event in out] == [False, False, False, True]


def test_what_somebody_said_ends_somewhere_and_is_said_once() -> None:
    wordless = heard("") | {"usage": {"seconds": 1.5}}
    _, out = fed(heard("x" * 100_000), heard("once more"), wordless)
    assert [event and (len(event.transcript), event.seconds) for event in out] == [
        (LONGEST_ITEM, 0),
        None,
        (0, 1.5),
    ]


def test_an_answer_has_so_many_items() -> None:
    _, out = fed(BEGUN, *(words("x", f"item {n}") for n in range(MOST_ITEMS + 9)), sound(item_id="last"))
    assert sum(event is not None for event in out[1:]) == MOST_ITEMS
    _, out = fed(BEGUN, *(sound(item_id=f"item {n}") for n in range(MOST_ITEMS + 9)), BEGUN, sound())
    assert sum(event is not None for event in out) == MOST_ITEMS + 3


def test_the_sound_of_an_answer_ends_somewhere_and_the_next_one_begins() -> None:
    seconds = MOST_SOUND_MS // 1000
    decoder, out = fed(BEGUN, *[sound()] * (seconds + 5), BEGUN, sound())
    played = [event for event in out if isinstance(event, e.AudioDelta)]
    assert sum(service_ms(event.pcm) for event in played) == MOST_SOUND_MS + 1000
    assert decoder.ignored["(too much)"] == 5


def test_tiny_pieces_of_sound_are_bounded_in_number() -> None:
    most = MOST_SOUND_MS // SHORTEST_DELTA_MS
    _, out = fed(BEGUN, *[sound("AAA=")] * (most + 5))
    assert sum(event is not None for event in out[1:]) == most


def test_what_is_counted_is_bounded() -> None:
    decoder, _ = fed(*(heard("x", f"item {n}") for n in range(3 * MOST_COUNTED)))
    assert len(decoder.allowance._chars) == MOST_COUNTED


def test_functions_are_called_so_often() -> None:
    calls = [{"type": "function_call", "call_id": f"c{n}", "name": "f", "arguments": "{}"} for n in range(99)]
    messages = [{"type": "message", "id": f"m{n}"} for n in range(99)]
    response = {"id": "r", "status": "completed", "output": calls + messages}
    _, (done,) = fed({"type": "response.done", "response": response})
    assert len(done.calls) == MOST_CALLS
    assert len(done.item_ids) == MOST_ITEMS


def test_the_rest_of_a_session_needs_no_room() -> None:
    decoder: Decoder = fed(BEGUN)[0]
    event = {"type": "input_audio_buffer.committed", "item_id": "i"}
    assert decoder.decode(json.dumps(event)) == e.InputCommitted("i")
