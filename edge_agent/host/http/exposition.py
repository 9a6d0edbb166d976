"""The page that Prometheus reads. Needs prometheus-client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ...telemetry.metrics import Report, families

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FRESH_S = 1.0
KINDS = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily}


def page(report: Report) -> bytes:
    """In the text format 0.0.4."""
    return generate_latest(Status(report))


class MetricsPage:
    """Made at most once a second. `report` gives the status."""

    def __init__(self, report: Callable[[], Report]) -> None:
        self._report = report
        self._page, self._made = b"", -FRESH_S

    def body(self) -> bytes:
        if (now := monotonic()) - self._made >= FRESH_S:
            self._page, self._made = page(self._report()), now
        return self._page


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
