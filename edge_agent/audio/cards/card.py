"""What a sound card is to the agent, whichever it is."""

from __future__ import annotations

from typing import Protocol


class Card(Protocol):
    """A sound card: blocks of 20 ms, s16le. `read` waits until they are there, and so is the clock. Where the card is
    gone, it raises SoundFailed; one that may come back then waits a while for that."""

    @property
    def name(self) -> str: ...
    @property
    def in_rate_hz(self) -> int: ...
    @property
    def in_channels(self) -> int: ...
    @property
    def out_rate_hz(self) -> int: ...
    @property
    def out_latency_ms(
        self,
    ) -> int: ...  # that it holds after `write`, until it was heard: HELD_FRAMES or more
    @property
    def most_blocks(self) -> int: ...  # that may be read at once

    def read(self, blocks: int = 1) -> bytes: ...  # interleaved; fewer after `hurry`
    def hurry(self) -> None: ...  # nobody shall wait for more than a block; from any thread
    def write(self, pcm: bytes) -> None: ...  # mono, as many blocks as were read
    def close(self) -> None: ...
