"""Requests for the points of metrics."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from bathyscope.figures import web
from bathyscope.figures.web.envelope import MEDIA_TYPE
from bathyscope.server import scalars
from bathyscope.server.answers import FRESH, dashboard_of, read_integer, read_number
from bathyscope.server.curve import curve


async def scalars_of_run(request: Request) -> Response:
    """Answer with points of metrics, all or those that are new."""
    dashboard = dashboard_of(request)
    known = dashboard.catalog.get(request.path_params["id"])
    metrics = request.query_params.getlist("metric")
    after = request.query_params.get("after", "")
    columns = read_integer(request, "width", None)

    def read() -> bytes:
        if after:
            return scalars.new_points(dashboard.opened.get(known), metrics, after)
        return scalars.all_points(
            known, dashboard.opened, dashboard.series, metrics, columns=columns
        )

    body = await dashboard.quick(read)
    return Response(body, media_type=MEDIA_TYPE, headers=FRESH)


async def curve_of_metric(request: Request) -> Response:
    """Answer with what a picture needs of a range of a metric."""
    dashboard = dashboard_of(request)
    known = dashboard.catalog.get(request.path_params["id"])
    metric = request.query_params.get("metric", "")
    first, last = read_number(request, "from"), read_number(request, "to")
    columns = read_integer(request, "width", 1000)
    smoothing = read_number(request, "smoothing") or 0.0
    timed = read_integer(request, "clock", 0) == 1

    def read() -> bytes:
        # Times are read with all points; what stands out is known without them.
        seen = (
            dashboard.series.get(known, metric) if timed else dashboard.series.glance(known, metric)
        )
        found = curve(
            seen, first=first, last=last, columns=columns, smoothing=smoothing, timed=timed
        )
        return web.envelope(found)

    body = await dashboard.quick(read)
    return Response(body, media_type=MEDIA_TYPE, headers=FRESH)
