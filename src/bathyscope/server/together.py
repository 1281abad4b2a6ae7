"""Requests for what several runs show together."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from bathyscope.figures import web
from bathyscope.figures.web.envelope import MEDIA_TYPE
from bathyscope.server import comparing, exports
from bathyscope.server.answers import JSON, answer_file, answer_tagged, check_ending, dashboard_of
from bathyscope.server.dashboard import json_bytes
from bathyscope.server.known import Known


async def compare(request: Request) -> Response:
    """Answer with the pictures that some runs can show together."""
    dashboard = dashboard_of(request)
    runs = comparing.runs_of(dashboard.catalog, request.query_params.get("runs", ""))
    return await answer_tagged(
        request,
        ("compare", *(known.id for known in runs)),
        comparing.version_of(runs),
        lambda: json_bytes(comparing.compared_entries(dashboard.opened, runs)),
        media_type=JSON,
        is_slow=True,
    )


async def compared(request: Request) -> Response:
    """Answer with a picture of several runs."""
    dashboard = dashboard_of(request)
    runs = comparing.runs_of(dashboard.catalog, request.query_params.get("runs", ""))
    name, dot, ending = request.path_params["entry"].partition(".")
    choices = comparing.read_choices(request.query_params)
    if dot:
        return await _compared_file(request, runs, name, f".{ending}")
    return await answer_tagged(
        request,
        ("compared", name, *choices.items(), *(known.id for known in runs)),
        comparing.version_of(runs),
        lambda: web.figure_envelope(
            comparing.compared_figure(dashboard.opened, runs, name, choices)
        ),
        media_type=MEDIA_TYPE,
        is_slow=True,
    )


async def _compared_file(request: Request, runs: list[Known], name: str, ending: str) -> Response:
    check_ending(ending)
    opened = dashboard_of(request).opened
    choices = comparing.read_choices(request.query_params)
    theme = request.query_params.get("theme", "light")

    def write() -> bytes:
        for known in runs:
            opened.whole(known)  # what is taken away must be complete
        if ending == ".csv":
            return comparing.compared_table(opened, runs, name, choices)
        figure = comparing.compared_figure(opened, runs, name, choices)
        return exports.write_figure(figure, ending, theme=theme)

    body = await dashboard_of(request).slow(write)
    return answer_file(body, f"{len(runs)}-runs-{name}{ending}", exports.KINDS[ending])
