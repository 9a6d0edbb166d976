"""The code that opens the set-up page: whoever knows it has heard or seen the device. Pure."""

from __future__ import annotations

from hmac import compare_digest

TRIES = 20  # so that one in 50,000 guesses it, however long it goes on


class Door:
    """`code`: of six digits or more."""

    def __init__(self, code: str) -> None:
        self.code = code
        self._left = TRIES

    @property
    def is_locked(self) -> bool:
        """Too many codes were wrong: it stays so until the device starts again."""
        return not self._left

    def opens(self, given: object) -> bool:
        if self.is_locked:
            return False
        if isinstance(given, str) and compare_digest(ascii(given.strip()), ascii(self.code)):
            self._left = TRIES
            return True
        self._left -= 1
        return False
