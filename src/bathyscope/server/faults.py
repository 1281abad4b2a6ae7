"""What went wrong, as answers: a status, and what must hold, what was given, what to do."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bathyscope._errors import (
    DamagedFile,
    MissingDependency,
    NotRecorded,
    RunError,
    RunNotFound,
    UnknownName,
)
from bathyscope.server.answers import FRESH, JSON
from bathyscope.server.dashboard import json_bytes
from bathyscope.server.refusal import Refusal

_WORDS = {
    404: "The address must be one of docs/dashboard-api.md; there is nothing here.",
    405: "This address cannot be asked in this way; docs/dashboard-api.md says how.",
}


def _error(status: int, reason: str) -> Response:
    return Response(json_bytes({"error": reason}), status, media_type=JSON, headers=FRESH)


def _answer_with(status: int):
    async def answer(request: Request, error: Exception) -> Response:
        del request
        return _error(status, str(error))

    return answer


async def _http_error(request: Request, error: HTTPException) -> Response:
    del request
    return _error(error.status_code, _WORDS.get(error.status_code, error.detail))


async def _refused(request: Request, error: Refusal) -> Response:
    del request
    return _error(error.status, str(error))


async def _failed(request: Request, error: Exception) -> Response:
    del request
    return _error(500, f"{type(error).__name__}: {error}")


#: What answers each kind of error.
HANDLERS = {
    HTTPException: _http_error,
    Refusal: _refused,
    RunNotFound: _answer_with(404),
    UnknownName: _answer_with(404),
    NotRecorded: _answer_with(404),
    DamagedFile: _answer_with(500),
    MissingDependency: _answer_with(501),
    RunError: _answer_with(409),
    ValueError: _answer_with(400),
    Exception: _failed,
}
