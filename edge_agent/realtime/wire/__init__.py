"""The messages of the Realtime API, in its dialects. Pure."""
