#!/usr/bin/env bash
# aiomqtt 2.5.1 with paho-mqtt 2.2.0: a broker that ends the connection before its CONNACK is noticed only by the timeout.
#
# Expected: a broker that accepts a connection, reads CONNECT and closes is reported as soon as it has closed, as a lost
# connection. Brokers do that with a client certificate that they refuse under TLS 1.3, or when they have too many clients.
# Seen: paho notices at once and calls on_disconnect; aiomqtt passes over that while it is not connected, and waits for its
# whole timeout (10 s by default). Then it says "Operation timed out", as if the broker had said nothing.
# Why it matters to a voice device: "does not answer" sends a technician to the network, where the certificate is wrong. So
# with TLS this device's finding names the certificate and the broker's log for a timeout too.
#
# Exits 0 while it is so, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check aiomqtt==2.5.1 paho-mqtt==2.2.0
"$folder/bin/python" - <<'PYTHON'
import asyncio
import sys
from importlib.metadata import version
from time import monotonic

import aiomqtt

TIMEOUT_S = 4.0


async def main():
    closed_at = 0.0

    async def close(reader, writer):
        nonlocal closed_at
        await reader.read(100)
        writer.close()
        await writer.wait_closed()
        closed_at = monotonic()

    server = await asyncio.start_server(close, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        try:
            async with aiomqtt.Client("127.0.0.1", port, timeout=TIMEOUT_S):
                words = "connected"
        except aiomqtt.MqttError as error:
            words = str(error)
    late_s = monotonic() - closed_at
    print(f"aiomqtt {version('aiomqtt')}, paho-mqtt {version('paho-mqtt')}: a broker closes before its CONNACK")
    print("expected: a lost connection, as soon as it is closed")
    print(f"seen:     {words!r}, {late_s:.1f} s after it was closed (timeout {TIMEOUT_S:g} s)")
    return 0 if words == "Operation timed out" and late_s > TIMEOUT_S / 2 else 1


sys.exit(asyncio.run(main()))
PYTHON
