"""Texts for a session of GPT-Live, which takes no more than 500 tokens of one at a time. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....vocabulary.commands import Tell
from ....vocabulary.live_text import pieces

LAST = "This is the end of a longer text, which began above. Do with all of it what was asked. {}"


def in_pieces(tell: Tell) -> Iterator[Tell]:
    """All of it: what the model is to speak of, it is only to know before the last piece."""
    *before, last = pieces(tell.text)
    speaks = tell.channel == "commentary"
    for piece in before:
        yield replace(tell, channel="thinking" if speaks else tell.channel, text=piece)
    yield replace(tell, text=LAST.format(last) if speaks and before else last)
