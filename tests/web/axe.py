"""axe-core: what keeps people from using a page."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ..browser import Browser

FOLDER = Path(
    (find_spec("axe_playwright_python") or pytest.skip("no axe-core", allow_module_level=True)).origin or ""
).parent


async def violations(page: Browser) -> list[Any]:
    """Each with the first element that it is about."""
    script = (FOLDER / "axe.min.js").read_text("utf-8")
    await page.run(f"{script}; true")
    found: list[Any] = await page.run(
        "axe.run().then(({violations}) => violations.map(({id, nodes}) => [id, nodes[0].html]))"
    )
    return found
