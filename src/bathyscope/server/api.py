"""The requests of the page, and their answers. `docs/dashboard-api.md` lists them."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncGenerator
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bathyscope._errors import (
    DamagedFile,
    MissingDependency,
    NotRecorded,
    RunError,
    RunNotFound,
    UnknownName,
)
from bathyscope.figures import web
from bathyscope.figures.web.blobs import inline
from bathyscope.figures.web.encode import encode
from bathyscope.figures.web.envelope import MEDIA_TYPE
from bathyscope.figures.web.page import STATIC, built
from bathyscope.figures.web.palette import palettes
from bathyscope.server import actions, comparing, exports, scalars
from bathyscope.server.curve import curve
from bathyscope.server.dashboard import Dashboard, json_bytes
from bathyscope.server.flights import Answer
from bathyscope.server.guard import Guard
from bathyscope.server.known import Known
from bathyscope.server.refusal import Refusal
from bathyscope.server.settings import Settings

_FRESH = {"cache-control": "no-store"}
_YEAR = "private, max-age=31536000, immutable"


def make_app(settings: Settings) -> tuple[Guard, Dashboard]:
    """Make the whole server, guarded, and give its state beside it.

    Parameters
    ----------
    settings : Settings
    """
    dashboard = Dashboard(settings)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        del app
        await dashboard.start()
        yield
        await dashboard.stop()

    app = Starlette(
        routes=ROUTES,
        lifespan=lifespan,
        exception_handlers={  # pyright: ignore[reportArgumentType]
            HTTPException: _http_error,
            Refusal: _refused,
            RunNotFound: _not_found,
            UnknownName: _not_found,
            NotRecorded: _not_found,
            DamagedFile: _damaged,
            MissingDependency: _missing,
            RunError: _in_the_way,
            Exception: _failed,
            ValueError: _wrong,
        },
    )
    app.router.redirect_slashes = False
    app.state.dashboard = dashboard
    return Guard(app, settings), dashboard


# The page


async def _page(request: Request) -> Response:
    del request
    text = web.live_page()
    return Response(text, media_type="text/html", headers=_FRESH)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in STATIC:  # a name of the table, never a path
        raise HTTPException(404)
    return Response(built(name), media_type=STATIC[name], headers={"cache-control": _YEAR})


# Reading


async def _palettes(request: Request) -> Response:
    content = json_bytes(encode(palettes(), inline))
    return await _tagged(request, "palettes", 0, lambda: content, media_type="application/json")


async def _runs(request: Request) -> Response:
    dashboard = _dashboard(request)
    since = _integer(request, "since", 0)
    catalog = dashboard.catalog
    dashboard.look_now()
    return await _tagged(
        request,
        ("runs", since),
        catalog.version,
        lambda: json_bytes({**catalog.listing(since), "read_only": dashboard.settings.read_only}),
        media_type="application/json",
    )


async def _run(request: Request) -> Response:
    dashboard = _dashboard(request)
    known = dashboard.catalog.get(request.path_params["id"])
    dashboard.check_soon(known)
    return await _tagged(
        request,
        ("run", known.id),
        known.version,
        lambda: json_bytes(dashboard.rooms.describe(known)),
        media_type="application/json",
    )


async def _figure(request: Request) -> Response:
    dashboard = _dashboard(request)
    known = dashboard.catalog.get(request.path_params["id"])
    name, dot, ending = request.path_params["entry"].partition(".")
    if dot:
        return await _picture(request, known, name, f".{ending}")
    step = _integer(request, "step", None)
    version = dashboard.rooms.version(known, name)
    return await _tagged(
        request,
        ("figure", known.id, name, step),
        version,
        lambda: web.figure_envelope(dashboard.rooms.figure(known, name, step)),
        media_type=MEDIA_TYPE,
        is_slow=True,
    )


async def _picture(request: Request, known: Known, name: str, ending: str) -> Response:
    _check_ending(ending)
    dashboard = _dashboard(request)
    step = _integer(request, "step", None)
    theme = request.query_params.get("theme", "light")

    def draw() -> bytes:
        return exports.export_picture(dashboard.rooms, known, name, ending, step=step, theme=theme)

    body = await dashboard.slow(draw)
    at = "" if step is None else f"-step-{step}"
    return _file(body, f"{known.row['name']}-{name}{at}{ending}", exports.KINDS[ending])


async def _report(request: Request) -> Response:
    dashboard = _dashboard(request)
    known = dashboard.catalog.get(request.path_params["id"])
    answer = await dashboard.slow_answer(
        ("report", known.id),
        known.version,
        lambda: exports.export_run(dashboard.opened, known),
    )
    return _file(answer.body, f"{known.row['name']}.html", exports.KINDS[".html"])


async def _scalars(request: Request) -> Response:
    dashboard = _dashboard(request)
    known = dashboard.catalog.get(request.path_params["id"])
    metrics = request.query_params.getlist("metric")
    after = request.query_params.get("after", "")

    def read() -> bytes:
        if after:
            return scalars.new_points(dashboard.opened.get(known), metrics, after)
        return scalars.all_points(known, dashboard.opened, dashboard.series, metrics)

    body = await dashboard.quick(read)
    return Response(body, media_type=MEDIA_TYPE, headers=_FRESH)


async def _curve(request: Request) -> Response:
    dashboard = _dashboard(request)
    known = dashboard.catalog.get(request.path_params["id"])
    metric = request.query_params.get("metric", "")
    first, last = _number(request, "from"), _number(request, "to")
    columns = _integer(request, "width", 1000)

    def read() -> bytes:
        kept = dashboard.series.get(known, metric)
        return web.envelope(curve(kept, first=first, last=last, columns=columns))

    body = await dashboard.quick(read)
    return Response(body, media_type=MEDIA_TYPE, headers=_FRESH)


async def _events(request: Request) -> Response:
    dashboard = _dashboard(request)
    last = request.headers.get("last-event-id", "")
    since = int(last) if last.isdigit() else _integer(request, "since", 0)
    catalog = dashboard.catalog
    # A page that has seen nothing yet asks for everything itself.
    missed = catalog.changed_since(since or catalog.version)
    only = frozenset(request.query_params.getlist("run"))
    dashboard.look_now()
    return StreamingResponse(
        dashboard.hub.stream(missed, only),
        media_type="text/event-stream",
        headers={**_FRESH, "x-accel-buffering": "no"},
    )


async def _compare(request: Request) -> Response:
    dashboard = _dashboard(request)
    runs = comparing.runs_of(dashboard.catalog, request.query_params.get("runs", ""))
    return await _tagged(
        request,
        ("compare", *(known.id for known in runs)),
        comparing.version_of(runs),
        lambda: json_bytes(comparing.compared_entries(dashboard.opened, runs)),
        media_type="application/json",
        is_slow=True,
    )


async def _compared(request: Request) -> Response:
    dashboard = _dashboard(request)
    runs = comparing.runs_of(dashboard.catalog, request.query_params.get("runs", ""))
    name, dot, ending = request.path_params["entry"].partition(".")
    choices = comparing.read_choices(request.query_params)
    if dot:
        return await _compared_file(request, runs, name, f".{ending}")
    return await _tagged(
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
    _check_ending(ending)
    opened = _dashboard(request).opened
    choices = comparing.read_choices(request.query_params)
    theme = request.query_params.get("theme", "light")

    def write() -> bytes:
        if ending == ".csv":
            return comparing.compared_table(opened, runs, name, choices)
        figure = comparing.compared_figure(opened, runs, name, choices)
        return exports.write_figure(figure, ending, theme=theme)

    body = await _dashboard(request).slow(write)
    return _file(body, f"{len(runs)}-runs-{name}{ending}", exports.KINDS[ending])


# Changing


async def _change(request: Request) -> Response:
    dashboard = _dashboard(request)
    change = actions.read_change(await request.body())
    run = request.path_params["id"]
    try:
        await dashboard.quick(actions.change_run, dashboard.catalog, run, change)
    except TypeError as error:
        raise ValueError(str(error)) from error
    dashboard.look_now()
    return Response(json_bytes({"id": run}), media_type="application/json", headers=_FRESH)


async def _trash(request: Request) -> Response:
    dashboard = _dashboard(request)
    found = await dashboard.quick(actions.trashed_rows, dashboard.settings.root)
    return Response(json_bytes({"runs": found}), media_type="application/json", headers=_FRESH)


# Helpers


def _dashboard(request: Request) -> Dashboard:
    return request.app.state.dashboard


async def _tagged(
    request: Request,
    key: Any,
    version: int,
    work: Any,
    *,
    media_type: str,
    is_slow: bool = False,
) -> Response:
    """Answer with bytes that are computed once, or say that the page has them already."""
    dashboard = _dashboard(request)
    compute = dashboard.slow_answer if is_slow else dashboard.quick_answer
    answer: Answer = await compute(key, version, work)
    headers = {"etag": f'"{answer.tag}"', "cache-control": "private, no-cache"}
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(answer.body, media_type=media_type, headers=headers)


def _check_ending(ending: str) -> None:
    if ending not in exports.KINDS:
        raise ValueError(f"A picture must end in {', '.join(exports.KINDS)}; got {ending[:40]!r}.")


def _file(body: bytes, name: str, media_type: str) -> Response:
    headers = {**_FRESH, "content-disposition": exports.attachment(name)}
    return Response(body, media_type=media_type, headers=headers)


def _integer(request: Request, name: str, default: Any) -> Any:
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"`{name}` must be a whole number; got {text[:60]!r}.") from None


def _number(request: Request, name: str) -> float | None:
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


def _error(status: int, reason: str) -> Response:
    content = json_bytes({"error": reason})
    return Response(content, status, media_type="application/json", headers=_FRESH)


async def _http_error(request: Request, error: HTTPException) -> Response:
    del request
    words = {
        404: "The address must be one of docs/dashboard-api.md; there is nothing here.",
        405: "This address cannot be asked in this way; docs/dashboard-api.md says how.",
    }
    return _error(error.status_code, words.get(error.status_code, error.detail))


async def _refused(request: Request, error: Refusal) -> Response:
    del request
    return _error(error.status, str(error))


async def _not_found(request: Request, error: Exception) -> Response:
    del request
    return _error(404, str(error))


async def _damaged(request: Request, error: Exception) -> Response:
    del request
    return _error(500, str(error))


async def _wrong(request: Request, error: Exception) -> Response:
    del request
    return _error(400, str(error))


async def _missing(request: Request, error: Exception) -> Response:
    del request
    return _error(501, str(error))


async def _in_the_way(request: Request, error: Exception) -> Response:
    del request
    return _error(409, str(error))


async def _failed(request: Request, error: Exception) -> Response:
    del request
    return _error(500, f"{type(error).__name__}: {error}")


ROUTES = [
    Route("/", _page),
    Route("/static/{name}", _static),
    Route("/api/palettes", _palettes),
    Route("/api/runs", _runs),
    Route("/api/runs/{id}", _run, methods=["GET"]),
    Route("/api/runs/{id}", _change, methods=["POST"]),
    Route("/api/runs/{id}/figures/{entry}", _figure),
    Route("/api/runs/{id}/scalars", _scalars),
    Route("/api/runs/{id}/curve", _curve),
    Route("/api/compare", _compare),
    Route("/api/compare/{entry}", _compared),
    Route("/api/export/{id}.html", _report),
    Route("/api/trash", _trash),
    Route("/api/events", _events),
]
