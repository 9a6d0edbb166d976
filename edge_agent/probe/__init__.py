"""Asks a real service of GPT-Live what nobody has written down, within bounds of time and money."""
