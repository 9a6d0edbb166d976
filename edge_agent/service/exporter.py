"""Serves the metrics over HTTP, for Prometheus, where the configuration wants that. By prometheus-client, in threads
of its own; the numbers are asked of the event loop, at most once a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from threading import Lock
from time import monotonic
from typing import Any

from ..config.rules import host_and_port
from ..metrics import Report, families

PATIENCE_S = 2.0
FRESH_S = 1.0


class Exporter:
    """`report` is called on the event loop that this is made in."""

    def __init__(self, report: Callable[[], Report]) -> None:
        self._report, self._loop = report, asyncio.get_running_loop()
        self._lock = Lock()
        self._known: tuple[float, Report] | None = None
        self._address = ""
        self._server: Any = None

    def open(self, address: str) -> str:
        """Serve there from now on; empty: nowhere. Returns what is wrong, a sentence; empty: nothing."""
        if address == self._address and self._server:
            return ""
        self.close()
        if not address:
            return ""
        try:
            from prometheus_client import CollectorRegistry, start_http_server
        except ImportError:
            return 'metrics need prometheus-client: pip install "edge-agent[metrics]"'
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collector(self._ask))
        host, port = host_and_port(address)
        try:
            self._server, _ = start_http_server(port, host, registry)
        except OSError as error:
            return f"metrics cannot be served at {address} ({error.strerror or error})"
        self._address = address
        return ""

    def close(self) -> None:
        server, self._server, self._address = self._server, None, ""
        if server:
            self._loop.run_in_executor(None, _shut, server)  # it waits for its thread

    def _ask(self) -> Report:
        """From a thread of the server."""
        with self._lock:
            if not self._known or monotonic() - self._known[0] > FRESH_S:
                asked = asyncio.run_coroutine_threadsafe(self._tell(), self._loop)
                self._known = monotonic(), asked.result(PATIENCE_S)
            return self._known[1]

    async def _tell(self) -> Report:
        return self._report()


def _shut(server: Any) -> None:
    server.shutdown()
    server.server_close()


class _Collector:
    """As prometheus_client wants it."""

    def __init__(self, ask: Callable[[], Report]) -> None:
        self._ask = ask

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        kinds = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily}
        for metric, samples in families(self._ask()):
            labels = list(samples[0][0])
            family = kinds[metric.kind](metric.name, metric.help, labels=labels)
            for values, value in samples:
                family.add_metric([values[label] for label in labels], value)
            yield family
