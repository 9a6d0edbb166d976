"""When an utterance ends: how long people are waited for, measured on recordings with pauses (docs/end-of-turn.md)."""
