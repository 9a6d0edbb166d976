"""Button and light."""
