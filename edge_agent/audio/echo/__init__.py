"""Keeps its own voice out of what the device hears: docs/echo.md. Pure."""
