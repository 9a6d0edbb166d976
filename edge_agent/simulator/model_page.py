"""`GET /v1/models/NAME`, as OpenAI answers it: 404 for a model that never existed, or was retired. Pure."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from urllib.parse import unquote

from ..realtime.wire import Json
from ..vocabulary.models import end_of, realtime_model, transcription_model
from .served_models import SERVED, TRANSCRIBERS

PATH = "/v1/models/"


def model_page(target: str, today: date) -> tuple[HTTPStatus, Json] | None:
    """The answer to a request for `target`; None: it is for something else."""
    if not target.startswith(PATH):
        return None
    name = unquote(target.removeprefix(PATH))
    end = end_of(realtime_model(name) or transcription_model(name), "OpenAI")
    if name not in {*SERVED, *TRANSCRIBERS} or (end and end.day <= today):
        error = {
            "message": f"The model '{name}' does not exist or you do not have access to it.",
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }
        return HTTPStatus.NOT_FOUND, {"error": error}
    shutdown = end.day.isoformat() if end else None
    return HTTPStatus.OK, {
        "id": name,
        "object": "model",
        "created": 1,
        "owned_by": "system",
        "shutdown_date": shutdown,
    }
