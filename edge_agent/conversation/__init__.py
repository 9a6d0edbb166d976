"""What decides: the turn machine and its helpers. Pure."""
