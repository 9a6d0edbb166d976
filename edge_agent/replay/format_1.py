"""Reads records of format 1 (edge-agent 0.1): the turn machine, written by the attributes of its objects. Pure."""

from __future__ import annotations

from typing import Any

from ..conversation.spoken_causes import CAUSES, OFFLINE

Json = Any

# attributes that are more than the name of today's field behind an underscore
RENAMED = {
    "_first_word": "first_word_until",
    "_numbers": "asked",
    "_pending": "awaited",
    "_prepared": "is_prepared",
    "_urgent": "is_late",
}
CLASSES = {"Part": "QuestionPart"}
TAKING = ("mode", "button", "end")


def upgrade(checkpoint: Json) -> Json:
    """A checkpoint as today's format has it. Raises KeyError, TypeError, AttributeError where it is damaged."""
    old = checkpoint["Conversation"]
    settings = _settings(old["settings"]["TurnSettings"])
    utterance = _renamed(old["_utterance"])
    utterance["Utterance"]["settings"] = settings  # there it was told to be the same
    exchange = _renamed(old["exchange"])
    transcript = exchange["Exchange"]["transcript"]["Transcript"]
    transcript["pace"] = {"SpeechPace": {"chars_per_ms": transcript["pace"]}}
    keeper = {
        "settings": settings,
        "state": old["state"],
        "utterance": utterance,
        "exchange": exchange,
        "presence": _renamed(old["_presence"]),
        "number": old["turns"],
        "due": old["_due"],
        "sounds": old["sounds"],
        "link_trouble": _code(old["_cause"]["Cue"]),
        "is_hopeless": old["_hopeless"],
        "spent": old["_spent"],
    }
    parts = {
        "StoppingPart": {"stop_due": old["_due"] if old["_stopping"] else None},
    }
    kept = [[name, {"dict": list(map(list, state.items()))}] for name, state in parts.items()]
    return {"Checkpoint": {"keeper": {"TurnKeeper": keeper}, "parts": {"dict": kept}}}


def _settings(old: dict[str, Json]) -> Json:
    taking = {name: old[name] for name in TAKING if name in old}
    limits = {name: value for name, value in old.items() if name not in TAKING}
    return {"TurnSettings": {"taking": {"TurnTaking": taking}, "limits": {"Limits": limits}}}


def _code(cue: str) -> str:
    """One that is spoken of as it was."""
    causes = {known.name: sorted(codes)[0] for known, codes in CAUSES.items()}
    return OFFLINE if cue == "OFFLINE" else causes.get(cue, "service")


def _renamed(node: Json) -> Json:
    match node:
        case list():
            return [_renamed(item) for item in node]
        case dict() if len(node) == 1:
            [(kind, value)] = node.items()
            if not isinstance(value, dict):
                return {kind: _renamed(value)}
            fields = {RENAMED.get(key, key.removeprefix("_")): _renamed(item) for key, item in value.items()}
            return {CLASSES.get(kind, kind): fields}
    return node
