"""A repository on a web server on loopback, which may mean ill."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path

from edge_agent.fleet.publish import Site
from edge_agent.fleet.target import FleetTarget, Stage

Serve = Callable[[str, BufferedIOBase], bool]  # what a path gets instead; whether it got anything


class WebServer(ThreadingHTTPServer):
    """`instead`: of what is in the folder. `over`: no answer goes on longer."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
        self.instead: Serve = lambda _path, _out: False
        self.over = threading.Event()
        self.asked: list[str] = []
        self.headers: Mapping[str, str] = {}  # of the last request
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, WebServer)
        self.server.asked.append(self.path)
        self.server.headers = dict(self.headers)
        try:
            if not self.server.instead(self.path, self.wfile):
                super().do_GET()
        except ConnectionError:  # it was cut off
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[WebServer]:
    with WebServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def made_site(folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Site:
    site = Site(folder, now=now)
    site.create()
    return site


def publish(
    site: Site,
    name: str,
    text: str,
    names: tuple[str, ...] = (),
    stages: tuple[Stage, ...] = (Stage(),),
    stop_above: float = 10,
    stop_after: int = 3,
) -> FleetTarget:
    return site.publish(
        name, text.encode(), names=names, stages=stages, stop_above=stop_above, stop_after=stop_after
    )
