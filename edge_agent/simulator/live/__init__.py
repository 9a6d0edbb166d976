"""GPT-Live, simulated: one session that listens while it speaks, and whose clock is the sound that it is sent."""
