"""What every view is: named arrays that were computed, and the surfaces that draw them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence, Sized
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from bathyscope._optional import require
from bathyscope.figures.color import Theme
from bathyscope.figures.figure import Figure

Room = Literal["overview", "parameters", "loss", "features", "predictions"]
ROOMS: tuple[Room, ...] = ("overview", "parameters", "loss", "features", "predictions")

#: Longer texts are no part of what a view is in a few words.
_LONGEST_TOLD = 40


class RunData(Protocol):
    """What a view may ask of a run (`bathyscope.runs.Run` answers)."""

    @property
    def name(self) -> str:
        """What the run is called."""
        ...

    @property
    def config(self) -> Mapping[str, Any]:
        """What the run was set to."""
        ...

    def scalar_names(self) -> tuple[str, ...]:
        """Names of the recorded scalars."""
        ...

    def scalars(self, name: str) -> Any:
        """One scalar by step: ``.steps`` (int64), ``.values`` and ``.times``, of shape (n,)."""
        ...

    def scalars_all(self, name: str) -> Any:
        """One scalar by step, also the values that were replaced at their step later."""
        ...

    def array_groups(self) -> tuple[str, ...]:
        """Names of the groups of arrays."""
        ...

    def array_steps(self, group: str) -> tuple[int, ...]:
        """Steps at which a group was recorded."""
        ...

    def arrays(self, group: str, *, step: int = -1) -> Mapping[str, NDArray[Any]]:
        """Arrays of a group at a step, by key; -1 is the last step."""
        ...

    def table_names(self) -> tuple[str, ...]:
        """Names of the recorded tables."""
        ...

    def table_steps(self, name: str) -> tuple[int, ...]:
        """Steps at which a table was recorded."""
        ...

    def table(self, name: str, *, step: int = -1) -> Mapping[str, NDArray[Any]]:
        """Columns of a table at a step, each of shape (n_rows,); -1 is the last step."""
        ...

    def events(self, kind: str | None = None) -> Sequence[Mapping[str, Any]]:
        """What happened, in order: all events, or those of one kind."""
        ...

    def resolve_step(self, step: int, steps: Sequence[int], *, what: str) -> int:
        """Find a step among those recorded: exact, or counted from the end if negative."""
        ...


@dataclass(frozen=True)
class Offer:
    """One picture a run can show without being asked.

    Parameters
    ----------
    title : str
        Heading in a report or a dashboard.
    options : mapping
        Keyword arguments for the view's ``from_run``, or ``from_runs`` where it compares runs.
    steps : tuple of int
        The recorded steps it can show; empty for pictures of the whole run.
    """

    title: str
    options: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[int, ...] = ()


class View(ABC):
    """Base of all views: a frozen dataclass of named arrays that can draw itself anywhere.

    A view computes nothing when drawn and takes no style when computed. A subclass adds its
    fields, `figure` and `columns`; ``from_model``, ``from_run`` and ``from_runs`` where they make
    sense; and `offers` and `compares`, by which reports and dashboards find out what a run, or
    several runs, can show.
    """

    #: Set by `register`.
    view_name: ClassVar[str] = ""
    room: ClassVar[Room] = "overview"
    place: ClassVar[int] = 100

    @abstractmethod
    def figure(self) -> Figure:
        """Say what to draw, as marks."""

    @abstractmethod
    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Give the numbers as named columns of equal length."""

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Yield the pictures this run can show. By default none."""
        del run
        return iter(())

    @classmethod
    def compares(cls, runs: Sequence[RunData]) -> Iterator[Offer]:
        """Yield the pictures these runs can show together. By default none."""
        del runs
        return iter(())

    def plot(self, ax: Any = None, *, theme: Theme = "light") -> Any:
        """Draw with matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; its place is divided if the figure has several panels.
        theme : {"light", "dark"}

        Returns
        -------
        matplotlib.axes.Axes or list of them
            One per panel.
        """
        from bathyscope.figures import mpl

        return mpl.draw(self.figure(), ax=ax, theme=theme)

    def plotly(self, *, theme: Theme = "light") -> Any:
        """Draw with Plotly: a ``plotly.graph_objects.Figure``."""
        require("plotly", extra="plotly", caller=f"{type(self).__name__}.plotly")
        from bathyscope.figures import plotly

        return plotly.draw(self.figure(), theme=theme)

    def html(self) -> str:
        """Draw as one self-contained, interactive HTML page."""
        from bathyscope.figures import web

        return web.page(self.figure())

    def save(self, path: str | Path, *, theme: Theme = "light", dpi: int = 150) -> Path:
        """Write to a file; its ending says what: .png, .svg, .pdf, .html, .json or .csv.

        Returns
        -------
        pathlib.Path
            The file written.
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending not in SAVERS:
            raise ValueError(f"`path` must end in one of {', '.join(SAVERS)}; got {target.name!r}.")
        target.parent.mkdir(parents=True, exist_ok=True)
        SAVERS[ending](self, target, theme, dpi)
        return target

    def to_frame(self) -> Any:
        """Give the numbers as a ``pandas.DataFrame``."""
        pandas = require("pandas", extra="frame", caller=f"{type(self).__name__}.to_frame")
        return pandas.DataFrame({name: np.asarray(c) for name, c in self.columns().items()})

    def widget(self) -> Any:
        """Give this view as an anywidget, for layouts of widgets and to observe the selection.

        Returns
        -------
        anywidget.AnyWidget
            With ``.selection``, ``.selected_ids(kind)`` and ``.select(kind, ids)``.

        Raises
        ------
        MissingDependency
            If anywidget is not installed.
        """
        from bathyscope.views.widget import widget

        return widget(self, self._page)

    @property
    def selection(self) -> dict[str, list[Any]]:
        """What is selected where a notebook displays this view: kind of thing -> ids.

        It needs anywidget; without it, and where nothing is displayed, it is empty.
        """
        from bathyscope.views.widget import selection

        return selection(self)

    def __repr__(self) -> str:
        told = (_told(held, getattr(self, held.name)) for held in fields(cast(Any, self)))
        return f"<{type(self).__name__}: {', '.join(filter(None, told)) or 'as by default'}>"

    def _page(self, link: str) -> str:
        from bathyscope.figures import web

        return web.page(self.figure(), link=link)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Display in a notebook: interactive where scripts run, a picture elsewhere."""
        del include, exclude
        from bathyscope.views.notebook import mimebundle
        from bathyscope.views.widget import link

        linked = link(self, self._page)
        name = linked.token if linked is not None else ""
        return mimebundle(self.figure(), kind=type(self).__name__, link=name)


def _told(held: Field[Any], value: Any) -> str:
    """Say in a few words what a field of a view holds; nothing of what is as by default."""
    if isinstance(value, np.ndarray):
        return f"{held.name} {value.shape}"
    if isinstance(value, (str, bool, int, float)):
        is_telling = value != held.default and len(str(value)) <= _LONGEST_TOLD
        written = f"{value:.6g}" if isinstance(value, float) else repr(value)
        return f"{held.name}={written}" if is_telling else ""
    if isinstance(value, Sized):
        return f"{held.name} ({len(value):,})" if value else ""
    return ""


def _save_picture(view: View, path: Path, theme: Theme, dpi: int) -> None:
    from bathyscope.figures import mpl

    mpl.save(view.figure(), path, theme=theme, dpi=dpi)


def _save_html(view: View, path: Path, theme: Theme, dpi: int) -> None:
    del theme, dpi
    path.write_text(view.html(), encoding="utf-8")


def _save_json(view: View, path: Path, theme: Theme, dpi: int) -> None:
    del theme, dpi
    from bathyscope.figures import web

    path.write_text(web.to_json(view.figure()), encoding="utf-8")


def _save_csv(view: View, path: Path, theme: Theme, dpi: int) -> None:
    del theme, dpi
    view.to_frame().to_csv(path, index=False)


SAVERS = {
    ".png": _save_picture,
    ".svg": _save_picture,
    ".pdf": _save_picture,
    ".html": _save_html,
    ".json": _save_json,
    ".csv": _save_csv,
}

_REGISTRY: dict[str, type[View]] = {}


def register(*, room: Room, place: int = 100) -> Any:
    """Class decorator: make a view known to reports, dashboards, models and runs.

    The view's name is its class name in snake case (``ConfusionMatrix`` is
    ``confusion_matrix``), which is also the name of its file and of its function of arrays.

    Parameters
    ----------
    room : str
        Where people look for it.
    place : int
        Its place in the room; views of equal place stand in the order of their names.
    """
    if room not in ROOMS:
        raise ValueError(f"`room` must be one of {', '.join(ROOMS)}; got {room!r}.")

    def enter(view: type[View]) -> type[View]:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", view.__name__).lower()
        view.view_name, view.room, view.place = name, room, place
        view.__repr__ = View.__repr__  # that of a dataclass lists every array
        _REGISTRY[name] = view
        return view

    return enter


def registry() -> dict[str, type[View]]:
    """All views by name, in the order in which a person walks through the rooms."""
    return dict(sorted(_REGISTRY.items(), key=_place))


def _place(item: tuple[str, type[View]]) -> tuple[int, int, str]:
    name, view = item
    return ROOMS.index(view.room), view.place, name
