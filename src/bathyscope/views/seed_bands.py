"""Metrics of runs that differ in nothing but the seed: their mean, and how sure it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, Figure, Ids, Line, Mark, Panel
from bathyscope.figures.color import CATEGORICAL
from bathyscope.views._configs import groups_but_seed
from bathyscope.views._intervals import mean_interval
from bathyscope.views._metric_series import (
    MetricSeries,
    check_known,
    metric_names,
    offers_one_by_one,
    series_from,
    series_of_run,
)
from bathyscope.views._runs import run_configs, run_labels
from bathyscope.views._words import check_choice, listing, sentences
from bathyscope.views.base import Offer, RunData, View, register

Horizontal = Literal["step", "epoch"]
Floats = NDArray[np.float64]

#: At most so many metrics side by side.
PANELS = 12
#: At most so many metrics are offered one by one.
OFFERS = 6
#: Curves of more groups nobody can tell apart; those of most runs are drawn.
GROUPS = 20
#: The runs themselves are drawn behind their mean, up to so many in a panel.
FAINT = 60


@dataclass(frozen=True, eq=False)
class Band:
    """The mean of one metric over the runs of a group.

    Parameters
    ----------
    x : array of float64, shape (n,)
        Steps, or epochs, that all runs of the group cover.
    mean, low, high : array of float64, shape (n,)
        The mean and its 95% interval (Student's); NaN where a run is not finite, and the
        interval for a single run.
    between : bool
        Whether values between recorded steps were taken, on straight lines.
    """

    x: Floats
    mean: Floats
    low: Floats
    high: Floats
    between: bool


@register(room="loss", place=20)
@dataclass(frozen=True, eq=False, repr=False)
class SeedBands(View):
    """Metrics of groups of runs.

    Parameters
    ----------
    groups : mapping of str to tuple of MetricSeries
        One series per run and metric, by what the runs of a group share.
    x : {"step", "epoch"}
    note : str
        What was left out.
    """

    groups: Mapping[str, tuple[MetricSeries, ...]]
    x: Horizontal = "step"
    note: str = ""

    @classmethod
    def from_runs(
        cls,
        runs: Sequence[RunData],
        names: str | Sequence[str] | None = None,
        *,
        x: Horizontal = "step",
    ) -> SeedBands:
        """Show metrics of runs, grouped by their configs but for the seed.

        Parameters
        ----------
        runs : sequence of Run
        names : str or sequence of str, optional
            By default all metrics.
        x : {"step", "epoch"}
            Steps, or epochs where every run recorded them.

        Raises
        ------
        UnknownName
            If no run has a metric of that name.
        NotRecorded
            If there is no metric at all, or there are no epochs where ``x`` asks for them.
        """
        if not runs:
            raise ValueError("`runs` must hold at least one run; got none.")
        wanted = [names] if isinstance(names, str) else names
        check_known(wanted or (), runs)
        grouped = groups_but_seed(run_configs(runs))
        labels = run_labels(runs)
        found = {
            label: tuple(
                series
                for place in places
                for series in series_of_run(runs[place], wanted, label=labels[place])
            )
            for label, places in grouped.items()
        }
        filled = {label: series for label, series in found.items() if series}
        if not filled:
            raise NotRecorded("The runs must hold metrics; none was recorded.")
        bare = [label or "all runs" for label in found if label not in filled]
        return _made(filled, x, f"Without these metrics: {listing(bare)}." if bare else "")

    @classmethod
    def compares(cls, runs: Sequence[RunData]) -> Iterator[Offer]:
        """Offer the mean of each metric that runs recorded which differ only in the seed."""
        names: dict[str, None] = {}
        for places in groups_but_seed(run_configs(runs)).values():
            counts = Counter(name for place in places for name in metric_names(runs[place]))
            names |= dict.fromkeys(name for name, count in counts.items() if count > 1)
        yield from offers_one_by_one(names, most=OFFERS, drawn=PANELS, ending=": mean over seeds")

    def figure(self) -> Figure:
        """Draw one panel per metric, with a curve and a band per group."""
        names = list(dict.fromkeys(s.name for group in self.groups.values() for s in group))
        every = {label: len({s.run for s in group}) for label, group in self.groups.items()}
        sizes = dict(sorted(every.items(), key=lambda item: -item[1])[:GROUPS])
        groups = {label: self.groups[label] for label in every if label in sizes}
        panels = [self._panel(name, groups, titled=len(names) > 1) for name in names[:PANELS]]
        alone = [label or "the only one" for label, size in sizes.items() if size == 1]
        note = sentences(
            [
                "Lines are means of runs that differ in nothing but the seed; bands are their "
                "95% confidence intervals (Student's); the runs are drawn behind.",
                f"Groups of a single run have no band: {listing(alone)}." if alone else "",
                f"Not shown: {listing(names[PANELS:])}." if len(names) > PANELS else "",
                f"{len(sizes)} of {len(every):,} groups are drawn, those of most runs."
                if len(every) > len(sizes)
                else "",
                f"Colours repeat after {len(CATEGORICAL)} of {len(sizes)} groups."
                if len(sizes) > len(CATEGORICAL)
                else "",
                self.note,
            ]
        )
        title = f"{names[0]}: mean over seeds" if len(names) == 1 else "Metrics: mean over seeds"
        return Figure(title, tuple(panels), columns=min(2, len(panels)), note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per group, metric and place: the mean, its interval, and how many runs."""
        rows: list[tuple[str, str, int, Band]] = []
        for label, group in self.groups.items():
            for name in dict.fromkeys(series.name for series in group):
                members = [series for series in group if series.name == name]
                rows.append((label, name, len(members), self.band(members)))
        sizes = [len(band.x) for *_, band in rows]
        return {
            "group": np.repeat(np.array([row[0] for row in rows], dtype=np.str_), sizes),
            "metric": np.repeat(np.array([row[1] for row in rows], dtype=np.str_), sizes),
            "runs": np.repeat(np.array([row[2] for row in rows], dtype=np.int64), sizes),
            self.x: np.concatenate([band.x for *_, band in rows]),
            "mean": np.concatenate([band.mean for *_, band in rows]),
            "low": np.concatenate([band.low for *_, band in rows]),
            "high": np.concatenate([band.high for *_, band in rows]),
        }

    def band(self, members: Sequence[MetricSeries]) -> Band:
        """Average the runs of a group over the places they share.

        Where no two runs were recorded at the same places, the places of the first run are taken,
        and the values of the others between theirs, on straight lines.
        """
        places = [self._places(item) for item in members]
        shared = places[0]
        for at in places[1:]:
            shared = np.intersect1d(shared, at)
        low, high = max(float(at.min()) for at in places), min(float(at.max()) for at in places)
        covered = places[0][(places[0] >= low) & (places[0] <= high)]
        between = 2 * len(shared) < len(covered)
        x = covered if between else shared
        values = np.stack(
            [_values_at(x, at, item.values) for at, item in zip(places, members, strict=True)]
        )
        with np.errstate(invalid="ignore"):
            mean, below, above = mean_interval(values)
        return Band(x, mean, below, above, between)

    def _places(self, series: MetricSeries) -> Floats:
        if self.x == "step" or series.epochs is None:
            return series.steps.astype(np.float64)
        return series.epochs

    def _panel(
        self, name: str, groups: Mapping[str, tuple[MetricSeries, ...]], *, titled: bool
    ) -> Panel:
        marks: list[Mark] = []
        told: list[str] = []
        found = {
            label: [series for series in group if series.name == name]
            for label, group in groups.items()
        }
        n_runs = sum(len(members) for members in found.values())
        for tone, (label, members) in enumerate(found.items()):
            if not members:
                continue
            band = self.band(members)
            word = f"{label or 'all runs'} (n = {len(members)})"
            if len(members) > 1 and n_runs <= FAINT:
                marks += [
                    Line(
                        self._places(item), item.values, tone=tone, faint=True, markers=False,
                        ids=Ids("run", np.array([item.run])),
                    )
                    for item in members
                ]  # fmt: skip
            marks += _mean_line(band, word, tone)
            told += [f"{word}: values between recorded steps are taken on straight lines."] * (
                band.between
            )
            if not len(band.x):
                told.append(f"{word}: these runs share no {self.x}.")
        hidden = f"The {n_runs} runs themselves are not drawn." if n_runs > FAINT else ""
        return Panel(
            tuple(marks),
            x=Axis(self.x, integers=True),
            y=Axis(name),
            title=name if titled else "",
            note=sentences([*told, hidden]),
        )


def _mean_line(band: Band, label: str, tone: int) -> list[Mark]:
    """Draw a mean with its band, where there is one."""
    if np.isfinite(band.low).any():
        return [
            Line(
                band.x, band.mean, label, tone, low=band.low, high=band.high,
                band_label="95% interval of the mean", markers=False if len(band.x) > 1 else None,
            )
        ]  # fmt: skip
    return [Line(band.x, band.mean, label, tone, markers=False if len(band.x) > 1 else None)]


def _values_at(x: Floats, places: Floats, values: Floats) -> Floats:
    """Give values at places, in between on straight lines; NaN beside what is not finite."""
    if np.isin(x, places).all():
        # A step that was recorded twice counts by its last value.
        return values[np.searchsorted(places, x, side="right") - 1]
    finite = np.isfinite(values)
    if not finite.any():
        return np.full(len(x), np.nan)
    between = np.interp(x, places[finite], values[finite])
    lost = np.interp(x, places, (~finite).astype(np.float64)) > 0
    return np.where(lost, np.nan, between)


def _made(
    groups: Mapping[str, tuple[MetricSeries, ...]], x: Horizontal, note: str = ""
) -> SeedBands:
    check_choice("x", x, ("step", "epoch"))
    every = [series for group in groups.values() for series in group]
    unknown = [series.run for series in every if series.epochs is None]
    if x == "epoch" and unknown:
        raise NotRecorded(
            f"`x='epoch'` needs the epochs of every run; {listing(unknown)} recorded none. "
            "Choose `x='step'`."
        )
    return SeedBands(groups, x, note)


def seed_bands(values: Mapping[str, Mapping[str, Any]], *, x: Horizontal = "step") -> SeedBands:
    """Show the mean of metrics over the runs of each group.

    Parameters
    ----------
    values : mapping of group to mapping of run to metrics
        The metrics of a run as `bathyscope.views.metrics` takes them.
    x : {"step", "epoch"}

    Raises
    ------
    ValueError
        If there is no group, or one without runs.

    Examples
    --------
    >>> losses = {"a": {"loss": [2.0, 1.0]}, "b": {"loss": [4.0, 3.0]}}
    >>> seed_bands({"lr=0.1": losses}).columns()["mean"].tolist()
    [3.0, 2.0]
    """
    groups = {str(label): series_from(runs) for label, runs in values.items()}
    if not groups:
        raise ValueError("`values` must hold at least one group of runs; got none.")
    return _made(groups, x)
