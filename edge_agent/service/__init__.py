"""What makes the agent a service: its place in the system, and who may talk to it there."""
