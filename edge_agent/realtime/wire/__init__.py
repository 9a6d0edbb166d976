"""The messages of the Realtime API, in its dialects. Pure."""

from __future__ import annotations

from typing import Any, TypeAlias

from ...vocabulary.commands import Role

Json: TypeAlias = dict[str, Any]  # an object
PastWords: TypeAlias = tuple[Role, str]  # of what was said before a session
