"""What is told about the device: what happened when, turns, findings, numbers. Pure."""
