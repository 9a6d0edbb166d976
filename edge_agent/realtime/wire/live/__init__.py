"""GPT-Live: a dialect of its own, whose sound goes both ways without a gap. Pure."""
