"""The process that places feature vectors: what takes minutes must not hold the server.

It reads requests from its input and writes answers as lines of JSON; it ends when its input does,
so it never outlives the server.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import queue
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from bathyscope.views._following import Places, Vectors, place
from bathyscope.views._neighbourhoods import Kept
from bathyscope.views._projecting import Projected, Projector

#: Training comes first: this process takes what time is left.
NICE = 5
#: A share is told when it grew by so much.
_STEP = 0.01


def pack(fields: Mapping[str, Any], **arrays: NDArray[Any] | None) -> bytes:
    """Write one request: a line of JSON with the number of bytes that follow, and the arrays."""
    held = io.BytesIO()
    given: dict[str, Any] = {name: array for name, array in arrays.items() if array is not None}
    np.savez(held, **given)
    body = held.getvalue()
    return json.dumps({**fields, "bytes": len(body)}).encode() + b"\n" + body


def unpack(stream: BinaryIO) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
    """Read one request; None at the end."""
    line = stream.readline()
    if not line:
        return None
    fields = json.loads(line)
    body = stream.read(fields.pop("bytes"))
    with np.load(io.BytesIO(body), allow_pickle=False) as held:
        return fields, {name: held[name] for name in held.files}


def request(
    vectors: Vectors, projector: Projector, limit: int | None, before: Places | None
) -> bytes:
    """Write the request to place the vectors of a step."""
    fields = {
        "step": vectors.step,
        "projector": asdict(projector),
        "limit": limit,
        "note": vectors.note,
        "before": None if before is None else before.step,
    }
    return pack(
        fields,
        sample=vectors.sample,
        table=vectors.table,
        before_sample=None if before is None else before.sample,
        before_positions=None if before is None else before.projected.positions,
    )


def answer_of(places: Places) -> dict[str, Any]:
    """Write what was found as JSON."""
    projected = places.projected
    return {
        "step": places.step,
        "note": places.note,
        "rows": _text(pack({}, sample=places.sample, positions=projected.positions)),
        "axes": projected.axes,
        "names": projected.names,
        "projected": projected.note,
        "kept": None if projected.kept is None else asdict(projected.kept),
    }


def places_of(answer: Mapping[str, Any]) -> Places:
    """Read what was found."""
    read = unpack(io.BytesIO(base64.b64decode(answer["rows"])))
    assert read is not None
    arrays = read[1]
    kept = None if answer["kept"] is None else Kept(**answer["kept"])
    axes, names = tuple(answer["axes"]), tuple(answer["names"])
    projected = Projected(arrays["positions"], axes, names, answer["projected"], kept)
    return Places(answer["step"], arrays["sample"], projected, answer["note"])


def _text(body: bytes) -> str:
    return base64.b64encode(body).decode()


def _work(fields: dict[str, Any], arrays: dict[str, NDArray[Any]], say: Any) -> Places:
    chosen: dict[str, Any] = dict(fields["projector"])
    chosen["components"] = tuple(chosen["components"])
    projector = Projector(**chosen)
    before = None
    if fields["before"] is not None:
        there = Projected(arrays["before_positions"], (), ())
        before = Places(fields["before"], arrays["before_sample"], there)
    told = 0.0

    def tell(share: float) -> None:
        nonlocal told
        if share >= told + _STEP:
            told = share
            say({"share": share})

    vectors = Vectors(fields["step"], arrays["sample"], arrays["table"], fields["note"])
    return place(vectors, projector, limit=fields["limit"], before=before, told=tell)


def main() -> None:
    """Answer requests until the input ends."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    # UMAP would import it for a way of its own that is not used here: that takes ten seconds.
    sys.modules.setdefault("tensorflow", None)  # pyright: ignore[reportArgumentType]
    out = sys.stdout
    requests: queue.SimpleQueue[tuple[dict[str, Any], dict[str, NDArray[Any]]]] = (
        queue.SimpleQueue()
    )

    def listen() -> None:
        while (read := unpack(sys.stdin.buffer)) is not None:
            requests.put(read)
        os._exit(0)  # the server is gone, and nobody waits for what is computed

    def say(content: Any) -> None:
        out.write(json.dumps(content) + "\n")
        out.flush()

    threading.Thread(target=listen, daemon=True).start()
    while True:
        fields, arrays = requests.get()
        try:
            say({"places": answer_of(_work(fields, arrays, say))})
        except Exception as error:  # it is told whoever asked, and the next one may go well
            say({"failed": str(error), "kind": type(error).__name__})


if __name__ == "__main__":
    main()
