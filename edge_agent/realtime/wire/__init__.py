"""The messages of the Realtime API, in its dialects. Pure."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]  # an object
