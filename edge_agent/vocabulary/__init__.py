"""What can happen, what can be told to do, and the units that are spoken in. Imports nothing of this package. Pure."""
