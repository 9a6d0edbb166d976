"""How is something said that nobody has asked the device for? Announcements: made, queued, told how they ended."""
