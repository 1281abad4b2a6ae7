"""Text is sent compressed to who takes it: scripts, styles and JSON; arrays of numbers are not.

Numbers of a training are mostly noise: compressing them takes longer than sending them. Nothing
secret is ever in a body, so its length tells nothing.
"""

from __future__ import annotations

import gzip

from starlette.requests import Request

GZIP = {"content-encoding": "gzip"}
#: Shorter texts fit into one packet anyway.
LEAST_BYTES = 1024
#: What is computed anew all the time must be packed quickly; what stays is packed once, well.
_QUICK, _WELL = 1, 9


def pack(body: bytes, *, is_kept: bool = False) -> bytes:
    """Compress a text; empty where that is not worth it.

    Parameters
    ----------
    body : bytes
    is_kept : bool
        Whether it is packed once for all who ever ask.
    """
    if len(body) < LEAST_BYTES:
        return b""
    packed = gzip.compress(body, _WELL if is_kept else _QUICK, mtime=0)
    return packed if len(packed) < len(body) else b""


def takes_gzip(request: Request) -> bool:
    """Whether who asks said that it can read gzip (RFC 9110, section 12.5.3)."""
    wishes: dict[str, float] = {}
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, parameters = part.partition(";")
        wishes[coding.strip()] = _weight(parameters)
    return wishes.get("gzip", wishes.get("*", 0.0)) > 0


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
