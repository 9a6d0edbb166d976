"""The way in for a telephone that follows the captions of one visit: a token, and the QR code of its link.

Whoever stands before the screen may scan it, so it opens nothing else, and not the next visit.
"""

from __future__ import annotations

from secrets import token_urlsafe

from .mailbox import Letter
from .qr_code import qr_code

BYTES = 24
PLACE = "/phone.svg"


class Invitation:
    """`site`: where telephones reach the pages. `token`: that counts in this visit."""

    def __init__(self, site: str) -> None:
        self._site = site
        self.number = 0  # of the visit
        self.renew()

    def renew(self) -> None:
        """The visit is over."""
        self.token = token_urlsafe(BYTES)
        self.number += 1

    @property
    def letter(self) -> Letter:
        """To those who show the code."""
        return Letter({"phone": f"{PLACE}?{self.number}"}, "phone")

    def picture(self) -> bytes:
        """SVG."""
        return qr_code(f"{self._site}/enter?token={self.token}")
