from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from typing import Any, Literal

import pytest

from edge_agent.realtime.auth import credential
from edge_agent.realtime.connection import Connection
from edge_agent.realtime.errors import LinkFailure, Next

from ..test_auth import AZURE
from ..test_link import KEY, config_for, service
from ..token_endpoint import SECRET
from .environment import DatedTls, Names, SignIn

pytestmark = pytest.mark.realtime


async def failure_of(url: str, **settings: Any) -> LinkFailure:
    with pytest.raises(LinkFailure) as caught:
        await Connection(config_for(url, **settings)).open({"api-key": KEY})
    return caught.value


async def connects(url: str) -> None:
    connection = Connection(config_for(url))
    await connection.open({"api-key": KEY})
    await connection.close()


async def test_names_that_are_not_found() -> None:
    faults: list[Literal["missing", "again"]] = ["missing", "again"]
    async with service() as simulated:
        url = simulated.url.replace("127.0.0.1", "voice.test")
        with Names({"voice.test": "127.0.0.1"}) as names:
            await connects(url)
            for fault in faults:
                names.fault = fault
                assert (await failure_of(url)).code == "dns"
                await connects(simulated.url)
                names.fault = ""
                await connects(url)
            assert names.asked == ["voice.test"] * 5
            with pytest.raises(socket.gaierror):
                socket.getaddrinfo("other.test", 80)
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo("voice.test", 80)


async def test_a_name_that_is_looked_up_for_ever() -> None:
    async with service() as simulated:
        url = simulated.url.replace("127.0.0.1", "voice.test")
        with Names({"voice.test": "127.0.0.1"}) as names:
            names.fault = "hang"
            assert (await failure_of(url, connect_timeout_s=0.1)).code == "timeout"
            later = asyncio.create_task(connects(url))
            await asyncio.sleep(0)
            names.fault = ""
            await later


async def test_a_clock_that_is_wrong() -> None:
    tls = DatedTls()
    async with service(tls=tls.context) as simulated:
        await connects(simulated.url)
        for wrong, code, step in (
            (tls.not_yet_valid, "clock", Next.CLOCK),
            (tls.expired, "certificate", Next.WAIT),
        ):
            wrong()
            failure = await failure_of(simulated.url)
            assert (failure.code, failure.next) == (code, step)
            tls.valid()
            await connects(simulated.url)


async def test_no_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    async def failure() -> tuple[str, Next]:
        proof = credential(replace(AZURE, credential="client-secret", connect_timeout_s=0.5), SECRET)
        with pytest.raises(LinkFailure) as caught:
            await proof.headers()
        await proof.close()
        return caught.value.code, caught.value.next

    async with SignIn().use(monkeypatch) as sign_in:
        proof = credential(replace(AZURE, credential="client-secret"), SECRET)
        assert await proof.headers() == {"Authorization": "Bearer a-token"}
        await proof.close()
        assert sign_in.asked == 1
        sign_in.fails(500)
        assert await failure() == ("sign-in-unreachable", Next.RETRY)
        sign_in.thinks_that_the_clock_is_wrong()
        assert await failure() == ("clock", Next.CLOCK)
        asked = sign_in.asked
        sign_in.proxy.freeze()
        assert await failure() == ("sign-in-unreachable", Next.RETRY)
        sign_in.proxy.thaw()
        await sign_in.proxy.refuse()
        assert await failure() == ("sign-in-unreachable", Next.RETRY)
        assert sign_in.asked == asked
