"""A token that a program prints: real programs, run without a shell of ours."""

from __future__ import annotations

import asyncio
import json
import math
import os
import resource
import shlex
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.realtime.auth.token_command import CommandToken
from edge_agent.realtime.auth.token_output import LONGEST_BYTES, parse
from edge_agent.realtime.errors import LinkFailure, Next, refused

NOW = 1_800_000_000.0


def script(folder: Path, text: str, name: str = "broker") -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def command(line: str, timeout_s: float = 10.0) -> CommandToken:
    return CommandToken(line, timeout_s=timeout_s, clock=lambda: NOW)


async def token_of(proof: CommandToken) -> str:
    (value,) = (await proof.headers()).values()
    return value.removeprefix("Bearer ")


# ---- what it prints --------------------------------------------------------------
@pytest.mark.parametrize(
    ("printed", "good_for_s"),
    [
        ("a-token\n", None),
        ('"a-token"', None),
        ('{"token": "a-token"}', None),
        ('{"access_token": "a-token", "expires_in": "3600"}', 3540),
        ('{"accessToken": "a-token", "expiresOn": "2027-01-15 08:10:00", "expires_on": 1800000600}', 540),
        ('{"value": "a-token", "expires_at": 1800000600, "session": {}}', 540),
        ('{"token": "a-token", "expires_in": 60}', 30),
        ('{"token": "a-token", "expires_in": 0}', None),
        ('{"token": "a-token", "expires_on": 1}', None),
        ('{"token": "a-token", "expires_in": "soon"}', None),
        ('{"token": "a-token", "expires_in": Infinity}', None),
        ('{"token": "a-token", "expires_in": [5]}', None),
        (f'{{"token": "a-token", "expires_in": {"9" * 400}}}', None),
    ],
)
def test_good_output(printed: str, good_for_s: float | None) -> None:
    found = parse(printed.encode(), NOW)
    assert found.text == "a-token"
    assert max(found.good_until, NOW) == NOW + (good_for_s or 0)
    assert "a-token" not in repr(found)


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        (b"", "prints no token"),
        (b"  \n", "prints no token"),
        (b"SECRET and more", "spaces, line breaks or invalid characters"),
        (b"SECRET\nSECRET", "spaces, line breaks or invalid characters"),
        (b"\x1b[31mSECRET", "spaces, line breaks or invalid characters"),
        (b"SECRET\x00", "spaces, line breaks or invalid characters"),
        ("SECRETé".encode(), "spaces, line breaks or invalid characters"),
        (b'{"token": "SECRET\\u0007"}', "spaces, line breaks or invalid characters"),
        (b"\xffSECRET", "prints data that is not UTF-8 text"),
        (b'{"SECRET"', "invalid JSON"),
        (b"[" * 60_000, "invalid JSON"),
        (b'["SECRET"]', "named token, access_token, accessToken"),
        (b'{"secret": "SECRET"}', "named token, access_token, accessToken"),
        (b'{"token": {"SECRET": 1}}', "named token, access_token, accessToken"),
        (b'""', "prints no token"),
        (b"S" * (LONGEST_BYTES + 1), "prints too much; it must print only a token"),
    ],
)
def test_bad_output(printed: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        parse(printed, NOW)
    assert "SECRET" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.text(max_size=9) | st.floats(),
    lambda inner: st.dictionaries(st.sampled_from(["token", "value", "expires_on", "expires_in"]), inner),
    max_leaves=4,
).map(lambda said: json.dumps(said).encode())


@settings(max_examples=50)
@given(st.binary(max_size=20) | JSON)
def test_whatever_it_prints(printed: bytes) -> None:
    try:
        found = parse(printed, NOW)
    except ValueError:
        return
    assert found.text.isascii()
    assert found.text.isprintable()
    assert math.isfinite(found.good_until)


# ---- the program -----------------------------------------------------------------
async def test_it_gets_its_arguments_as_a_shell_would_and_there_is_no_shell() -> None:
    echo = shlex.join([sys.executable, "-c", "import sys; print('/'.join(sys.argv[1:]))"])
    proof = command(f"{echo} one 'two;three' $HOME > x")
    assert await proof.headers() == {"Authorization": "Bearer one/two;three/$HOME/>/x"}
    assert proof.source == f"a token printed by {sys.executable}"
    assert (proof.files, proof.advice, proof.changed()) == ((), "", False)


async def test_a_token_is_kept_until_shortly_before_it_expires(tmp_path: Path) -> None:
    counting = f'echo x >> {tmp_path}/runs; printf \'{{"token": "t%d", "expires_in": 600}}\' $(wc -l < {tmp_path}/runs)'
    now = [NOW]
    proof = CommandToken(script(tmp_path, counting), timeout_s=10, clock=lambda: now[0])
    tokens = []
    for second in (0, 539, 540, 1079):
        now[0] = NOW + second
        tokens.append(await token_of(proof))
    assert tokens == ["t1", "t1", "t2", "t2"]
    at_once = await asyncio.gather(*(token_of(proof) for _ in range(3)))
    assert at_once == ["t2"] * 3


async def test_one_that_says_no_time_is_asked_for_each_connection_and_a_refused_one_once_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    proof = command(script(tmp_path, f"echo x >> {tmp_path}/runs; wc -l < {tmp_path}/runs | tr -d ' '"))
    assert [await token_of(proof), await token_of(proof)] == ["1", "2"]
    expiring = command(script(tmp_path, f"cat {tmp_path}/token", "other"))
    (tmp_path / "token").write_text('{"token": "old", "expires_in": 3600}')
    assert await token_of(expiring) == "old"
    (tmp_path / "token").write_text('{"token": "fresh", "expires_in": 3600}')
    assert await token_of(expiring) == "old"
    assert not expiring.refused(refused(503))
    assert expiring.refused(refused(401))
    assert await token_of(expiring) == "fresh"
    assert not expiring.refused(refused(401))
    expiring.accepted()
    assert expiring.refused(refused(401))
    assert "old" not in caplog.text


@pytest.mark.parametrize(
    ("text", "words", "code", "step"),
    [
        (
            "echo SECRET; echo first >&2; printf 'not\\033[31m allowed\\n\\n' >&2; exit 3",
            "failed with 3: not [31m allowed",
            "no-token",
            Next.RETRY,
        ),
        ("echo SECRET; exit 1", "broker failed with 1", "no-token", Next.RETRY),
        ("kill -9 $$", "was killed by signal 9", "no-token", Next.RETRY),
        ("echo SECRET SECRET", "spaces, line breaks or invalid characters", "no-token", Next.WAIT),
        (
            "echo 'no cloud' >&2",
            "its JSON must contain one named token, access_token, accessToken: no cloud",
            "no-token",
            Next.WAIT,
        ),
        (
            "head -c 300000 /dev/zero | tr '\\0' x",
            "prints too much; it must print only a token",
            "no-token",
            Next.WAIT,
        ),
    ],
)
async def test_programs_that_give_no_token(
    tmp_path: Path, text: str, words: str, code: str, step: Next
) -> None:
    with pytest.raises(LinkFailure) as caught:
        await command(script(tmp_path, text)).headers()
    assert (caught.value.code, caught.value.next) == (code, step)
    assert words in caught.value.message
    assert caught.value.message.startswith(f"credential_command: {tmp_path}/broker ")
    assert "SECRET" not in caught.value.message
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/no/such/program --now", r"/no/such/program cannot be run \(No such file"),
        ("no-such-program-anywhere", r"cannot be run \(No such file"),
        (__file__, r"cannot be run \(Permission denied"),
        ("'open", "does not name a program"),
        ("", "does not name a program"),
    ],
)
async def test_programs_that_cannot_be_run(line: str, words: str) -> None:
    with pytest.raises(LinkFailure, match=words) as caught:
        await command(line).headers()
    assert (caught.value.code, caught.value.next) == ("no-credential", Next.FIX)


async def test_where_the_machine_is_short_of_something_it_is_tried_again(tmp_path: Path) -> None:
    proof = command(script(tmp_path, "echo a-token"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(LinkFailure, match="Too many open files") as caught:
            await proof.headers()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (caught.value.code, caught.value.next) == ("no-token", Next.RETRY)
    assert await token_of(proof) == "a-token"


class Kin:
    """Everything that a program starts, however far it goes away: all of it has the write end of a pipe."""

    def __init__(self, folder: Path) -> None:
        self.pipe = folder / "pipe"
        os.mkfifo(self.pipe)
        self._end = os.open(self.pipe, os.O_RDONLY | os.O_NONBLOCK)

    @property
    def started(self) -> bytes:
        """What it has written. Raises BlockingIOError while somebody lives who could still write."""
        said = b""
        while data := os.read(self._end, 100):
            said += data
        return said


# in a session of its own; without a parent; both, and deaf to what asks it to go
LEAVERS = (
    "setsid sleep 600 {outputs} &",
    "(setsid sleep 600 {outputs} &)",
    "(setsid sh -c 'trap \"\" TERM HUP; sleep 600; sleep 600' {outputs} &)",
)


@pytest.mark.parametrize("leaver", ["sleep 600 {outputs} &", *LEAVERS])
async def test_one_that_takes_too_long_is_killed_with_all_it_started(tmp_path: Path, leaver: str) -> None:
    kin = Kin(tmp_path)
    line = f"exec 3> {kin.pipe}; {leaver.format(outputs='')}\necho started >&3; exec sleep 600"
    with pytest.raises(LinkFailure, match=r"did not finish within 0\.5 s") as caught:
        await command(script(tmp_path, line), 0.5).headers()
    assert (caught.value.code, caught.value.next) == ("sign-in-unreachable", Next.RETRY)
    assert kin.started == b"started\n"


@pytest.mark.parametrize("outputs", ["", ">/dev/null 2>&1"])
@pytest.mark.parametrize("leaver", LEAVERS)
async def test_nothing_is_left_of_one_that_gave_its_token(tmp_path: Path, leaver: str, outputs: str) -> None:
    """And what it has left behind, holding its stdout, is not waited for."""
    kin = Kin(tmp_path)
    line = f"exec 3> {kin.pipe}; {leaver.format(outputs=outputs)}\necho started >&3; echo a-token"
    assert await token_of(command(script(tmp_path, line))) == "a-token"
    assert kin.started == b"started\n"


async def test_one_that_is_not_waited_for_any_more_is_killed(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    line = script(tmp_path, f"echo $$ > {started}.new; mv {started}.new {started}; exec sleep 600")
    asking = asyncio.create_task(command(line).headers())
    async with asyncio.timeout(10):
        while not started.exists():
            await asyncio.wait({asking}, timeout=0.002)
    asking.cancel()
    await asyncio.wait({asking})
    assert asking.cancelled()
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)
