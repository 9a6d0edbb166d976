"""edge-agent models get, from a server over TLS on loopback, directly and through a proxy."""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from select import select
from threading import Thread

import pytest
import trustme

from edge_agent.cli import main
from edge_agent.models import download
from edge_agent.models.store import ModelPresence, ModelStore
from edge_agent.models.table import MODELS, FetchedModel, ModelFile

from .conftest import server_tls

pytestmark = pytest.mark.realtime
CONTENT = bytes(range(256)) * 4000


class Files(BaseHTTPRequestHandler):
    """Serves CONTENT, or what goes wrong at a path of that name."""

    def do_GET(self) -> None:
        match self.path:
            case "/redirects":
                self.send_response(302)
                self.send_header("Location", "https://example.invalid/x")
                self.end_headers()
            case "/missing":
                self.send_error(404)
            case "/hangs":
                self.rfile.read(1)  # until the client goes
            case path:
                self.send_response(200)
                if path != "/longer":
                    self.send_header("Content-Length", str(len(CONTENT)))
                self.end_headers()
                self.wfile.write(CONTENT[: len(CONTENT) // 2] if path == "/breaks" else CONTENT)
                if path == "/longer":
                    self.wfile.write(b"more")

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class ConnectProxy(BaseHTTPRequestHandler):
    asked: list[str]

    def do_CONNECT(self) -> None:
        self.asked.append(f"{self.path} {self.headers.get('Proxy-Authorization', '')}")
        _, port = self.path.split(":")
        self.send_response(200)
        self.end_headers()
        with socket.create_connection(("127.0.0.1", int(port))) as other:
            ends = {self.connection: other, other: self.connection}
            while True:
                for end in select([*ends], [], [])[0]:
                    piece = end.recv(65536)
                    if not piece:
                        return
                    ends[end].sendall(piece)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    return ModelStore(tmp_path)


def named(monkeypatch: pytest.MonkeyPatch, address: str) -> FetchedModel:
    """The table has it."""
    file = ModelFile("one.bin", address, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    model = FetchedModel("single", "a test", "MIT", (file,))
    monkeypatch.setitem(MODELS, model.name, model)
    return model


def test_it_is_fetched(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Files, server_tls()) as port:
        model = named(monkeypatch, f"https://127.0.0.1:{port}/one.bin")
        assert main(["models", "get", "single"]) == 0
    assert store.presence(model) is ModelPresence.HERE


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "redirects",
            "redirects to example.invalid, which is not followed; get the file elsewhere, and use --from",
        ),
        ("missing", "answered 404 Not Found; try again later, or use --from"),
        ("breaks", f"broke off after {len(CONTENT) // 2} of {len(CONTENT)} bytes; try again"),
        ("longer", f"one.bin has more than {len(CONTENT)} bytes"),
        ("hangs", "cannot be reached (no answer within 1 s); check the network, or use --from"),
    ],
)
def test_what_goes_wrong_leaves_nothing_behind(
    store: ModelStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    path: str,
    words: str,
) -> None:
    monkeypatch.setattr(download, "PATIENCE_S", 1.0)
    with serving(Files, server_tls()) as port:
        model = named(monkeypatch, f"https://127.0.0.1:{port}/{path}")
        assert main(["models", "get", "single"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("edge-agent: single: ")
    assert words in said
    assert said.count("\n") == 1
    assert (store.presence(model), [*store.folder.iterdir()]) == (ModelPresence.MISSING, [])


def test_a_certificate_that_is_not_trusted(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(Files, server_tls(ca=trustme.CA())) as port:
        named(monkeypatch, f"https://127.0.0.1:{port}/one.bin")
        assert main(["models", "get", "single"]) == 1
    assert (
        "is not trusted (unable to get local issuer certificate); set SSL_CERT_FILE"
        in capsys.readouterr().err
    )
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    assert main(["models", "get", "single"]) == 1
    assert "SSL_CERT_FILE names /nowhere.pem, which cannot be read" in capsys.readouterr().err


def test_nobody_answers(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # and does not listen
        named(monkeypatch, f"https://127.0.0.1:{silent.getsockname()[1]}/one.bin")
        assert main(["models", "get", "single"]) == 1
    assert "cannot be reached (Connection refused); check the network" in capsys.readouterr().err


def test_through_a_proxy_with_a_password(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    proxy = type("Proxy", (ConnectProxy,), {"asked": asked})
    with serving(Files, server_tls("files.test")) as port, serving(proxy) as proxy_port:
        model = named(monkeypatch, f"https://files.test:{port}/one.bin")
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{proxy_port}")
        assert main(["models", "get", "single"]) == 0
    assert asked == [f"files.test:{port} Basic bWU6c2VjcmV0"]
    assert store.presence(model) is ModelPresence.HERE


def test_a_proxy_of_another_kind(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named(monkeypatch, "https://files.test/one.bin")
    monkeypatch.setenv("HTTPS_PROXY", "https://me:secret@127.0.0.1:1")
    assert main(["models", "get", "single"]) == 1
    said = capsys.readouterr().err
    assert "HTTPS_PROXY names a proxy of the kind https, which this command does not speak" in said
    assert "secret" not in said
