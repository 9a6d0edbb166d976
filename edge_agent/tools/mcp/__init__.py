"""Tools of MCP servers: a process of its own speaks with them, through the SDK; the daemon speaks with it, in lines."""
