"""Finds a free port, starts the server, and stops it cleanly."""

from __future__ import annotations

import socket
from collections.abc import Callable
from types import FrameType

from bathyscope._optional import require
from bathyscope.server.settings import PORT, Settings

#: Pages that may be waiting to be let in at once.
_BACKLOG = 512


def listen(host: str, port: int | None) -> socket.socket:
    """Take a port: the one that is asked for, else 6100 if it is free, else any.

    Raises
    ------
    OSError
        If the port is taken, or the address is not one of this machine.
    """
    wanted = [PORT, 0] if port is None else [port]
    for attempt in wanted:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        taken = socket.socket(family, socket.SOCK_STREAM)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((host, attempt))
            taken.listen(_BACKLOG)  # until somebody listens, two may be bound to a port
        except OSError as error:
            taken.close()
            if attempt != wanted[-1]:
                continue
            raise OSError(
                f"`--host {host} --port {attempt}` must be free to listen on; the system says: "
                f"{error.strerror or error}. Choose another port, or leave `--port` out."
            ) from error
        return taken
    raise AssertionError("one attempt always ends the loop")


def serve(settings: Settings, taken: socket.socket, *, ready: Callable[[], None]) -> None:
    """Serve until the process is asked to stop.

    Parameters
    ----------
    settings : Settings
    taken : socket
        That `listen` gave.
    ready : callable
        Called once when pages can be asked for.
    """
    uvicorn = require("uvicorn", extra="view", caller="bathyscope view")
    require("starlette", extra="view", caller="bathyscope view")
    from bathyscope.server.api import make_app

    app, dashboard = make_app(settings)

    class Server(uvicorn.Server):  # type: ignore[misc, name-defined]
        """Ends the streams of events first: they would never end by themselves."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                ready()

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            dashboard.end()
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        app,
        lifespan="on",
        ws="none",
        # Addresses hold tokens, and nobody reads a log of a page of one's own.
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        backlog=_BACKLOG,
    )
    Server(config).run(sockets=[taken])
