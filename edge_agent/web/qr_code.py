"""A link as a picture, for a telephone."""

from __future__ import annotations

from io import BytesIO


def qr_code(link: str) -> bytes:
    """SVG. Needs segno."""
    import segno  # it takes memory, and few want it

    drawn = BytesIO()
    segno.make(link, micro=False).save(drawn, kind="svg", scale=4, border=3, light="#fff")
    return drawn.getvalue()
