"""Requests that change what people say of runs, and what can be taken back."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from bathyscope.server import actions
from bathyscope.server.answers import answer_json, dashboard_of


async def change(request: Request) -> Response:
    """Change what people say of a run."""
    dashboard = dashboard_of(request)
    wanted = actions.read_change(await request.body())
    run = request.path_params["id"]
    try:
        await dashboard.quick(actions.change_run, dashboard.catalog, run, wanted)
    except TypeError as error:
        raise ValueError(str(error)) from error
    dashboard.look_now()
    return answer_json({"id": run})


async def trash(request: Request) -> Response:
    """Answer with the runs that can be taken back."""
    dashboard = dashboard_of(request)
    found = await dashboard.slow(actions.trashed_rows, dashboard.catalog)
    return answer_json({"runs": found})


async def change_trashed(request: Request) -> Response:
    """Take a deleted run back, or erase it."""
    dashboard = dashboard_of(request)
    deletion = request.path_params["deletion"]
    body = await request.body()
    await dashboard.slow(actions.change_trashed, dashboard.catalog, deletion, body)
    # That nothing is left to be taken back shows in no run.
    dashboard.hub.publish(dashboard.catalog.touch_list())
    dashboard.look_now()
    return answer_json({"deletion": deletion})
