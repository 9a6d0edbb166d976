"""How long a device takes from its start until its sound and its panel are open (READY=1), and until its link is up."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import tempfile
from time import monotonic

from .moments import Latencies
from .secure import Answer, SecureService, secure_service

READY, ONLINE = "start to ready", "start to link up"
LONGEST_S = 20.0


async def starts_ms(times: int) -> Latencies:
    found: Latencies = {READY: [], ONLINE: []}
    async with secure_service(Answer.SHORT) as service:
        for _ in range(times):
            ready_s, online_s = await _start(service)
            found[READY].append(ready_s * 1000)
            found[ONLINE].append(online_s * 1000)
    return found


async def _start(service: SecureService) -> tuple[float, float]:
    """Raises TimeoutError."""
    loop = asyncio.get_running_loop()
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified,
    ):
        notified.bind(f"{folder}/notify")
        notified.setblocking(False)
        environ = os.environ | {
            "SSL_CERT_FILE": str(service.ca),
            "AZURE_OPENAI_ENDPOINT": f"https://{service.address}",
            "AZURE_OPENAI_API_KEY": "local",
            "EDGE_AGENT_AUDIO_BACKEND": "simulated",
            "EDGE_AGENT_PANEL_BACKEND": "none",
            "RUNTIME_DIRECTORY": folder,
            "STATE_DIRECTORY": folder,
            "HOME": folder,
            "NOTIFY_SOCKET": f"{folder}/notify",
        }
        connections = len(service.opened)
        began = monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "edge_agent", "run", env=environ,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(LONGEST_S):
                while b"READY=1" not in await loop.sock_recv(notified, 4096):
                    pass
                ready_s = monotonic() - began
                online_at = await service.next_opened(connections)
            return ready_s, online_at - began
        finally:
            process.terminate()
            await process.wait()
