"""A simulated Realtime service: strict where the real one is, in both dialects, with speech for answers."""
