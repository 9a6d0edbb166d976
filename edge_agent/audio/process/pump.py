"""The audio loop: from the microphone through the engine to the speaker, for ever.

The card's blocking read is the clock of everything in here.
"""

from __future__ import annotations

from collections.abc import Callable

from ..cards.adapter import Adapter
from ..cards.card import Card
from ..engine import Engine


def play(
    card: Card,
    engine: Engine,
    *,
    channel: int | None = None,
    before: Callable[[], bool],
    after: Callable[[bytes], None] = lambda _: None,
) -> None:
    """Until `before`, which runs after hearing and ahead of speaking and may command the engine, says False;
    `after` follows, with what the card gave, unchanged. `channel`: which of the microphone's is heard."""
    adapter = Adapter(card, channel=channel)
    latency_ms = -1
    while True:
        if card.out_latency_ms != latency_ms:
            latency_ms = card.out_latency_ms
            engine.delay(latency_ms)
        mic = adapter.read(min(engine.frames_at_once, card.most_blocks))
        engine.hear(mic)
        if not before():
            return
        adapter.write(engine.speak())
        after(adapter.raw)
