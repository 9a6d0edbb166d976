"""What somebody types into a page."""

from __future__ import annotations

from ..browser import Browser


async def fill(page: Browser, name: str, value: str) -> None:
    """As somebody types into a field, and leaves it."""
    field = f'document.getElementById("{name}")'
    await page.run(f'{field}.value = {value!r}, {field}.dispatchEvent(new Event("change"))')
