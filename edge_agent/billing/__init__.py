"""What was used of the service, what it costs, and when a day's budget is spent. Pure."""
