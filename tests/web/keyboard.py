"""What somebody types into a page."""

from __future__ import annotations

import json

from ..browser import Browser


async def fill(page: Browser, name: str, value: str) -> None:
    """As somebody types into a field, and leaves it."""
    field = f"document.getElementById({json.dumps(name)})"
    await page.run(f"{field}.value = {json.dumps(value)}, {field}.dispatchEvent(new Event('change'))")
