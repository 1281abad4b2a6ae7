"""The page itself, its script and its style."""

from __future__ import annotations

import asyncio
import contextlib
from functools import lru_cache

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bathyscope.figures import web
from bathyscope.figures.web.blobs import inline
from bathyscope.figures.web.encode import encode
from bathyscope.figures.web.page import STATIC, built
from bathyscope.figures.web.palette import palettes
from bathyscope.server.answers import FRESH, JSON, answer_tagged
from bathyscope.server.compression import GZIP, pack, takes_gzip
from bathyscope.server.dashboard import json_bytes

_YEAR = "private, max-age=31536000, immutable"


async def page(request: Request) -> Response:
    """Answer with the page; it asks for everything else."""
    del request
    return Response(web.live_page(), media_type="text/html", headers=FRESH)


async def static(request: Request) -> Response:
    """Answer with a file of the page."""
    name = request.path_params["name"]
    if name not in STATIC:  # a name of the table, never a path
        raise HTTPException(404)
    headers = {"cache-control": _YEAR, "vary": "accept-encoding"}
    text = built(name)
    if takes_gzip(request) and (packed := await asyncio.to_thread(_packed, text)):
        return Response(packed, media_type=STATIC[name], headers=headers | GZIP)
    return Response(text, media_type=STATIC[name], headers=headers)


def pack_files() -> None:
    """Compress the files of the page before anybody asks for them."""
    with contextlib.suppress(FileNotFoundError):  # who asks for the page is told
        for name in STATIC:
            _packed(built(name))


@lru_cache(maxsize=4)
def _packed(text: str) -> bytes:
    return pack(text.encode(), is_kept=True)


async def colors(request: Request) -> Response:
    """Answer with the colours of both themes."""
    content = json_bytes(encode(palettes(), inline))
    return await answer_tagged(request, "palettes", 0, lambda: content, media_type=JSON)
