"""Sounds from an address: which may be fetched, and what becomes of those that servers send."""

from __future__ import annotations

import asyncio
import os
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from edge_agent.announce import fetch as fetching
from edge_agent.announce import making
from edge_agent.announce.fetch import MOST_BYTES, NotFetched, fetch
from edge_agent.announce.making import LONGEST_S, NotMade, fetched
from edge_agent.config.load import load
from edge_agent.config.media_addresses import complaint, is_allowed
from edge_agent.vocabulary.sound import service_ms

from .sound import rms, tone

MEDIA = "https://home.lan/sounds/, http://10.0.0.2:8123/local/"


@pytest.mark.parametrize(
    "address",
    [
        "https://home.lan/sounds/bell.wav",
        "https://HOME.lan:443/sounds/a/b.wav?x=1",
        "http://10.0.0.2:8123/local/a_b.wav",
        "https://home.lan/sounds/t\u00fcre.wav",
    ],
)
def test_what_may_be_fetched(address: str) -> None:
    assert is_allowed(address, MEDIA)
    assert not is_allowed(address, "")


@pytest.mark.parametrize(
    "address",
    [
        "http://home.lan/sounds/bell.wav",
        "https://home.lan/other/bell.wav",
        "https://home.lan/sounds/../secret.wav",
        "https://home.lan/sounds/%2e%2e/secret.wav",
        "https://home.lan/sounds/..%2fsecret.wav",
        "https://home.lan/sounds/a\\..\\b.wav",
        "https://home.lan/sounds/a\r\nHost: b",
        "https://home.lan/sounds/%0d%0aHost: b",
        "https://home.lan.example.org/sounds/bell.wav",
        "https://home.lan@example.org/sounds/bell.wav",
        "https://user:password@home.lan/sounds/bell.wav",
        "https://home.lan:8443/sounds/bell.wav",
        "https://home.lan:0/sounds/bell.wav",
        "https://home.lan:port/sounds/bell.wav",
        "https://home.lan/sounds/bell.wav#x",
        "https://home.lan/sounds/\udcfc.wav",
        "https://h\u00f6me.lan/sounds/bell.wav",
        "http://10.0.0.2/local/bell.wav",
        "file:///etc/passwd",
        "ftp://home.lan/sounds/bell.wav",
        "https:///sounds/bell.wav",
        "bell.wav",
        "",
    ],
)
def test_what_may_not(address: str) -> None:
    assert not is_allowed(address, MEDIA)


@pytest.mark.parametrize(
    ("media", "said"),
    [
        (MEDIA, ""),
        ("", ""),
        (
            "https://home.lan/sounds",
            "'https://home.lan/sounds' must be the beginning of addresses, up to a /",
        ),
        ("https://home.lan", "must be the beginning"),
        ("home.lan/", "must be the beginning"),
        ("https://home.lan/?x=/", "must be the beginning"),
        ("https://u:secret@home.lan/", "'https://***@home.lan/' must"),
    ],
)
def test_what_the_setting_may_say(tmp_path: Path, media: str, said: str) -> None:
    assert complaint(media).startswith(said) if said[:1] == "'" else said in complaint(media)
    (tmp_path / "c.toml").write_text(f'[announce]\nmedia = "{media}"\n')
    _, problems = load(tmp_path / "c.toml", environ={})
    found = [str(problem) for problem in problems if "announce" in str(problem)]
    assert len(found) == bool(said)
    assert not any("secret" in problem for problem in found)


# ---- servers -----------------------------------------------------------------
def wav(
    samples: bytes, *, rate: int = 24_000, channels: int = 1, bits: int = 16, size: int | None = None
) -> bytes:
    width = channels * bits // 8
    layout = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * width, width, bits)
    data = layout + struct.pack("<4sI", b"data", len(samples) if size is None else size) + samples
    return struct.pack("<4sI4s", b"RIFF", 4 + len(data), b"WAVE") + data


TONE = tone(24_000, 1000, 440)
BITS_8 = bytes((sample >> 8) + 128 for (sample,) in struct.iter_unpack("<h", TONE))
BITS_24 = b"".join(b"\0" + TONE[at : at + 2] for at in range(0, len(TONE), 2))
STEREO = b"".join(2 * TONE[at : at + 2] for at in range(0, len(TONE), 2))
FILES = {
    "plain": wav(TONE),
    "t%C3%BCre": wav(TONE),
    "8-bit": wav(BITS_8, bits=8),
    "24-bit": wav(BITS_24, bits=24),
    "cd": wav(STEREO, rate=44_100, channels=2),
    "unfinished": wav(TONE, size=0),
    "cut": wav(TONE)[:20],
    "page": b"<html>not a sound</html>",
    "nothing": b"",
    "long": wav(bytes(48_000 * (LONGEST_S + 1))),
}


class Handler(BaseHTTPRequestHandler):
    asked: ClassVar[list[dict[str, str]]]
    stop: ClassVar[threading.Event]

    def do_GET(self) -> None:
        self.asked.append(dict(self.headers))
        name = self.path.rpartition("/")[2]
        if name.startswith("to-"):
            self.send_response(302)
            self.send_header("Location", {"to-plain": "plain", "to-other": "/other/plain"}.get(name, name))
            self.end_headers()
        elif name not in FILES and name not in ("huge", "drip", "silent"):
            self.send_error(404)
        else:
            self.send_response(200)
            self.end_headers()
            self._send(name)

    def _send(self, name: str) -> None:
        try:
            if name in FILES:
                self.wfile.write(FILES[name])
            while name == "huge":
                self.wfile.write(bytes(1 << 20))
            while name in ("drip", "silent") and not self.stop.wait(0.05):
                self.wfile.write(b"R" * (name == "drip"))
        except OSError:
            pass  # whoever asked has gone

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[tuple[Callable[[str], str], str, type[Handler]]]:
    """(the address of a file, the setting, the handler)"""

    class Own(Handler):
        asked: ClassVar[list[dict[str, str]]] = []
        stop = threading.Event()

    served = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    served.daemon_threads = True
    threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True).start()
    base = f"http://127.0.0.1:{served.server_port}"
    yield lambda name: f"{base}/sounds/{name}", f"{base}/sounds/", Own
    Own.stop.set()
    served.shutdown()
    served.server_close()


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("name", "ms"),
    [
        ("plain", 1000),
        ("t\u00fcre", 1000),
        ("t%C3%BCre", 1000),
        ("8-bit", 1000),
        ("24-bit", 1000),
        ("cd", 544),
        ("unfinished", 1000),
        ("to-plain", 1000),
    ],
)
def test_a_sound_is_fetched_whatever_its_format(name: str, ms: int, server: Any) -> None:
    address, media, _ = server
    pcm = fetch(address(name), media)
    assert service_ms(pcm) == pytest.approx(ms, abs=21)
    assert rms(pcm) == pytest.approx(rms(TONE), rel=0.1)


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("cut", r"what was fetched is not a usable WAV file \(it is truncated"),
        ("page", "does not begin as a WAV file does"),
        ("nothing", "it is empty"),
        ("long", f"is longer than {LONGEST_S} s"),
        ("huge", f"is larger than {MOST_BYTES >> 20} MiB"),
        ("none", "answered 404"),
        ("to-other", r"redirects to an address that is not in \[announce\] media"),
        ("to-to", "cannot be reached|answered 302"),
        ("silent", "timed out"),
    ],
)
def test_a_sound_that_cannot_be_used_is_one_line(
    name: str, why: str, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PATIENCE_S", 0.5)
    address, media, _ = server
    with pytest.raises(NotFetched, match=why) as caught:
        fetch(address(name), media)
    assert "\n" not in str(caught.value)


@pytest.mark.realtime
async def test_beside_everything_else_and_with_nothing_of_this_device(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, media, handler = server
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "secret")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert service_ms(await fetched(address("plain"), media)) == 1000
    assert set(handler.asked[0]) == {"Accept-Encoding", "Host", "User-Agent", "Connection"}
    with pytest.raises(NotMade, match="answered 404"):
        await fetched(address("none"), media)
    with pytest.raises(NotMade, match=r"not below one of \[announce\] media"):
        await fetched(address("plain"), "")
    assert "AZURE_OPENAI_API_KEY" not in making.NEEDED
    assert os.environ["AZURE_OPENAI_API_KEY"]


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.realtime
async def test_what_is_ended_at_once_leaves_no_file(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, media, handler = server
    monkeypatch.setattr(making, "FETCHES_S", 30.0)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    asked = asyncio.create_task(fetched(address("drip"), media))
    while not handler.asked:
        assert not asked.done()
        await asyncio.sleep(0.01)
    asked.cancel()
    await asyncio.wait({asked})
    assert files(tmp_path) == []


@pytest.mark.realtime
async def test_a_slow_server_has_its_time(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    address, media, handler = server
    monkeypatch.setattr(making, "FETCHES_S", 2.0)
    asked = asyncio.create_task(fetched(address("drip"), media))
    with pytest.raises(NotMade, match="fetching it took longer than 2 s"):
        await asked
    assert len(handler.asked) <= 1
