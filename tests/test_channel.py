"""Between the audio process and its parent."""

from __future__ import annotations

import pickle
import socket

import pytest

from edge_agent.audio.process.channel import HEADER, Channel


@pytest.fixture
def ends() -> tuple[Channel, socket.socket]:
    ours, theirs = socket.socketpair()
    return Channel(ours), theirs


def test_messages_in_pieces(ends: tuple[Channel, socket.socket]) -> None:
    channel, other = ends
    data = pickle.dumps("hello")
    whole = HEADER.pack(len(data)) + data
    for at in range(len(whole)):
        assert list(channel.receive()) == []
        other.send(whole[at : at + 1])
    assert list(channel.receive()) == ["hello"]
    other.close()
    assert list(channel.receive()) == []
    assert channel.closed
    channel.close()


@pytest.mark.parametrize("rubbish", [b"rubbish", b"cnowhere\nNothing\n.", b"\x80\x05\x8c", b""])
def test_after_rubbish_it_is_closed(ends: tuple[Channel, socket.socket], rubbish: bytes) -> None:
    """It is written by a process that dies; its parent must go on to start another."""
    channel, other = ends
    data = pickle.dumps("last words")
    other.send(HEADER.pack(len(data)) + data + HEADER.pack(len(rubbish)) + rubbish + b"more")
    assert list(channel.receive()) == ["last words"]
    assert channel.closed
    assert list(channel.receive()) == []
    for end in ends:
        end.close()
