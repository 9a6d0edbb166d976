"""What is served over HTTP: the metrics for Prometheus."""
