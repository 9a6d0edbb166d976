"""What the journal is told of: for each kind of event its lasting MESSAGE_ID and level. See docs/journal.md. Pure.

`noted` is for the `extra` of a log call: `log.info("...", extra=noted("link_up", generation=3))`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .frozen import frozen

DEBUG, INFO, WARNING, ERROR = 10, 20, 30, 40  # as in logging


@frozen
class Message:
    """`id`: found with journalctl MESSAGE_ID=... in every version. `when`: for the reader of docs/journal.md."""

    id: str
    level: int
    when: str


MESSAGES: dict[str, Message] = {
    "turn": Message("f2eb29c74df14637a429440559d35ef8", INFO, "a turn ended: one line, with its latencies"),
    "finding": Message(
        "228874207ed244cbbbc85a54c4ad12ed",
        WARNING,
        "something is wrong, and what to do about it; of the model once a day",
    ),
    "cleared": Message("2f4323a7e90548aab058cb3f2ffdaeb9", INFO, "a finding was resolved"),
    "unwell": Message(
        "76ba258a9de840b7a30565bf7227a7e8", ERROR, "something that should be running has stopped"
    ),
    "device_started": Message("fc9a0382095c483e9c43aefbf14508a8", INFO, "microphone and speaker are open"),
    "device_noted": Message(
        "03274a6da0a545f4baef91779d71a6cc", INFO, "a note about the microphone or the speaker"
    ),
    "echo_judged": Message(
        "58b0973db97a4de39f45686281d746d0", INFO, "whether answers can be interrupted by voice"
    ),
    "link_up": Message("4a834af0e3fb4d138132e43809c5d493", INFO, "a session with the service started"),
    "link_down": Message(
        "ea3a9155869247e9b4054dbd65047dad", INFO, "the session ended; a warning if that was not intended"
    ),
    "link_failed": Message("ea0dd2613acc4814853a7aecfad811a7", DEBUG, "an attempt to connect failed"),
    "muted": Message(
        "287f782fd5a643158027ed1027609b53", INFO, "the microphone was muted: no speech leaves the device"
    ),
    "unmuted": Message("87ce13d9b2e34f578d7826c347d0fab6", INFO, "the microphone was unmuted"),
    "volume_set": Message("a6aeeac14c9f4e88b175f4879287c7bf", INFO, "the volume was set"),
    "forget_requested": Message("f1db3598e3704d7ea3f6bab3977db28a", INFO, "the user ended the conversation"),
    "tool_ended": Message(
        "12a1c5b05fa6424ca0c5d5b3d240fa17", INFO, "a tool has ended: how long it took, and why it failed"
    ),
    "tool_cancelled": Message(
        "b9ffa424f50344efb07ad7e1ed6f9c3d",
        INFO,
        "a tool took too long, or the user interrupted, and it was ended",
    ),
    "ring_due": Message("962e8820ba1d48f6bd9676f786f68bec", INFO, "a timer, an alarm or a reminder rings"),
    "ring_ended": Message(
        "dfd63c59748545bcbe47dc490de590f9", INFO, "somebody stopped what rang, or it gave up"
    ),
    "ring_missed": Message(
        "6be0e6c332414e56a041289d88fa89c8",
        INFO,
        "a timer, an alarm or a reminder was due while the device was off",
    ),
    "announcement_ended": Message(
        "850989dd5ff645769fcc40f476b8281d", INFO, "an announcement was heard to its end, or why not"
    ),
    "opening_ended": Message(
        "964247e739f0453a9ae99b4406c8fab8",
        INFO,
        "the device was told to begin a conversation, or to ask the user, and what came of it",
    ),
    "call_yielded": Message(
        "e4b7c0d15a2f4c8e9b36d1f07a85c2e9",
        INFO,
        "a nearer device of the group answers, and this one is silent",
    ),
    "service_erred": Message("bef8074dfe33423d83ad6f6ee83805e2", INFO, "the service reported an error"),
    "settings_changed": Message(
        "6248625dcce545a389c347ec9c7afa23", INFO, "settings were changed on the running device: which"
    ),
    "reloaded": Message("ecaec4a283814e69a21c07267721102b", INFO, "the configuration was reloaded"),
    "user_said": Message(
        "aa6e925cccad414bbd49bb732e6be708", INFO, "only with [log] transcripts: what was heard"
    ),
    "agent_said": Message(
        "9db9ca255d6f47bc8b97812f4f991ed8",
        INFO,
        "only with [log] transcripts: what was answered, as far as it was heard by then",
    ),
}

# names that say more in a journal of many programs
NAMES = {"generation": "LINK_GENERATION", "code": "ERROR", "name": "CUE", "device": "SOUND_DEVICES"}
DROPPED = ("t", "event", "text", "message")  # the journal has the time, and the sentence


def noted(event: str, **fields: Any) -> dict[str, Any]:
    """For `extra=` of a log call."""
    return {"fields": fields_of({"event": event, **fields})}


def fields_of(record: Mapping[str, Any]) -> dict[str, str]:
    """A record of the timeline as fields of the journal: upper case, text, and only what is single."""
    event = str(record["event"])
    fields = {"EVENT": event}
    if message := MESSAGES.get(event):
        fields["MESSAGE_ID"] = message.id
    for name, value in record.items():
        if name not in DROPPED and isinstance(value, str | int | float):
            fields[NAMES.get(name, name.upper())] = str(value)
    return fields
