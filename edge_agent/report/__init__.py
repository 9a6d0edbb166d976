"""What support is sent of a device: `edge-agent report`."""
