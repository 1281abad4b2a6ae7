"""Pictures, numbers and whole runs as files to take away."""

from __future__ import annotations

import re
import tempfile
import threading
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from bathyscope.figures import Figure, web
from bathyscope.reports import write_report
from bathyscope.server.known import Known
from bathyscope.server.opened import OpenedRuns
from bathyscope.server.rooms import Rooms
from bathyscope.views._choosing import Choice

#: What a picture may be taken away as: its ending -> what that is.
KINDS = {
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".csv": "text/csv",
    ".json": "application/json",
}
#: matplotlib keeps its settings in one place for all threads.
_DRAWING = threading.Lock()


def export_picture(
    rooms: Rooms,
    known: Known,
    entry: str,
    ending: str,
    *,
    step: int | None,
    theme: str,
    choice: Choice | None = None,
) -> bytes:
    """Write one picture of a run as a file.

    Parameters
    ----------
    rooms : Rooms
    known : Known
    entry : str
        Id of the picture.
    ending : str
        One of `KINDS`.
    step : int, optional
        By default the last one.
    theme : {"light", "dark"}
        Of PNG, SVG and PDF.
    choice : Choice, optional
        Of a picture of samples, which of them.

    Raises
    ------
    MissingDependency
        For CSV, if pandas is not there.
    """
    rooms.read_all(known)
    if ending == ".csv":
        return rooms.view(known, entry, step).to_frame().to_csv(index=False).encode()
    # A file has nobody to ask for others: without a choice it holds what a report does.
    asked = choice if choice is not None and choice.text else None
    return write_figure(rooms.figure(known, entry, step, asked), ending, theme=theme)


def write_figure(figure: Figure, ending: str, *, theme: str) -> bytes:
    """Write a figure as a file that is no CSV."""
    if theme not in ("light", "dark"):
        raise ValueError(f"`theme` must be light or dark; got {theme[:40]!r}.")
    if ending == ".json":
        return web.to_json(figure).encode()
    if ending == ".html":
        return web.page(figure).encode()
    from bathyscope.figures import mpl  # takes a while, and the page does without

    look: Literal["light", "dark"] = "dark" if theme == "dark" else "light"
    with tempfile.TemporaryDirectory() as folder, _DRAWING:
        return mpl.save(figure, Path(folder) / f"view{ending}", theme=look).read_bytes()


def export_run(opened: OpenedRuns, known: Known) -> bytes:
    """Write a whole run as one HTML file."""
    run = opened.whole(known)
    with tempfile.TemporaryDirectory() as folder:
        return write_report(run, Path(folder) / "report.html").read_bytes()


def attachment(name: str) -> str:
    """Give the header by which a browser keeps an answer as a file and never shows it."""
    plain = re.sub(r"[^A-Za-z0-9._]+", "-", name)
    return f"attachment; filename=\"{plain[:100]}\"; filename*=UTF-8''{quote(name[:200], safe='')}"
