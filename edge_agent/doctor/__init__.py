"""Checks of everything that a device needs, each of which ends in one line."""
