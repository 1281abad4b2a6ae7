"""Loss and other metrics over the training, as curves and as scatter plots."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, Figure, Ids, Line, Mark, Panel, Points
from bathyscope.figures.color import CATEGORICAL
from bathyscope.views._curves import counter_of, curves_of_runs
from bathyscope.views._metric_series import (
    MetricSeries,
    check_known,
    metric_names,
    offers_of,
    series_from,
    split_name,
)
from bathyscope.views._ranks import shared_names
from bathyscope.views._runs import run_labels
from bathyscope.views._words import (
    check_choice,
    count_text,
    listing,
    sentences,
    time_unit,
)
from bathyscope.views.base import Offer, RunData, View, register

Style = Literal["curve", "scatter", "both"]
Horizontal = Literal["epoch", "step", "time"]

#: At most so many metrics side by side.
PANELS = 24
#: At most so many metrics are offered to a report one by one.
OFFERS = 12
#: Offered curves of more points than this are smoothed, with the raw values behind them.
_MANY_POINTS = 300
_DASHES: dict[str, Literal["solid", "dash", "dot"]] = {
    "training": "solid", "validation": "dash", "test": "dot", "evaluation": "dash",
}  # fmt: skip
_ORDER = tuple(_DASHES)
_TONES = {"training": 0, "validation": 1, "test": 2, "evaluation": 1}


@register(room="loss", place=10)
@dataclass(frozen=True, eq=False)
class Metrics(View):
    """Metrics over the training, those of one name on different data in one panel.

    Parameters
    ----------
    series : tuple of MetricSeries
        One per metric and run.
    x : {"epoch", "step", "time"}, optional
        Epochs completed, optimizer steps done, or the time since the first value of the run. By
        default epochs where they are known for every series, else steps.
    style : {"curve", "scatter", "both"}
    smoothing : float
        0: none. Up to (not including) 1: weight of the past in an exponential moving average; the
        raw values stay visible behind it.
    log : bool
        Logarithmic y axis.
    note : str
        What was left out.

    Examples
    --------
    >>> from bathyscope import views
    >>> view = views.metrics({"loss": [0.9, 0.5], "val_loss": [1.0, 0.7], "accuracy": [0.6, 0.8]})
    >>> [panel.title for panel in view.figure().panels]
    ['loss', 'accuracy']
    """

    series: tuple[MetricSeries, ...]
    x: Horizontal | None = None
    style: Style = "curve"
    smoothing: float = 0.0
    log: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        check_choice("style", self.style, ("curve", "scatter", "both"))
        if self.x is not None:
            check_choice("x", self.x, ("epoch", "step", "time"))
        if not 0 <= self.smoothing < 1:
            raise ValueError(f"`smoothing` must lie in [0, 1); got {self.smoothing}.")
        for series in self.series:
            _check_place(series, self.x)

    @classmethod
    def from_run(
        cls,
        run: RunData,
        names: str | Sequence[str] | None = None,
        *,
        compare: Sequence[RunData] = (),
        x: Horizontal | None = None,
        style: Style = "curve",
        smoothing: float = 0.0,
        log: bool = False,
    ) -> Metrics:
        """Show the metrics a run recorded.

        Parameters
        ----------
        run : bathyscope.runs.Run
        names : str or sequence of str, optional
            By default all metrics.
        compare : sequence of Run
            More runs, drawn over the first one.
        x, style, smoothing, log
            As the fields of this class.

        Raises
        ------
        UnknownName
            If no run has a metric of that name.
        NotRecorded
            If the run holds no metrics, or no epochs where ``x`` asks for them.
        """
        runs = (run, *compare)
        return cls.from_runs(runs, names, x=x, style=style, smoothing=smoothing, log=log)

    @classmethod
    def from_runs(
        cls,
        runs: Sequence[RunData],
        names: str | Sequence[str] | None = None,
        *,
        x: Horizontal | None = None,
        style: Style = "curve",
        smoothing: float = 0.0,
        log: bool = False,
    ) -> Metrics:
        """Show the metrics of several runs, drawn over each other. See `from_run`."""
        if not runs:
            raise ValueError("`runs` must hold at least one run; got none.")
        wanted = [names] if isinstance(names, str) else names
        if wanted is not None and not wanted:
            raise ValueError(
                "`names` must name at least one metric; got none. Leave it out for all."
            )
        check_known(wanted or (), runs)
        labels = run_labels(runs)
        called = dict(zip(labels, runs, strict=True))
        found = curves_of_runs(
            called, wanted, smoothing=smoothing, log=log, scattered=style != "curve",
            timed=x == "time",
        )  # fmt: skip
        series = tuple(item for items in found for item in items)
        if not series:
            raise NotRecorded(
                f"{listing(labels)} must hold metrics; none was recorded. "
                "Record them with `run.log({'loss': ...})`."
            )
        bare = [label for label, items in zip(labels, found, strict=True) if not items]
        note = sentences(
            [f"Without these metrics: {listing(bare)}." if bare else "", _ranks_text(runs, series)]
        )
        return cls(series, x, style, smoothing, log, note)

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer each metric, on all data it was measured on; the loss first."""
        count = counter_of(run)
        yield from offers_of(
            _by_base(metric_names(run)),
            _heading,
            lambda names: _offer_options(names, count),
            most=OFFERS,
            drawn=PANELS,
        )

    @classmethod
    def compares(cls, runs: Sequence[RunData]) -> Iterator[Offer]:
        """Offer the metrics of several runs, drawn over each other; the loss first."""
        yield from offers_of(
            _by_base(name for run in runs for name in metric_names(run)),
            lambda base, names: f"{_heading(base, names)}, each run",
            lambda names: {"names": tuple(names)},
            most=OFFERS,
            drawn=PANELS,
        )

    def figure(self) -> Figure:
        """Draw one panel per metric."""
        groups: dict[str, list[MetricSeries]] = {}
        for series in self.series:
            groups.setdefault(series.base.lower(), []).append(series)
        shown = list(groups.values())[:PANELS]
        panels = [self._panel(items, titled=len(shown) > 1) for items in shown]
        n_runs = len(self._runs())
        title = _what(groups, whose=f" of {n_runs} runs" if n_runs > 1 else "")
        return Figure(title, tuple(panels), min(len(panels), 2), self._figure_note(groups))

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Give one row per value; ``epoch`` and ``time`` are NaN where they are not known."""
        parts = [_rows(series.all_points(), self.smoothing) for series in self.series]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _runs(self) -> list[str]:
        return list(dict.fromkeys(series.run for series in self.series))

    def _start(self, run: str) -> float:
        """Time of the first value of a run, whatever the metric."""
        times = [item.times for item in self.series if item.run == run and item.times is not None]
        return min(float(part[0]) for part in times)

    def _figure_note(self, groups: Mapping[str, Any]) -> str:
        smoothed = (
            f"Smoothed: exponential moving average with weight {self.smoothing:g} on the past, "
            "corrected for its start; the raw values are drawn pale."
            if self.smoothing
            else ""
        )
        left_out = list(groups)[PANELS:]
        more = f"Not shown: {listing(left_out)}. Choose with `names`." if left_out else ""
        n_runs = len(self._runs())
        colors = f"Colours repeat after {len(CATEGORICAL)} of {n_runs} runs."
        return sentences([smoothed, more, colors if n_runs > len(CATEGORICAL) else "", self.note])

    def _panel(self, group: Sequence[MetricSeries], *, titled: bool) -> Panel:
        group = sorted(group, key=lambda item: _ORDER.index(item.split))
        axis, places = self._horizontal(group)
        marks = [
            mark
            for item, at in zip(group, places, strict=True)
            for mark in self._marks(item, at, group)
        ]
        base = group[0].base
        y = Axis(base, scale="log" if self.log else "linear")
        note = sentences(
            [
                *map(_nonfinite_text, group),
                self._log_text(group),
                *dict.fromkeys(item.left_out_text() for item in group),
            ]
        )
        return Panel(tuple(marks), x=axis, y=y, title=base if titled else "", note=note)

    def _horizontal(self, group: Sequence[MetricSeries]) -> tuple[Axis, list[NDArray[np.float64]]]:
        kind = self.x or _common_place(self.series)
        if kind == "time":
            since = [item.times - self._start(item.run) for item in group if item.times is not None]
            longest = max(float(part.max()) for part in since)
            unit, seconds = time_unit(longest)
            return Axis("time since the run's first value", unit), [
                part / seconds for part in since
            ]
        if kind == "epoch":
            return Axis("epoch", integers=True), [
                item.epochs for item in group if item.epochs is not None
            ]
        return Axis("step", integers=True), [item.steps.astype(np.float64) for item in group]

    def _marks(
        self, item: MetricSeries, at: NDArray[np.float64], group: Sequence[MetricSeries]
    ) -> Iterator[Mark]:
        label, tone, dash = self._look(item, group)
        drawn = ~(item.values <= 0) if self.log else slice(None)
        x, y, ids = at[drawn], item.values[drawn], Ids("step", item.steps[drawn])
        whole = Ids("run", np.array([item.run])) if len(self._runs()) > 1 else ids
        if self.style != "curve":
            yield Points(x, y, label=label, tone=tone, ids=ids)
        smooth = item.average(self.smoothing)[drawn] if self.smoothing else None
        if self.style == "curve" or (self.style == "both" and smooth is None):
            markers = False if self.style == "both" or smooth is not None else None
            faint = smooth is not None
            yield Line(x, y, label, tone, dash=dash, faint=faint, markers=markers, ids=whole)
        if smooth is not None:
            yield Line(x, smooth, label, tone, dash=dash, markers=False, ids=whole)

    def _look(
        self, item: MetricSeries, group: Sequence[MetricSeries]
    ) -> tuple[str, int, Literal["solid", "dash", "dot"]]:
        """Name, colour and dash: colour tells runs apart if there are several, else the data."""
        runs = self._runs()
        if len(runs) == 1:
            said_by_the_axis = len(group) == 1 and item.name == item.base
            label = "" if said_by_the_axis else item.name
            return label, _tones(group)[item.name], _DASHES[item.split]
        several = len({other.name for other in group}) > 1
        label = f"{item.run}: {item.name}" if several else item.run
        return label, runs.index(item.run), _DASHES[item.split]

    def _log_text(self, group: Sequence[MetricSeries]) -> str:
        hidden = sum(item.count_not_positive() for item in group) if self.log else 0
        if not hidden:
            return ""
        return f"{count_text(hidden, 'value')} at or below 0 cannot be drawn on a logarithmic axis."


def _tones(group: Sequence[MetricSeries]) -> dict[str, int]:
    """Give each metric a colour: that of what it was measured on, where it is the first of them."""
    found: dict[str, int] = {}
    free = itertools.count(max(_TONES.values()) + 1)
    for item in group:
        wanted = _TONES[item.split]
        found[item.name] = next(free) if wanted in found.values() else wanted
    return found


def metrics(
    values: Any,
    *,
    x: Horizontal | None = None,
    style: Style = "curve",
    smoothing: float = 0.0,
    log: bool = False,
) -> Metrics:
    """Show loss and other metrics.

    Parameters
    ----------
    values : mapping, or what ``keras.Model.fit`` returns
        Names with values: either a list of one value per epoch, or a tuple (steps, values).
        ``val_loss`` shares a panel with ``loss``. A name ``epoch`` gives the epochs completed.
        Several runs: a mapping of run names to such mappings.
    x, style, smoothing, log
        As the fields of `Metrics`.

    Raises
    ------
    ValueError
        If there are no values, or fewer or more of them than steps.
    TypeError
        If this is not a mapping.

    Examples
    --------
    >>> from bathyscope import views
    >>> view = views.metrics({"loss": ([10, 20], [0.9, 0.5])}, style="scatter")
    >>> view.columns()["step"].tolist()
    [10, 20]
    """
    return Metrics(series_from(values), x, style, smoothing, log)


def _check_place(series: MetricSeries, x: Horizontal | None) -> None:
    missing = (x == "epoch" and series.epochs is None) or (x == "time" and series.times is None)
    if missing:
        what = "the epochs" if x == "epoch" else "the times"
        raise NotRecorded(
            f"`x={x!r}` needs {what} of `{series.name}`; they are not known. Choose `x='step'`."
        )


def _common_place(series: Sequence[MetricSeries]) -> Horizontal:
    return "epoch" if all(item.epochs is not None for item in series) else "step"


def _what(groups: Mapping[str, Sequence[MetricSeries]], *, whose: str) -> str:
    if len(groups) > 1:
        return f"Metrics{whose}"
    base, items = next(iter(groups.items()))
    return _heading(base, [item.name for item in items], whose=whose)


def _by_base(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Put metrics together that measure the same on different data."""
    groups: dict[str, dict[str, None]] = {}
    for name in names:
        groups.setdefault(split_name(name)[0].lower(), {})[name] = None
    return {base: tuple(group) for base, group in groups.items()}


def _heading(base: str, names: Sequence[str], *, whose: str = "") -> str:
    words = base.replace("_", " ").replace("/", " ")
    title = words[:1].upper() + words[1:] + whose
    splits = sorted({split_name(name)[1] for name in names}, key=_ORDER.index)
    return f"{title}: {', '.join(splits)}" if len(splits) > 1 else title


def _offer_options(names: Sequence[str], count: Callable[[str], int]) -> dict[str, Any]:
    if max(map(count, names)) > _MANY_POINTS:
        return {"names": tuple(names), "smoothing": 0.9}
    return {"names": tuple(names), "style": "both"}


def _ranks_text(runs: Sequence[RunData], series: Sequence[MetricSeries]) -> str:
    """Say whose values are drawn of metrics that several ranks recorded."""
    shared = {name for run in runs for name in shared_names(run)}
    if not shared & {item.name for item in series}:
        return ""
    return (
        "Of a step that several ranks recorded, the value of the rank that joined last is drawn; "
        "`rank_metrics` draws each rank."
    )


def _nonfinite_text(series: MetricSeries) -> str:
    who = f"{series.run}, {series.name}" if series.run else series.name
    return series.nonfinite_text(who)


def _rows(series: MetricSeries, smoothing: float) -> dict[str, NDArray[Any]]:
    unknown = np.full(len(series.steps), np.nan)
    rows: dict[str, NDArray[Any]] = {
        "run": np.full(len(series.steps), series.run),
        "metric": np.full(len(series.steps), series.name),
        "step": series.steps,
        "epoch": unknown if series.epochs is None else series.epochs,
        "time": unknown if series.times is None else series.times,
        "value": series.values,
    }
    if smoothing:
        rows["smoothed"] = series.average(smoothing)
    return rows
