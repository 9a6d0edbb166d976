"""Settings of what the device can do by itself, and with a home. Pure."""

from __future__ import annotations

from ..vocabulary.frozen import frozen
from .setting import setting


@frozen
class AbilitySettings:
    """What the device can do for the user, besides talking (docs/tools.md)."""

    timers: bool = setting(True, "Timers, alarms and reminders, which ring without a link too.")
    time: bool = setting(True, "Tell the local time and date.")
    volume: bool = setting(True, "Change the volume.")
    mute: bool = setting(True, "Switch the microphone off for some minutes.")
    repeat: bool = setting(True, "Say the last answer again, and speak more slowly or faster.")
    goodbye: bool = setting(True, "End the conversation: it is forgotten, and the link is closed.")
    silence: bool = setting(True, "Say nothing where nobody spoke to the device.")
    health: bool = setting(True, "Tell how the device is: what is wrong, and what to do about it.")


@frozen
class HomeSettings:
    """Home Assistant, which one of the tools may hand sentences to."""

    url: str = setting("", "Its address, as in http://homeassistant.local:8123. Empty: there is none.")
    token_file: str = setting("", "File with a long-lived access token of it.")
    agent: str = setting("", "Its conversation agent, as in conversation.home_assistant. Empty: its default.")
    timeout_s: float = setting(8.0, "How long to wait for its answer.", unit="s", low=1, high=60)
    confirm: bool = setting(False, "Only if the button is pressed to confirm it.")
