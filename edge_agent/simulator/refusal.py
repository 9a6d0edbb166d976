"""How the simulated service refuses a client that asks for a session."""

from __future__ import annotations

import json
from http import HTTPStatus

from ..vocabulary.frozen import frozen


@frozen
class HttpRefusal:
    """Before the upgrade (Azure): an HTTP status with a JSON body."""

    status: HTTPStatus
    code: str
    message: str
    written: str | None = None  # the whole body, where it is another
    location: str = ""  # that it redirects to

    @property
    def body(self) -> str:
        return self.written or json.dumps({"error": {"code": self.code, "message": self.message}})

    @property
    def content_type(self) -> str:
        return "text/html" if self.body.startswith("<") else "application/json"


@frozen
class LateHttpRefusal:
    """After the upgrade (OpenAI): an `error` event, then a close frame."""

    code: str
    message: str
    close: int
