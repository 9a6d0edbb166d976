"""Sound cards: real ones, found by name, and the simulated one."""
