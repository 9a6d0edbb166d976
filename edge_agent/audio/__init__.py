"""The sound path: from the microphone's frame to the speaker's, and the devices at its two ends."""
