"""Serves the metrics for Prometheus, where the configuration wants that."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...config import Config
from ...config.packages import to_install
from ...telemetry.status import Finding
from ..surface import Find, Surface

if TYPE_CHECKING:
    from ...telemetry.metrics import Report
    from .http_server import HttpServer, Serving
    from .pages import Page


class Exporter(Surface):
    """To be made inside an event loop. `report` gives the status; `find` takes what is wrong."""

    def __init__(self, report: Callable[[], Report], find: Find) -> None:
        self._report, self._find = report, find
        self._server: HttpServer | None = None

    def changed(self, config: Config) -> None:
        address = config.metrics.address
        if address and not self._server:
            from .http_server import HttpServer  # costs memory, and many devices do without

            self._server = HttpServer("metrics", self._load, self._found)
        if self._server:
            self._server.open(address)

    async def stop(self) -> None:
        if self._server:
            await self._server.close()

    def _load(self) -> Serving:
        """Raises NotServed."""
        from .http_server import Serving
        from .pages import Pages

        return Serving(Pages({"/metrics": metrics_page(self._report)}).answer)

    def _found(self, fault: str) -> None:
        self._find("metrics", Finding("metrics", fault, "check [metrics] address") if fault else None)


def metrics_page(report: Callable[[], Report]) -> Page:
    """Raises NotServed."""
    from .http_server import NotServed
    from .pages import Page

    try:
        from .exposition import CONTENT_TYPE, MetricsPage
    except ImportError:
        raise NotServed(f"metrics need prometheus-client; {to_install('prometheus-client')}") from None
    return Page(CONTENT_TYPE, MetricsPage(report).body)
