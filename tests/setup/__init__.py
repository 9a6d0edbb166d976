"""Set-up without a shell."""
