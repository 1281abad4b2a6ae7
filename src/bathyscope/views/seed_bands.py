"""Metrics of runs that differ in nothing but the seed: their mean, and how sure it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, Figure, Ids, Line, Mark, Panel
from bathyscope.figures.color import CATEGORICAL
from bathyscope.views._bands import Band, Horizontal, band_of, places_of
from bathyscope.views._configs import groups_but_seed
from bathyscope.views._curves import (
    COLUMNS,
    LEAST_COLUMNS,
    MOST_HELD,
    counter_of,
    held_of,
    points_of,
)
from bathyscope.views._epochs import epochs_of_run
from bathyscope.views._metric_series import (
    MetricSeries,
    check_known,
    metric_names,
    names_in_run,
    offers_one_by_one,
    series_from,
    series_of_metric,
    series_of_run,
)
from bathyscope.views._runs import run_configs, run_labels
from bathyscope.views._words import check_choice, listing, sentences
from bathyscope.views.base import Offer, RunData, View, register

#: At most so many metrics side by side.
PANELS = 12
#: At most so many metrics are offered one by one.
OFFERS = 6
#: Curves of more groups nobody can tell apart; those of most runs are drawn.
GROUPS = 20
#: The runs themselves are drawn behind their mean, up to so many in a panel.
FAINT = 60


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
    bands : mapping of (group, metric) to Band
        Of metrics of very many points: where their mean or its interval stands out.
    """

    groups: Mapping[str, tuple[MetricSeries, ...]]
    x: Horizontal = "step"
    note: str = ""
    bands: Mapping[tuple[str, str], Band] = field(default_factory=dict[tuple[str, str], Band])

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
        called = {
            label: {labels[place]: runs[place] for place in places}
            for label, places in grouped.items()
        }
        bands: dict[tuple[str, str], Band] = {}
        if _count(runs, wanted) > MOST_HELD:
            found = _held(called, wanted, x, bands)
        else:
            found = {
                label: tuple(
                    s for n, run in of.items() for s in series_of_run(run, wanted, label=n)
                )
                for label, of in called.items()
            }
        filled = {label: series for label, series in found.items() if series}
        if not filled:
            raise NotRecorded("The runs must hold metrics; none was recorded.")
        bare = [label or "all runs" for label in found if label not in filled]
        note = f"Without these metrics: {listing(bare)}." if bare else ""
        return _made(filled, x, note, bands)

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
                members = [series.all_points() for series in group if series.name == name]
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
        """Average the runs of a group over the places they share: see `band_of`."""
        return band_of(members, self.x)

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
            band = self.bands.get((label, name)) or self.band(members)
            word = f"{label or 'all runs'} (n = {len(members)})"
            if len(members) > 1 and n_runs <= FAINT:
                marks += [
                    Line(
                        places_of(item, self.x), item.values, tone=tone, faint=True, markers=False,
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
            note=sentences(
                [
                    *told,
                    hidden,
                    *dict.fromkeys(s.left_out_text() for of in found.values() for s in of),
                ]
            ),
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


def _count(runs: Sequence[RunData], names: Sequence[str] | None) -> int:
    """Count the points of the metrics of runs."""
    return sum(sum(map(counter_of(run), names_in_run(run, names))) for run in runs)


def _held(
    groups: Mapping[str, Mapping[str, RunData]],
    names: Sequence[str] | None,
    x: Horizontal,
    bands: dict[tuple[str, str], Band],
) -> dict[str, tuple[MetricSeries, ...]]:
    """Read one metric of one group after the other, and hold what is drawn of it.

    Parameters
    ----------
    groups : mapping of str to mapping of str to Run
    names : sequence of str, optional
    x : {"step", "epoch"}
    bands : dict
        The means are put here.
    """
    of_run = {
        label: {n: names_in_run(run, names) for n, run in of.items()}
        for label, of in groups.items()
    }
    n_curves = sum(len(known) for of in of_run.values() for known in of.values())
    columns = max(LEAST_COLUMNS, COLUMNS // max(1, n_curves))
    found: dict[str, tuple[MetricSeries, ...]] = {}
    for label, runs in groups.items():
        held: list[MetricSeries] = []
        for name in dict.fromkeys(name for known in of_run[label].values() for name in known):
            members = [
                (_read(run, name, n, x), partial(series_of_metric, run, name, n))
                for n, run in runs.items()
                if name in of_run[label][n]
            ]
            if x == "step" or all(item.epochs is not None for item, _ in members):
                every = [item for item, _ in members]
                bands[label, name] = band_of(every, x, at_most=columns)
            held += [held_of(item, columns=columns, read=read) for item, read in members]
        found[label] = tuple(held)
    return found


def _read(run: RunData, name: str, label: str, x: Horizontal) -> MetricSeries:
    """Read of a long metric what its mean is made of."""
    steps, values = points_of(run, name, is_long=True)
    epochs = epochs_of_run(run, steps) if x == "epoch" else None
    return MetricSeries(label, name, steps, values, epochs)


def _made(
    groups: Mapping[str, tuple[MetricSeries, ...]],
    x: Horizontal,
    note: str = "",
    bands: Mapping[tuple[str, str], Band] | None = None,
) -> SeedBands:
    check_choice("x", x, ("step", "epoch"))
    every = [series for group in groups.values() for series in group]
    unknown = [series.run for series in every if series.epochs is None]
    if x == "epoch" and unknown:
        raise NotRecorded(
            f"`x='epoch'` needs the epochs of every run; {listing(unknown)} recorded none. "
            "Choose `x='step'`."
        )
    return SeedBands(groups, x, note, bands or {})


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
