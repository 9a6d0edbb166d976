"""The way in for a telephone that follows the captions of one visit: a token, and the QR code of its link.

Whoever stands before the screen may scan it, so it opens nothing else, and not the next visit.
"""

from __future__ import annotations

from io import BytesIO
from secrets import token_urlsafe

from .mailbox import Letter

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
        import segno  # it takes memory, and few want it

        drawn = BytesIO()
        code = segno.make(f"{self._site}/enter?token={self.token}", micro=False)
        code.save(drawn, kind="svg", scale=4, border=3, light="#fff")
        return drawn.getvalue()
