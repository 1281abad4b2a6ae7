"""The requests of the page, and what answers them. `docs/dashboard-api.md` lists them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from starlette.applications import Starlette
from starlette.routing import Route

from bathyscope.runs import parquet
from bathyscope.server import changing, maps, metrics, pages, reading, saved_copy, together
from bathyscope.server.dashboard import Dashboard
from bathyscope.server.faults import HANDLERS
from bathyscope.server.guard import Guard
from bathyscope.server.settings import Settings

ROUTES = [
    Route("/", pages.page),
    Route("/static/{name}", pages.static),
    Route("/api/palettes", pages.colors),
    Route("/api/runs", reading.runs),
    Route("/api/runs/{id}", reading.run, methods=["GET"]),
    Route("/api/runs/{id}", changing.change, methods=["POST"]),
    Route("/api/runs/{id}/figures/{entry}", reading.figure),
    Route("/api/runs/{id}/maps/{entry}", maps.figure),
    Route("/api/runs/{id}/maps/{entry}/options", maps.options),
    Route("/api/runs/{id}/maps/{entry}/colors", maps.colors),
    Route("/api/runs/{id}/maps/{entry}/pictures", maps.pictures),
    Route("/api/runs/{id}/maps/{entry}/progress", maps.progress),
    Route("/api/runs/{id}/neighbours/{entry}", maps.neighbours),
    Route("/api/runs/{id}/scalars", metrics.scalars_of_run),
    Route("/api/runs/{id}/curve", metrics.curve_of_metric),
    Route("/api/compare", together.compare),
    Route("/api/compare/{entry}", together.compared),
    Route("/api/export/{id}.html", reading.report),
    Route("/api/copy.html", saved_copy.copy),
    Route("/api/trash", changing.trash),
    Route("/api/trash/{deletion}", changing.change_trashed, methods=["POST"]),
    Route("/api/events", reading.events),
]


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
        asyncio.get_running_loop().run_in_executor(None, _prepare, dashboard)
        yield
        await dashboard.stop()

    app = Starlette(
        routes=ROUTES,
        lifespan=lifespan,
        exception_handlers=HANDLERS,  # pyright: ignore[reportArgumentType]
    )
    app.router.redirect_slashes = False
    app.state.dashboard = dashboard
    return Guard(app, settings), dashboard


def _prepare(dashboard: Dashboard) -> None:
    """Do what the first page would wait for, while nobody waits yet."""
    pages.pack_files()
    if any(row["kind"] == "run" for row in dashboard.catalog.listing()["runs"]):
        parquet.prepare()
