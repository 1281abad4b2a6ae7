"""Requests for maps of feature vectors as the reader chooses them, and for true neighbours."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
from collections.abc import AsyncGenerator, Callable
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bathyscope._errors import UnknownName
from bathyscope.figures import web
from bathyscope.figures.web.envelope import MEDIA_TYPE
from bathyscope.server.answers import (
    FRESH,
    JSON,
    answer_tagged,
    dashboard_of,
    read_integer,
    read_number,
)
from bathyscope.server.dashboard import Dashboard, json_bytes
from bathyscope.server.known import Known
from bathyscope.server.looks import colors_of, ids_of, map_view, pictures_of
from bathyscope.server.refusal import Refusal
from bathyscope.views._chosen_ids import among_chosen
from bathyscope.views._following import Places, Wanted, steps_up_to
from bathyscope.views._neighbourhoods import METRICS
from bathyscope.views._projecting import Projector
from bathyscope.views._words import check_choice
from bathyscope.views.feature_vectors import FeatureVectors, recorded_columns

_METHODS = {"pca": "numpy", "tsne": "sklearn", "umap": "umap"}
#: How often it is looked whether who asked is still there, in seconds.
_LOOK_SECS = 0.5


async def options(request: Request) -> Response:
    """Answer with what can be chosen of a map."""
    dashboard, known, wanted = await _asked(request)

    def read() -> bytes:
        run = dashboard.rooms.run(known)
        ids, n_features = ids_of(run, wanted)
        columns = recorded_columns(run, wanted.split, wanted.step, ids)
        return json_bytes(
            {
                "methods": [name for name, needs in _METHODS.items() if _is_there(needs)],
                "colors": sorted(columns),
                "metrics": list(METRICS),
                "samples": len(ids),
                "features": n_features,
            }
        )

    key = ("map options", known.id, wanted)
    return await answer_tagged(request, key, known.version, read, media_type=JSON)


async def colors(request: Request) -> Response:
    """Answer with the colours of the samples by every column: a map is recoloured by the page."""
    return await _looks(request, colors_of)


async def pictures(request: Request) -> Response:
    """Answer with the pictures or texts of the samples, which are the same on every map."""
    return await _looks(request, pictures_of)


async def _looks(request: Request, look: Callable[[Any, Wanted], dict[str, Any]]) -> Response:
    dashboard, known, wanted = await _asked(request)

    def read() -> bytes:
        return web.envelope(look(dashboard.rooms.run(known), wanted))

    key = ("map looks", look.__name__, known.id, wanted)
    return await answer_tagged(
        request, key, known.version, read, media_type=MEDIA_TYPE, is_slow=True
    )


async def progress(request: Request) -> Response:
    """Tell how far a map is, for as long as somebody listens: the last event says how it ended."""
    dashboard, known, wanted = await _asked(request)

    async def tell() -> AsyncGenerator[bytes]:
        try:
            run = await dashboard.quick(dashboard.rooms.run, known)
            async for news in dashboard.placing.follow(known.id, run, wanted):
                yield b"event: progress\ndata: " + json_bytes(news) + b"\n\n"
            yield b"event: ready\ndata: {}\n\n"
        except Exception as error:  # the answer has begun: this is how it ends
            yield b"event: failed\ndata: " + json_bytes({"error": str(error)}) + b"\n\n"

    headers = {**FRESH, "x-accel-buffering": "no"}
    return StreamingResponse(tell(), media_type="text/event-stream", headers=headers)


async def figure(request: Request) -> Response:
    """Answer with a map, when it is there."""
    dashboard, known, wanted = await _asked(request)
    places = await _places(request, dashboard, known, wanted)
    color = request.query_params.get("color", "true")
    thumbnails = request.query_params.get("thumbnails", "1") != "0"

    def draw() -> bytes:
        run = dashboard.rooms.run(known)
        made = map_view(run, wanted, places, color=color or None, thumbnails=thumbnails)
        return web.figure_envelope(made.figure())

    key = ("map", known.id, wanted, color, thumbnails)
    return await answer_tagged(
        request, key, _version(dashboard, known, request), draw, media_type=MEDIA_TYPE, is_slow=True
    )


async def neighbours(request: Request) -> Response:
    """Answer with the nearest neighbours of a sample among all vectors, as a picture."""
    dashboard, known, wanted = await _asked(request)
    sample = request.query_params.get("sample", "")
    count = read_integer(request, "count", 8)
    metric: Any = request.query_params.get("metric", "euclidean")
    check_choice("metric", metric, METRICS)
    if not 1 <= count <= 100:
        raise ValueError(f"`count` must lie in 1 .. 100; got {count}.")

    def draw() -> bytes:
        made = FeatureVectors.from_run(
            dashboard.rooms.run(known), wanted.layer, split=wanted.split, step=wanted.step,
            method="raw", components=(0,), style="histogram",
        )  # fmt: skip
        found = made.neighbour_figure(_own(made, sample), count=count, metric=metric)
        return web.figure_envelope(found)

    key = ("neighbours", known.id, wanted, sample, count, metric)
    return await answer_tagged(
        request, key, _version(dashboard, known, request), draw, media_type=MEDIA_TYPE, is_slow=True
    )


def _own(made: FeatureVectors, sample: str) -> Any:
    """Give the id that a text stands for."""
    if made.sample.dtype.kind in "iu":
        with contextlib.suppress(ValueError):
            return int(sample)
    return sample


def _version(dashboard: Dashboard, known: Known, request: Request) -> int:
    return dashboard.rooms.version(known, request.path_params["entry"])


async def _asked(request: Request) -> tuple[Dashboard, Known, Wanted]:
    """Find the run and the picture, and read what was chosen."""
    dashboard = dashboard_of(request)
    known = dashboard.catalog.get(request.path_params["id"])
    name = request.path_params["entry"]
    entry = await dashboard.quick(dashboard.rooms.entry, known, name)
    offered = entry.offer.options
    if entry.view is not FeatureVectors or offered.get("style", "scatter") != "scatter":
        raise UnknownName(
            f"`entry` must be a picture of feature vectors to be mapped; got {name[:100]!r}."
        )
    step = read_integer(request, "step", entry.offer.steps[-1])
    if step not in entry.offer.steps:
        raise ValueError(
            f"`step` must be one of the {len(entry.offer.steps)} recorded steps of this picture, "
            f"from {entry.offer.steps[0]} to {entry.offer.steps[-1]}; got {step}."
        )
    return dashboard, known, _read_choices(request, offered["layer"], offered["split"], step)


def _read_choices(request: Request, layer: str, split: str, step: int) -> Wanted:
    query = request.query_params
    method: Any = query.get("method", "pca")
    check_choice("method", method, tuple(_METHODS))
    dimensions = read_integer(request, "dimensions", 2)
    if dimensions not in (2, 3):
        raise ValueError(f"`dimensions` must be 2 or 3; got {dimensions}.")
    limit = read_integer(request, "limit", None)
    if limit is not None and limit < 1:
        raise ValueError(f"`limit` must be at least 1; got {limit}.")
    chosen: dict[str, Any] = {
        "perplexity": read_number(request, "perplexity"),
        "n_neighbors": read_integer(request, "neighbors", None),
        "min_dist": read_number(request, "min_dist"),
        "seed": read_integer(request, "seed", None),
    }
    settings = {name: value for name, value in chosen.items() if value is not None}
    projector = Projector(method, tuple(range(dimensions)), judge=True, **settings)
    follow = query.get("follow", "1") != "0"
    only = query.get("only", "")
    if only:
        among_chosen(np.arange(0), only)  # says what is wrong with it
    return Wanted(layer, split, step, projector, limit, follow, only)


async def _places(request: Request, dashboard: Dashboard, known: Known, wanted: Wanted) -> Places:
    """Wait for a map as long as who asked is there."""
    run = await dashboard.quick(dashboard.rooms.run, known)
    steps = await dashboard.quick(steps_up_to, run, wanted)
    there = dashboard.placing.places(known.id, wanted, steps)
    if there is not None:
        return there

    async def wait() -> None:
        async for _ in dashboard.placing.follow(known.id, run, wanted):
            pass

    waiting = asyncio.ensure_future(wait())
    try:
        while not waiting.done():
            await asyncio.wait({waiting}, timeout=_LOOK_SECS)
            if await request.is_disconnected():
                raise Refusal(499, "Who asked must wait for the map; they went away.")
        waiting.result()
    finally:
        waiting.cancel()
    found = dashboard.placing.places(known.id, wanted, steps)
    if found is None:
        raise Refusal(503, "The map was forgotten meanwhile: too many are asked for. Ask again.")
    return found


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
