#!/usr/bin/env bash
# tuf 7.0.1: a download that breaks off in the middle is not a DownloadError.
#
# Expected: Updater.refresh() raises what its documentation lists: OSError, RepositoryError, DownloadError. A
# connection that ends before the length in its header is a download that failed.
# Seen: urllib3.exceptions.ProtocolError, which is not one of these. FetcherInterface.fetch() turns into a DownloadError
# what is raised while the first bytes are asked for; what is raised while the rest is read passes through it, and the
# default fetcher turns only time-outs into one of tuf's. Where nobody listens at all, it is a DownloadError.
# Why it matters to a voice device: Wi-Fi breaks off in the middle. A device that handles what is documented ends its
# search for updates with a traceback, and may never search again; this one takes urllib3's errors as well.
#
# Exits 0 while it is so, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check tuf==7.0.1 'securesystemslib[crypto]==1.6.0' urllib3==2.8.0
"$folder/bin/python" - "$folder" <<'PYTHON'
import http.server
import sys
import threading
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.api.metadata import Metadata, Root
from tuf.ngclient import Updater

DOCUMENTED = OSError, RepositoryError, DownloadError


class BreaksOff(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"{")

    def log_message(self, *_):
        pass


def raised(port, name):
    updater = Updater(str(Path(sys.argv[1], name)), f"http://127.0.0.1:{port}/", bootstrap=root.to_bytes())
    try:
        updater.refresh()
    except Exception as error:
        return error


signer = CryptoSigner.generate_ed25519()
root = Metadata(Root(expires=datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)))
for role in ("root", "timestamp", "snapshot", "targets"):
    root.signed.add_key(signer.public_key, role)
root.sign(signer)
for name in ("broken", "absent"):
    Path(sys.argv[1], name).mkdir()
with http.server.HTTPServer(("127.0.0.1", 0), BreaksOff) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    broken = raised(server.server_port, "broken")
    server.shutdown()
absent = raised(server.server_port, "absent")
print(f"tuf {version('tuf')}, urllib3 {version('urllib3')}: what refresh() raises")
print("expected: OSError, RepositoryError or DownloadError")
print(f"seen:     {type(broken).__module__}.{type(broken).__name__} when the server breaks off,")
print(f"          {type(absent).__module__}.{type(absent).__name__} when there is none")
sys.exit(0 if isinstance(absent, DOCUMENTED) and not isinstance(broken, DOCUMENTED) else 1)
PYTHON
