"""Keeps the last turns as the turn machine saw them, and feeds them to it again. Pure."""
