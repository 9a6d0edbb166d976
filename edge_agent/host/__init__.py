"""What the device is to its machine: paths, files, systemd, the journal, and who may ask it."""
