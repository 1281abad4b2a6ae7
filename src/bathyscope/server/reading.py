"""Requests that read: the list of runs, a run, its pictures, and what changes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bathyscope.figures import web
from bathyscope.figures.web.envelope import MEDIA_TYPE
from bathyscope.runs.trash import has_trash
from bathyscope.server import exports
from bathyscope.server.answers import (
    FRESH,
    JSON,
    answer_file,
    answer_tagged,
    check_ending,
    dashboard_of,
    read_integer,
)
from bathyscope.server.dashboard import json_bytes
from bathyscope.server.known import Known
from bathyscope.views._choosing import read_choice


async def runs(request: Request) -> Response:
    """Answer with the list of runs, or what changed in it."""
    dashboard = dashboard_of(request)
    since = read_integer(request, "since", 0)
    catalog = dashboard.catalog
    settings = dashboard.settings
    dashboard.look_now()

    def listed() -> bytes:
        more = {"read_only": settings.read_only, "has_trash": any(map(has_trash, catalog.trashes))}
        return json_bytes({**catalog.listing(since), **more})

    return await answer_tagged(request, ("runs", since), catalog.version, listed, media_type=JSON)


async def run(request: Request) -> Response:
    """Answer with what a run holds."""
    dashboard = dashboard_of(request)
    known = dashboard.catalog.get(request.path_params["id"])
    dashboard.check_soon(known)
    return await answer_tagged(
        request,
        ("run", known.id),
        known.version,
        lambda: json_bytes(dashboard.rooms.describe(known)),
        media_type=JSON,
    )


async def figure(request: Request) -> Response:
    """Answer with a picture of a run, to be drawn or taken away."""
    dashboard = dashboard_of(request)
    known = dashboard.catalog.get(request.path_params["id"])
    name, dot, ending = request.path_params["entry"].partition(".")
    if dot:
        return await _picture(request, known, name, f".{ending}")
    step = read_integer(request, "step", None)
    choice = read_choice(request.query_params.get("choice", ""))
    version = dashboard.rooms.version(known, name)
    return await answer_tagged(
        request,
        ("figure", known.id, name, step, choice.text),
        version,
        lambda: web.figure_envelope(dashboard.rooms.figure(known, name, step, choice)),
        media_type=MEDIA_TYPE,
        is_slow=True,
    )


async def _picture(request: Request, known: Known, name: str, ending: str) -> Response:
    check_ending(ending)
    dashboard = dashboard_of(request)
    step = read_integer(request, "step", None)
    theme = request.query_params.get("theme", "light")
    choice = read_choice(request.query_params.get("choice", ""))

    def draw() -> bytes:
        return exports.export_picture(
            dashboard.rooms, known, name, ending, step=step, theme=theme, choice=choice
        )

    body = await dashboard.slow(draw)
    at = "" if step is None else f"-step-{step}"
    return answer_file(body, f"{known.row['name']}-{name}{at}{ending}", exports.KINDS[ending])


async def report(request: Request) -> Response:
    """Answer with the report of a run, one file."""
    dashboard = dashboard_of(request)
    known = dashboard.catalog.get(request.path_params["id"])
    answer = await dashboard.slow_answer(
        ("report", known.id),
        known.version,
        lambda: exports.export_run(dashboard.opened, known),
    )
    return answer_file(answer.body, f"{known.row['name']}.html", exports.KINDS[".html"])


async def events(request: Request) -> Response:
    """Tell what changes for as long as somebody listens."""
    dashboard = dashboard_of(request)
    last = request.headers.get("last-event-id", "")
    since = int(last) if last.isdigit() else read_integer(request, "since", 0)
    catalog = dashboard.catalog
    # A page that has seen nothing yet asks for everything itself.
    missed = catalog.changed_since(since or catalog.version)
    only = frozenset(request.query_params.getlist("run"))
    dashboard.look_now()
    return StreamingResponse(
        dashboard.hub.stream(missed, only),
        media_type="text/event-stream",
        headers={**FRESH, "x-accel-buffering": "no"},
    )
