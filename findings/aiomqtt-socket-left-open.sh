#!/usr/bin/env bash
# aiomqtt 2.5.1 with paho-mqtt 2.2.0: an attempt to connect that timed out leaves its socket open, and at work.
#
# Expected: once `async with Client(...)` has raised "Operation timed out", because the broker accepts and says nothing, the
# connection is closed.
# Seen: it stays open, with its reader and a task that looks after it every second, until the keepalive has passed (60 s by
# default): a broker that wakes up meanwhile finds clients that nobody holds any more. A loop that tries again every few
# seconds, as the documentation recommends, has that many of them.
# Why it matters to a voice device: it tries for days where a broker hangs. This one ends what is left after each attempt.
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

import aiomqtt

ATTEMPTS, TIMEOUT_S, AFTER_S = 5, 0.5, 2.0


async def main():
    open_now = set()

    async def keep(reader, writer):
        open_now.add(writer)
        while await reader.read(100):
            pass
        open_now.discard(writer)
        writer.close()

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    said = set()
    for _ in range(ATTEMPTS):
        try:
            async with aiomqtt.Client("127.0.0.1", port, timeout=TIMEOUT_S):
                said.add("connected")
        except aiomqtt.MqttError as error:
            said.add(str(error))
    await asyncio.sleep(AFTER_S)
    left = len(open_now)
    for writer in open_now:
        writer.close()
    server.close()
    await asyncio.sleep(0.2)  # for them to end
    print(f"aiomqtt {version('aiomqtt')}, paho-mqtt {version('paho-mqtt')}: a broker accepts, and says nothing")
    print(f"expected: after {ATTEMPTS} attempts that raised, 0 connections are open")
    print(f"seen:     {said}, and {AFTER_S:g} s later {left} are open")
    return 0 if said == {"Operation timed out"} and left == ATTEMPTS else 1


sys.exit(asyncio.run(main()))
PYTHON
