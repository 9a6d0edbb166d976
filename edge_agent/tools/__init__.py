"""What the device can do when the service calls a function: its own tools, and its owner's."""
