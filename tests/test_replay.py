"""What was recorded is decided again. `python -m tests.test_replay` makes tests/recordings anew."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from edge_agent import events as e
from edge_agent.conversation import Conversation
from edge_agent.freeze import freeze
from edge_agent.recorder import Recorder
from edge_agent.replay import replay
from edge_agent.turns import TurnSettings

from .test_conversation_properties import histories, settings_

USERS = e.UserTranscribed | e.InputCommitted | e.TranscriptionFailed


def differences(record: dict[str, Any]) -> list[str]:
    return [step.difference for step in replay(json.loads(json.dumps(record))) if step.difference]


@settings(max_examples=100)
@given(settings_, histories)
def test_what_is_recorded_is_decided_again(turns: TurnSettings, history: Any) -> None:
    conversation, now = Conversation(turns), 0.0
    recorder = Recorder(conversation)
    for event, pause in history:
        now += pause
        if isinstance(event, USERS):  # the service gives no id to both sides
            event = replace(event, item_id=f"user {event.item_id}")
        recorder.note(event, now, conversation.handle(event, now), conversation.state)
    record = recorder.record()
    assert differences(record) == []
    assert sum(len(segment["entries"]) for segment in record["segments"]) == len(history)
