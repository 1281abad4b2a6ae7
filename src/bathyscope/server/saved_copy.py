"""The page as it stands as one file: its program, and the answers it would ask the server for.

The program is the same; it finds the answers beside it, so that rooms, steps, runs compared and
what is selected go on working from a disk. What there is no room for is counted.
"""

from __future__ import annotations

import contextlib
import json
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, cast

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from bathyscope.figures import web
from bathyscope.figures.web.blobs import inline
from bathyscope.figures.web.encode import encode
from bathyscope.figures.web.palette import palettes
from bathyscope.reports.budget import keep_steps
from bathyscope.server import comparing, exports
from bathyscope.server.answers import answer_file, dashboard_of, read_integer
from bathyscope.server.curve import MOST_COLUMNS, curve
from bathyscope.server.dashboard import Dashboard, json_bytes
from bathyscope.server.kept_maps import Maps, known_maps, map_answers, share_of
from bathyscope.server.known import Known

#: Bytes of the pictures of all steps of one view, before they are compressed.
FILM_BYTES = 2 << 20
#: Bytes of all metrics together, before they are compressed.
METRIC_BYTES = 48 << 20
#: Points kept of a metric at most and, however many metrics there are, at least.
_MOST_POINTS, _LEAST_POINTS = 50_000, 200
_POINT_BYTES = 24
_POINTS_PER_COLUMN = 4
#: What a browser remembers for its reader is small.
_LONGEST_STATE = 32 << 10

#: The parts of an address, and what they are answered with.
Answers = Iterator[tuple[tuple[str, ...], bytes]]


async def copy(request: Request) -> Response:
    """Answer with the page of some runs as one file."""
    dashboard = dashboard_of(request)
    runs = comparing.runs_of(dashboard.catalog, request.query_params.get("runs", ""))
    state = _read_state(request.query_params.get("state", ""))
    step = read_integer(request, "step", None)
    maps = {known.id: await known_maps(dashboard, known) for known in runs}
    body = await dashboard.slow(lambda: write_copy(dashboard, runs, state, step=step, maps=maps))
    names = "-".join(str(known.row.get("name", known.id)) for known in runs[:3])
    return answer_file(body, f"{names}-page.html", exports.KINDS[".html"])


def write_copy(
    dashboard: Dashboard,
    runs: Sequence[Known],
    state: dict[str, Any],
    *,
    step: int | None = None,
    maps: Mapping[str, Maps] | None = None,
) -> bytes:
    """Write a page that shows runs without a server.

    Parameters
    ----------
    dashboard : Dashboard
    runs : sequence of Known
        The one that is open, then those it is compared with.
    state : dict
        ``hash``, the address within the page, and ``kept``, what the browser remembers.
    step : int, optional
        Where the cursor stands: the pictures of this step are kept in any case.
    maps : mapping of str to Maps, optional
        By the id of a run, the maps of its feature vectors that are taken along.
    """
    for known in runs:
        dashboard.opened.whole(known)
    given = maps or {}
    share = share_of(sum(len(of_run) for of_run in given.values()))
    found = chain(
        _of_all(runs),
        *(_of_run(dashboard, known, step, given.get(known.id, {}), share=share) for known in runs),
        _of_metrics(dashboard, runs),
        _together(dashboard, runs) if len(runs) > 1 else (),
    )
    index: dict[str, int] = {}
    blobs: list[bytes] = []
    for address, answer in found:
        index["\n".join(address)] = len(blobs)
        blobs.append(_deflated(answer))
    held = {
        "hash": state.get("hash", ""),
        "kept": state.get("kept", {}),
        "saved": datetime.now(UTC).timestamp(),
        "answers": index,
    }
    title = ", ".join(str(known.row.get("name", known.id)) for known in runs)
    return web.copied_page(title, json_bytes(held).decode(), blobs).encode()


def _of_all(runs: Sequence[Known]) -> Answers:
    yield ("palettes",), json_bytes(encode(palettes(), inline))
    rows = [_ended(known.row) for known in runs]
    listing = {"root": "", "version": 0, "pending": 0, "read_only": True, "runs": rows}
    yield ("runs",), json_bytes(listing)


def _of_run(
    dashboard: Dashboard, known: Known, step: int | None, maps: Maps, *, share: float
) -> Answers:
    described = _ended(dashboard.rooms.describe(known))
    entries: list[dict[str, Any]] = []
    for entry in described["entries"]:
        steps = entry["steps"]
        has_charts = entry["view"] == "Metrics" and described["metrics"]
        if entry["fault"] or has_charts:
            entries.append(entry)
            continue
        last = web.figure_envelope(dashboard.rooms.figure(known, entry["id"], None))
        kept = _kept_steps(steps, step, frame_bytes=len(last))
        all_bytes = len(last) * len(steps)
        entries.append({**entry, "steps": kept, "recorded": len(steps), "all_bytes": all_bytes})
        address = ("runs", known.id, "figures", entry["id"])
        for one in kept or [None]:
            is_last = not steps or one == steps[-1]
            figure = last
            if not is_last:
                figure = web.figure_envelope(dashboard.rooms.figure(known, entry["id"], one))
            yield (*address, "" if one is None else str(one)), figure
        run, found = dashboard.rooms.run(known), maps.get(entry["id"], ())
        yield from map_answers(run, known.id, entry["id"], found, steps=kept, share=share)
    yield ("runs", known.id), json_bytes({**described, "entries": entries})


def _kept_steps(steps: list[int], step: int | None, *, frame_bytes: int) -> list[int]:
    kept = set(keep_steps(tuple(steps), frame_bytes=frame_bytes, budget=FILM_BYTES))
    place = len(steps) if step is None else bisect_right(steps, step)
    if place:
        kept.add(steps[place - 1])
    return sorted(kept)


def _of_metrics(dashboard: Dashboard, runs: Sequence[Known]) -> Answers:
    wanted = [
        (known, name) for known in runs for name in dashboard.opened.get(known).scalar_names()
    ]
    room = METRIC_BYTES // _POINT_BYTES // max(1, len(wanted))
    most = int(np.clip(room, _LEAST_POINTS, _MOST_POINTS))
    for known, name in wanted:
        kept = dashboard.series.get(known, name)
        series = kept.series
        is_whole = len(series) <= most
        end = len(series) if is_whole else 0
        points: dict[str, Any] = {
            "step": series.steps[:end],
            "value": series.values[:end],
            "time": series.times[:end],
        }
        if not is_whole:
            points["count"] = len(series)
            columns = min(MOST_COLUMNS, most // _POINTS_PER_COLUMN)
            seen = curve(kept, first=None, last=None, columns=columns)
            yield ("runs", known.id, "curve", name), web.envelope(seen)
        whole = {"cursor": "", "metrics": {name: points}}
        yield ("runs", known.id, "scalars", name), web.envelope(whole)


def _together(dashboard: Dashboard, runs: Sequence[Known]) -> Answers:
    listed = comparing.compared_entries(dashboard.opened, runs)
    yield ("compare",), json_bytes(listed)
    for entry in listed["entries"]:
        if entry["fault"] or entry["view"] == "Metrics":
            continue
        figure = comparing.compared_figure(dashboard.opened, runs, entry["id"], {})
        yield ("compare", entry["id"]), web.figure_envelope(figure)


def _ended(row: dict[str, Any]) -> dict[str, Any]:
    """In a copy nothing goes on: of what was being recorded it is not known how it ended."""
    return {**row, "status": "unknown"} if row.get("status") == "running" else row


def _read_state(text: str) -> dict[str, Any]:
    if not text:
        return {}
    state: Any = None
    if len(text) <= _LONGEST_STATE:
        with contextlib.suppress(ValueError):
            state = json.loads(text)
    if not (
        isinstance(state, dict)
        and isinstance(state.get("kept", {}), dict)  # pyright: ignore[reportUnknownMemberType]
        and isinstance(state.get("hash", ""), str)  # pyright: ignore[reportUnknownMemberType]
    ):
        raise ValueError(
            f"`state` must be JSON of at most {_LONGEST_STATE} bytes with `hash` (text) and `kept` "
            f"(an object); got {text[:60]!r}."
        )
    return cast(dict[str, Any], state)


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()
