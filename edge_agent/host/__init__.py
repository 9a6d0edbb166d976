"""What the device is to its machine: files, systemd, the journal, and who may ask it."""
