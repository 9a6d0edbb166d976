"""The HTTP server for Prometheus."""
