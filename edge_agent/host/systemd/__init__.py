"""What systemd is told, and when its watchdog is fed."""
