"""Networks that are fetched when they are wanted, not installed with the package."""
