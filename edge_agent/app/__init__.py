"""What runs: the inbox, a device, an installation of it, and the daemon."""
