"""What the handlers of requests share: reading a question, and making an answer of bytes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bathyscope.server import exports
from bathyscope.server.compression import GZIP, takes_gzip
from bathyscope.server.dashboard import Dashboard, json_bytes
from bathyscope.server.flights import Answer

#: What may change at any moment.
FRESH = {"cache-control": "no-store"}
JSON = "application/json"


def dashboard_of(request: Request) -> Dashboard:
    """Give the state of the server."""
    return request.app.state.dashboard


async def answer_tagged(
    request: Request,
    key: Any,
    version: int,
    work: Callable[[], bytes],
    *,
    media_type: str,
    is_slow: bool = False,
) -> Response:
    """Answer with bytes that are computed once, or say that the page has them already.

    Parameters
    ----------
    request : Request
    key : hashable
        What is asked for.
    version : int
        Of what it depends on: bytes of an older version are computed again.
    work : callable
        Computes the bytes, beside the event loop.
    media_type : str
    is_slow : bool
        Whether it may take seconds.
    """
    dashboard = dashboard_of(request)
    compute = dashboard.slow_answer if is_slow else dashboard.quick_answer
    answer: Answer = await compute(key, version, work, is_text=media_type == JSON)
    packed = answer.packed if takes_gzip(request) else b""
    # Other bytes are another representation, and need another name.
    tag = f'"{answer.tag}-gzip"' if packed else f'"{answer.tag}"'
    headers = {"etag": tag, "cache-control": "private, no-cache", "vary": "accept-encoding"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if packed:
        return Response(packed, media_type=media_type, headers=headers | GZIP)
    return Response(answer.body, media_type=media_type, headers=headers)


def answer_json(content: Any) -> Response:
    """Answer with JSON that is computed each time."""
    return Response(json_bytes(content), media_type=JSON, headers=FRESH)


def answer_file(body: bytes, name: str, media_type: str) -> Response:
    """Answer with a file to take away."""
    headers = {**FRESH, "content-disposition": exports.attachment(name)}
    return Response(body, media_type=media_type, headers=headers)


def check_ending(ending: str) -> None:
    """Refuse kinds of files that are not written."""
    if ending not in exports.KINDS:
        raise ValueError(f"A picture must end in {', '.join(exports.KINDS)}; got {ending[:40]!r}.")


def read_integer(request: Request, name: str, default: Any) -> Any:
    """Read a whole number of the question; the default where it is not there."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"`{name}` must be a whole number; got {text[:60]!r}.") from None


def read_number(request: Request, name: str) -> float | None:
    """Read a finite number of the question; None where it is not there."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"`{name}` must be a finite number; got {text[:60]!r}.")
    return value
