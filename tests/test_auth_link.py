"""Credentials over the real link, against the simulated service: refused, replaced, refreshed, never spinning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edge_agent.realtime import retry_wait
from edge_agent.realtime.auth import credential
from edge_agent.realtime.connection import Connection
from edge_agent.realtime.link import Link
from edge_agent.simulator.faults import FaultScript, parse
from edge_agent.simulator.server import SimulatedService
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .test_auth_command import script
from .test_auth_entra import numbered
from .test_link import KEY, WITH_TURNS, Watched, config_for
from .token_endpoint import SECRET, TokenEndpoint

pytestmark = pytest.mark.realtime


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry_wait, "LOOK_S", 0.005)


@asynccontextmanager
async def linked(
    key: str, *faults: str, provider: str = "azure", environ: dict[str, str] | None = None, **settings: Any
) -> AsyncIterator[tuple[Watched, str]]:
    """A link to a service that lets in who has `key`; (it, the address of the service)."""
    async with SimulatedService(key=key, faults=FaultScript(map(parse, faults))) as service:
        config = config_for(service.url, provider, **settings)
        watched = Watched(config)
        watched.link = Link(config, credential(config.service, environ or {}), watched.post)
        task = asyncio.create_task(watched.link.run())
        try:
            yield watched, service.url
        finally:
            task.cancel()
            await asyncio.wait({task})


@pytest.mark.parametrize("provider", ["azure", "openai"])
async def test_the_second_key_is_used_at_once_and_kept_to(
    provider: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "api-key"
    path.write_text(f"rolled-over\n{KEY}\n")
    async with linked(KEY, "drop@append", provider=provider, api_key_file=str(path)) as (watched, _):
        await watched.until(lambda: watched.of(e.Connected))
        watched.link.send(c.AppendAudio(bytes(960)))
        await watched.until(lambda: len(watched.of(e.Connected)) == 2)
    assert watched.of(e.LinkFailed) == []
    said = [line.getMessage() for line in caplog.records if "key" in line.getMessage()]
    assert said == [f"the service refused key 1 of {path}; using key 2 instead"]
    assert KEY not in caplog.text
    assert "rolled-over" not in caplog.text


async def test_a_key_that_is_replaced_while_the_link_waits(tmp_path: Path) -> None:
    """Written in place: for a moment the file is empty."""
    path = tmp_path / "api-key"
    path.write_text("old")
    async with linked(KEY, api_key_file=str(path)) as (watched, _):
        await watched.until(lambda: watched.of(e.LinkFailed))
        path.write_text("")
        await watched.until(lambda: len(watched.of(e.LinkFailed)) == 2)
        path.write_text(KEY)
        await watched.until(lambda: watched.of(e.Connected))
    assert [failed.code for failed in watched.of(e.LinkFailed)] == ["unauthorized", "no-key"]
    assert all(failed.told for failed in watched.of(e.LinkFailed))


@pytest.mark.parametrize(("good", "told"), [("token-2", []), ("another", [True])])
async def test_a_refused_token_is_refreshed_once_and_then_it_waits_and_tells(
    good: str, told: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = TokenEndpoint(numbered)
    async with (
        endpoint.use(monkeypatch),
        linked(good, credential="client-secret", environ=SECRET) as (watched, url),
    ):
        await watched.until(lambda: watched.of(e.Connected) or watched.of(e.LinkFailed))
        yardstick = Connection(config_for(url))  # a link that spins would be back before this one is up
        await yardstick.open({"api-key": good})
        await yardstick.close()
    assert len(endpoint.asked) == 2
    assert [failed.told for failed in watched.of(e.LinkFailed)] == told


async def test_a_link_that_dropped_needs_no_other_token(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = TokenEndpoint(numbered)
    async with (
        endpoint.use(monkeypatch),
        linked("token-1", "drop@append", credential="client-secret", environ=SECRET) as (watched, _),
    ):
        await watched.until(lambda: watched.of(e.Connected))
        watched.link.send(c.AppendAudio(bytes(960)))
        await watched.until(lambda: len(watched.of(e.Connected)) == 2)
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize("provider", WITH_TURNS)
async def test_a_token_that_a_program_prints(provider: str, tmp_path: Path) -> None:
    """The first is refused, as one that was taken back is."""
    runs = tmp_path / "runs"
    line = script(tmp_path, f"echo x >> {runs}; echo token-$(wc -l < {runs} | tr -d ' ')")
    async with linked("token-2", provider=provider, credential="command", credential_command=line) as (
        watched,
        _,
    ):
        await watched.until(lambda: watched.of(e.Connected))
    assert watched.of(e.LinkFailed) == []
    assert runs.read_text() == "x\nx\n"


async def test_a_program_that_fails_is_tried_again(tmp_path: Path) -> None:
    """The broker is not up yet."""
    up = tmp_path / "up"
    line = script(tmp_path, f"[ -e {up} ] || {{ echo 'no broker' >&2; touch {up}; exit 7; }}; echo {KEY}")
    async with linked(KEY, credential="command", credential_command=line) as (watched, _):
        await watched.until(lambda: watched.of(e.Connected))
    (failed,) = watched.of(e.LinkFailed)
    assert (failed.code, failed.told) == ("no-token", False)
    assert failed.message.endswith("failed with 7: no broker")
