"""Where the log goes, and the sentences in it."""
