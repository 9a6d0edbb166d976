#!/usr/bin/env bash
# paho-mqtt 2.2.0: after publishing with QoS 1, a clean disconnect() may still let the broker send the last will.
#
# Expected: MQTT 3.1.1, 3.1.2.5 and 3.14: after DISCONNECT the broker discards the will. publish(qos=1) some states, then
# disconnect(): all of them arrive, and the will does not.
# Seen: paho sends DISCONNECT and closes immediately, with the broker's PUBACKs unread. The system answers those with a
# reset, the broker's next read or write fails, and it takes the client for dead: the will is sent, and states that came
# before the DISCONNECT are lost. With QoS 0, or after wait_for_publish(), all is as expected.
# Why it matters to a voice device: a planned stop looks like a crash, and states are missing. This device says goodbye,
# and all its states, with QoS 0.
#
# The broker is amqtt 0.12.1 from PyPI; Debian's mosquitto does the same. Exits 0 while it is so, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check paho-mqtt==2.2.0 amqtt==0.12.1
"$folder/bin/python" - <<'PYTHON'
import asyncio
import logging
import socket
import sys
import threading
from importlib.metadata import version

from amqtt.broker import Broker
import paho.mqtt.client as mqtt

STATES, RUNS = 20, 5
logging.disable(logging.CRITICAL)


def client(name):
    return mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name)


def goodbye(port, qos, waits):
    """How many states and wills arrive."""
    heard, subscribed, last = [], threading.Event(), threading.Event()
    watcher = client("watcher")
    watcher.on_subscribe = lambda *_: subscribed.set()

    def on_message(_client, _data, message):
        if message.topic == "end":
            last.set()
        else:
            heard.append(message.topic)

    watcher.on_message = on_message
    watcher.connect("127.0.0.1", port)
    watcher.loop_start()
    watcher.subscribe("#", qos=1)
    subscribed.wait(10)

    connected = threading.Event()
    device = client("device")
    device.on_connect = lambda *_: connected.set()
    device.will_set("will", "offline", qos=1)
    device.connect("127.0.0.1", port)
    device.loop_start()
    connected.wait(10)
    sent = [device.publish("state", f"{number}", qos=qos) for number in range(STATES)]
    for info in sent if waits else ():
        info.wait_for_publish(10)
    device.disconnect()
    device.loop_stop()

    last.wait(2)  # for what the broker still has to say: nothing comes that would end it sooner
    watcher.disconnect()
    watcher.loop_stop()
    return heard.count("state"), heard.count("will")


async def main():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    broker = Broker({
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    })
    await broker.start()
    found = {
        name: [await asyncio.to_thread(goodbye, port, qos, waits) for _ in range(RUNS)]
        for name, qos, waits in (("QoS 0", 0, False), ("QoS 1, waited for", 1, True), ("QoS 1", 1, False))
    }
    await broker.shutdown()
    print(f"paho-mqtt {version('paho-mqtt')}, amqtt {version('amqtt')}: {STATES} states, then disconnect(), {RUNS} times")
    print(f"expected: ({STATES} states, 0 wills) each time")
    for name, runs in found.items():
        print(f"seen:     {name}: {runs}")
    as_expected = all(run == (STATES, 0) for name in ("QoS 0", "QoS 1, waited for") for run in found[name])
    return 0 if as_expected and any(run != (STATES, 0) for run in found["QoS 1"]) else 1


sys.exit(asyncio.run(main()))
PYTHON
