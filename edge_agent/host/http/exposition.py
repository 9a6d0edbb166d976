"""The page that Prometheus reads. Needs prometheus-client."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ...telemetry.metrics import Report, families

KINDS = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily}


def page(report: Report) -> bytes:
    """In the text format 0.0.4."""
    return generate_latest(Status(report))


class Status(Collector):
    """As prometheus_client wants it."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def collect(self) -> Iterator[Metric]:
        for metric, samples in families(self._report):
            labels = list(samples[0][0])
            family = KINDS[metric.kind](metric.name, metric.help, labels=labels)
            for values, value in samples:
                family.add_metric([values[label] for label in labels], value)
            yield family
