"""What the figures in the README are made from."""
