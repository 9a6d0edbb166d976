"""A sound from an address as speech is: `python -m edge_agent.announce.fetch < REQUEST > PCM` (24 kHz, mono).

In a process of its own: what a server sends is anybody's, and may take its time. REQUEST is JSON with `address` and
`media`, the setting. Nothing of this device is sent but the address.
"""

from __future__ import annotations

import http.client
import json
import string
import sys
import tempfile
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from ..audio.riff import BadWav
from ..audio.wav import load
from ..config.media_addresses import is_allowed
from ..vocabulary.sound import ServicePcm
from .making import LONGEST_S

PATIENCE_S = 5.0  # for the next bytes
MOST_BYTES = 20 << 20
PIECE = 1 << 16


class NotFetched(Exception):
    """Why, in a sentence."""


class _Redirects(HTTPRedirectHandler):
    max_redirections = 3

    def __init__(self, media: str) -> None:
        self._media = media

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> Request | None:
        if not is_allowed(newurl, self._media):
            fp.close()
            raise NotFetched(f"{req.host} redirects to an address that is not in [announce] media")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(address: str, media: str) -> ServicePcm:
    """Raises NotFetched."""
    if not is_allowed(address, media):
        raise NotFetched("the address is not in [announce] media")
    # has no name: whoever ends this process at once leaves nothing of it behind
    with tempfile.TemporaryFile() as file:
        _download(address, media, file)
        file.flush()
        path = Path(f"/dev/fd/{file.fileno()}")
        try:
            return load(path, longest_s=LONGEST_S)
        except BadWav as error:
            raise NotFetched(f"what was fetched {str(error).removeprefix(f'{path}: ')}") from None


def _download(address: str, media: str, file: IO[bytes]) -> None:
    opener = build_opener(ProxyHandler({}), _Redirects(media))
    written = quote(address, safe=string.punctuation)  # as browsers do with letters that an address has not
    request = Request(written, headers={"Accept-Encoding": "identity"})  # noqa: S310 - only http and https are allowed
    host = urlsplit(address).netloc
    try:
        with opener.open(request, timeout=PATIENCE_S) as answer:
            while piece := answer.read(PIECE):
                file.write(piece)
                if file.tell() > MOST_BYTES:
                    raise NotFetched(f"what {host} sends is larger than {MOST_BYTES >> 20} MiB")
    except HTTPError as error:
        error.close()
        raise NotFetched(f"{host} answered {error.code}") from None
    except (URLError, OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        raise NotFetched(f"{host} cannot be reached ({said})") from None


def main() -> int:
    wanted = json.load(sys.stdin)
    try:
        sys.stdout.buffer.write(fetch(wanted["address"], wanted["media"]))
    except NotFetched as why:
        print(why, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
