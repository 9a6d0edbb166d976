#!/usr/bin/env bash
# mosquitto 2.0.11 (Debian 12): a client of MQTT 5 whose name another one takes is not told why it is thrown out.
#
# Expected: MQTT 5, 3.1.4: "If the ClientID represents a Client already connected to the Server, the Server sends a
# DISCONNECT packet to the existing Client with Reason Code of 0x8E (Session taken over) [...] and MUST close the Network
# Connection" [MQTT-3.1.4-3].
# Seen: the connection is closed, and nothing is sent before.
# Why it matters to a voice device: two devices from copied cards have one machine id, and throw each other out for ever.
# Nothing says so, neither paho ("Unspecified error") nor the broker. So this device takes a connection that ends again and
# again soon after it was made for that, and its finding says it.
#
# Needs mosquitto (apt-get install mosquitto). Exits 0 while it is so, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill "$broker" 2>/dev/null || true; rm -rf "$folder"' EXIT
PATH=$PATH:/usr/sbin
python3 - >"$folder/port" <<'PYTHON'
import socket

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    print(free.getsockname()[1])
PYTHON
port=$(cat "$folder/port")
printf 'listener %s 127.0.0.1\nallow_anonymous true\n' "$port" >"$folder/mosquitto.conf"
mosquitto -c "$folder/mosquitto.conf" 2>/dev/null &
broker=$!
version=$(mosquitto -h | head -1) || true
python3 - "$port" "$version" <<'PYTHON'
import socket
import sys
import time

PORT, VERSION = int(sys.argv[1]), sys.argv[2]
NAME = b"kitchen"


def connect():
    for _ in range(100):
        try:
            broker = socket.create_connection(("127.0.0.1", PORT), timeout=5)
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    # CONNECT: MQTT 5, clean start, keepalive 60 s, no properties
    body = b"\x00\x04MQTT\x05\x02\x00\x3c\x00" + len(NAME).to_bytes(2, "big") + NAME
    broker.sendall(bytes([0x10, len(body)]) + body)
    assert broker.recv(100)[0] == 0x20, "no CONNACK"
    return broker


first = connect()
second = connect()
said = first.recv(100)
print(f"{VERSION}: a second client connects with the name of the first")
print("expected: the first gets DISCONNECT with 0x8E (e0018e, or e0028e00), and then the end")
print(f"seen:     it gets {said.hex() or 'nothing'}, and the end")
second.close()
sys.exit(0 if said == b"" else 1)
PYTHON
