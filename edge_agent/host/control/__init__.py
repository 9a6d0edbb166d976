"""The control socket: both ends, and what may be asked."""
