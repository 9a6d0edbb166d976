"""The loop that moves sound, in a process that can be killed, and the parent that restarts it."""
