"""The service: its two wire dialects, the link to it, and how the device proves who it is."""
