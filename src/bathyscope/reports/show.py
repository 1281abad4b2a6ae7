"""A whole run in a notebook: its report in a frame, and pictures where no frame is shown."""

from __future__ import annotations

import os
from typing import Any

from bathyscope.figures import Figure
from bathyscope.reports.collect import entries, still
from bathyscope.reports.write import report_page
from bathyscope.sources import OpenRun, open_source
from bathyscope.views.notebook import page_bundle
from bathyscope.views.widget import link, selection, widget

#: A notebook keeps what it shows; so a moving picture gets less room than in a report.
_FILM_BYTES = 256 << 10
#: Rooms whose first picture stands behind the frame, the most telling first.
_PICTURED = ("loss", "predictions", "features", "parameters", "overview")


class ShownRun:
    """Displays itself on the last line of a notebook's cell.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run: OpenRun) -> None:
        self.run = run

    def __repr__(self) -> str:
        return f"<{self.run.name}: {self.run.status}, {self.run.path}>"

    def pictures(self) -> tuple[Figure, ...]:
        """Give the first picture of each room, for where scripts do not run."""
        plan = entries(self.run)
        first = {entry.room: entry for entry in reversed(plan) if not entry.fault}
        return tuple(still(first[room], self.run) for room in _PICTURED if room in first)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        del include, exclude
        pictures = self.pictures()
        if not pictures:
            return {"text/plain": f"{self!r}: nothing was recorded yet"}
        linked = link(self, self._page)
        page = self._page(linked.token if linked is not None else "")
        return page_bundle(page, pictures, title=self.run.name, words=repr(self))

    def widget(self) -> Any:
        """Give the run as an anywidget; `bathyscope.views.View.widget` says what it can do.

        Raises
        ------
        MissingDependency
            If anywidget is not installed.
        """
        return widget(self, self._page)

    @property
    def selection(self) -> dict[str, list[Any]]:
        """What is selected where a notebook displays this run: kind of thing -> ids."""
        return selection(self)

    def _page(self, link: str) -> str:
        return report_page(self.run, film_bytes=_FILM_BYTES, link=link)


def show(run: OpenRun | str | os.PathLike[str]) -> ShownRun:
    """Show a whole run in a notebook: interactive where frames run, pictures elsewhere.

    It is shown as it is now; `bathyscope.view` follows runs that grow.

    Parameters
    ----------
    run : Run or path
        A run or another tool's log that was opened, or its folder.

    Returns
    -------
    ShownRun
        Displays itself on the last line of a cell.

    Examples
    --------
    >>> bs.show("runs/mnist-mlp")  # doctest: +SKIP
    """
    return ShownRun(open_source(run) if isinstance(run, (str, os.PathLike)) else run)
