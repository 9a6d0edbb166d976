"""A real browser, driven over its debugging port: Chromium from Debian, without a window."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from edge_agent.files.whole import contents

PROGRAM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium"))), "")
PATIENCE_S, LONGEST_CALL_S = 30.0, 90.0


class Browser:
    """`complaints`: what its console said of errors, and of what its rules have stopped."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session = ""
        self._loaded = asyncio.Event()
        self.complaints: list[str] = []

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the Chrome DevTools Protocol, and its result."""
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        session = {"sessionId": self._session} if self._session else {}
        await self._connection.send(
            json.dumps({"id": number, "method": method, "params": parameters, **session})
        )
        async with asyncio.timeout(LONGEST_CALL_S):
            answer = await waiting
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    async def listen(self) -> None:
        async for text in self._connection:
            told = json.loads(text)
            if waiting := self._waiting.pop(told.get("id", 0), None):
                waiting.set_result(told)
            elif told.get("method") == "Page.loadEventFired":
                self._loaded.set()
            elif told.get("method") == "Runtime.exceptionThrown":
                details = told["params"]["exceptionDetails"]
                self.complaints.append(str(details.get("exception", details).get("description", details)))
            elif told.get("method") == "Log.entryAdded" and told["params"]["entry"]["level"] == "error":
                self.complaints.append(told["params"]["entry"]["text"])

    async def begin(self) -> None:
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            await self.call(f"{domain}.enable")

    async def open(self, url: str) -> None:
        """Until it is loaded."""
        self._loaded.clear()
        await self.call("Page.navigate", url=url)
        async with asyncio.timeout(PATIENCE_S):
            await self._loaded.wait()

    async def run(self, script: str) -> Any:
        """The value of an expression, or what its promise brings."""
        result = await self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        if "exceptionDetails" in result:
            raise AssertionError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    async def until(self, condition: str, patience_s: float = PATIENCE_S) -> Any:
        """Until an expression is true, looked at whenever the page has drawn; what it is."""
        found = await self.run(
            f"""new Promise((done) => {{
                const end = performance.now() + {patience_s * 1000};
                const look = () => {{
                    const value = (() => {condition})();
                    const shown = value instanceof Node ? true : value;
                    shown || performance.now() > end ? done(shown) : setTimeout(look, 20);
                }};
                look();
            }})"""
        )
        assert found, f"never: {condition}; the page: {await self.run('document.body.innerText')}"
        return found

    async def click(self, selector: str) -> None:
        await self.run(f"document.querySelector({json.dumps(selector)}).click()")

    async def resize(self, width: int, height: int, *, scale: float = 1, dark: bool = False) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=scale, mobile=False,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])

    async def picture(self) -> bytes:
        """PNG."""
        shot = await self.call("Page.captureScreenshot", format="png")
        return b64decode(shot["data"])


@asynccontextmanager
async def browser(folder: Path, *options: str) -> AsyncIterator[Browser]:
    """`folder` takes its profile."""
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--hide-scrollbars"),
        *("--disable-background-networking", "--no-first-run", f"--user-data-dir={folder}", *options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        port, path = await _door(folder / "DevToolsActivePort", process)
        async with connect(f"ws://127.0.0.1:{port}{path}", max_size=None, proxy=None) as connection:
            made = Browser(connection)
            listening = asyncio.create_task(made.listen())
            await made.begin()
            try:
                yield made
            finally:
                listening.cancel()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _door(file: Path, process: asyncio.subprocess.Process) -> list[str]:
    """Where it can be driven: port and path."""
    async with asyncio.timeout(PATIENCE_S):
        while len(told := contents(file).split()) < 2:
            assert process.returncode is None, "the browser has ended"
            await asyncio.sleep(0.02)
    return told
