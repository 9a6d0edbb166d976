"""Where things are kept on the disk, and how they get there whole."""
