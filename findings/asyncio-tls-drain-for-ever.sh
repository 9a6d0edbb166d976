#!/usr/bin/env bash
# CPython 3.11.7, 3.12.1 and 3.13.0: over TLS, drain() never returns where the limit of the write buffer is 0.
#
# Expected: after transport.set_write_buffer_limits(0), StreamWriter.drain() returns as soon as the buffer is empty, which
# the documentation gives as the meaning of 0. Without TLS it does.
# Seen: over TLS it waits for ever, though all was sent. There an empty buffer of 0 bytes already counts as full
# (asyncio.sslproto compares with >=, asyncio.transports with >), so writing is paused, and nothing is left whose sending could
# resume it. With high=1, low=0 it works.
# Why it matters to a voice device: its HTTP server wants to know that an answer has left, since it cuts a client off that
# reads too slowly. With 0, every page over TLS would be taken for such a client. So it uses high=1 there.
#
# Exits 0 while it is so, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost \
  -keyout "$folder/key" -out "$folder/certificate" 2>/dev/null
python3 - "$folder" <<'PYTHON'
import asyncio
import platform
import ssl
import sys

WAIT_S = 3


async def drains(limits, server_tls=None, client_tls=None):
    found = asyncio.get_running_loop().create_future()

    async def serve(_, writer):
        writer.transport.set_write_buffer_limits(**limits)
        try:
            for _ in range(2):
                writer.write(b"0123456789")
                await asyncio.wait_for(writer.drain(), WAIT_S)
            found.set_result(True)
        except asyncio.TimeoutError:
            found.set_result(False)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_tls)
    _, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1], ssl=client_tls)
    result = await found
    writer.transport.abort()
    server.close()
    return result


async def main(folder):
    server_tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_tls.load_cert_chain(f"{folder}/certificate", f"{folder}/key")
    client_tls = ssl.create_default_context(cafile=f"{folder}/certificate")
    client_tls.check_hostname = False
    plain = await drains({"high": 0})
    over_tls = await drains({"high": 0}, server_tls, client_tls)
    high_1 = await drains({"high": 1, "low": 0}, server_tls, client_tls)
    print(f"Python {platform.python_version()}: drain() returns where the limit of the write buffer is 0")
    print("expected: plain True, over TLS True")
    print(f"seen:     plain {plain}, over TLS {over_tls}; over TLS with high=1, low=0 {high_1}")
    return 0 if plain and not over_tls and high_1 else 1


sys.exit(asyncio.run(main(sys.argv[1])))
PYTHON
