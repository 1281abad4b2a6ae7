"""Metrics that several ranks of a distributed training recorded, a curve for each rank."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, Figure, Ids, Line, Panel
from bathyscope.figures.decimate import COLUMNS, MOST_PER_COLUMN, extremes, remark
from bathyscope.views._curves import MOST_HELD, counter_of
from bathyscope.views._metric_series import offers_one_by_one
from bathyscope.views._ranks import looks, looks_note, mean_or_nan, processes, shared_names
from bathyscope.views._words import count_text, first_nonfinite_text, listing, sentences
from bathyscope.views.base import Offer, RunData, View, register

#: At most so many metrics side by side.
PANELS = 12
#: At most so many metrics are offered one by one.
OFFERS = 4
#: Long curves are drawn by the extremes of so many columns together, and each of at least so many.
ALL_COLUMNS, LEAST_COLUMNS = 8000, 200


@dataclass(frozen=True, eq=False)
class RankSeries:
    """One metric as one rank recorded it.

    Parameters
    ----------
    metric : str
    rank : int
    steps : array of int64, shape (n,)
        Increasing.
    values : array of float64, shape (n,)
        NaN and infinities are data.
    """

    metric: str
    rank: int
    steps: NDArray[np.int64]
    values: NDArray[np.float64]

    @property
    def n_values(self) -> int:
        """How many values there are."""
        return len(self.values)

    def mean(self) -> float:
        """Give the mean; NaN if a value is not finite."""
        return mean_or_nan(self.values)

    def nonfinite_text(self) -> str:
        """Say how many values are not finite, and from which step; empty if none is."""
        return first_nonfinite_text(f"Rank {self.rank}", self.steps, self.values)

    def all_values(self) -> RankSeries:
        """Give the series with every value."""
        return self


@dataclass(frozen=True, eq=False, kw_only=True)
class LongRankSeries(RankSeries):
    """A series of which only those values are held that are drawn.

    Parameters
    ----------
    count : int
        How many values there are.
    average : float
        Their mean; NaN if one is not finite.
    odd : str
        What is said of those that are not finite.
    read : callable
        Gives the series with every value.
    """

    count: int
    average: float
    odd: str
    read: Callable[[], RankSeries]

    @property
    def n_values(self) -> int:
        """How many values there are."""
        return self.count

    def mean(self) -> float:
        """Give the mean of all values."""
        return self.average

    def nonfinite_text(self) -> str:
        """Say how many of all values are not finite."""
        return self.odd

    def all_values(self) -> RankSeries:
        """Give the series with every value."""
        return self.read()


@register(room="loss", place=15)
@dataclass(frozen=True, eq=False, repr=False)
class RankMetrics(View):
    """Metrics of a distributed training, rank by rank.

    Parameters
    ----------
    series : tuple of RankSeries
        One per metric and rank.
    counts : int, optional
        The rank that joined last, whose value counts at a step that several recorded.
    """

    series: tuple[RankSeries, ...]
    counts: int | None = None

    @classmethod
    def from_run(cls, run: RunData, names: str | Sequence[str] | None = None) -> RankMetrics:
        """Show the metrics that more than one rank recorded.

        Parameters
        ----------
        run : bathyscope.runs.Run
        names : str or sequence of str, optional
            By default all that several ranks recorded.

        Raises
        ------
        NotRecorded
            If there are none, or no such metric.
        """
        recorded: Any = run  # only a run of ours has ranks
        wanted = (
            shared_names(run) if names is None else [names] if isinstance(names, str) else names
        )
        if not wanted:
            raise NotRecorded(
                f"The run `{run.name}` must hold a metric of several ranks; there is none. Call "
                "`bs.record` on every rank of the training, and log on each."
            )
        by_rank = recorded.scalar_names_by_rank().items()
        ranks_of = {name: [rank for rank, known in by_rank if name in known] for name in wanted}
        count = counter_of(run)
        is_long = sum(count(name) * len(ranks) for name, ranks in ranks_of.items()) > MOST_HELD
        series: list[RankSeries] = []
        for name, ranks in ranks_of.items():
            if not ranks:
                recorded.scalars(name)  # raises where there is no such metric
            for rank in ranks:
                read = partial(_read, recorded, name, rank)
                series.append(_held(read, _columns_of(len(ranks))) if is_long else read())
        if not series:
            raise NotRecorded(f"No rank of the run `{run.name}` recorded {listing(list(wanted))}.")
        # Writers are told in the order in which they joined: the last one counts.
        last = list(processes(run.events()).values())[-1].rank
        return cls(tuple(series), last)

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer each metric that several ranks recorded; the loss first."""
        yield from offers_one_by_one(
            shared_names(run), most=OFFERS, drawn=PANELS, ending=" by rank"
        )

    def figure(self) -> Figure:
        """Draw one panel per metric, with a curve for each rank."""
        groups: dict[str, list[RankSeries]] = {}
        for item in self.series:
            groups.setdefault(item.metric, []).append(item)
        shown = list(groups)[:PANELS]
        panels = tuple(self._panel(name, groups[name], titled=len(shown) > 1) for name in shown)
        most = max(len(groups[name]) for name in shown)
        note = sentences(
            [
                looks_note(most, "ranks"),
                ""
                if self.counts is None
                else "Where one value of a step is shown, it is that of the rank that joined last "
                f"of those that recorded it; the last of all is rank {self.counts}.",
                f"Not shown: {listing(list(groups)[PANELS:])}." if len(groups) > PANELS else "",
            ]
        )
        title = f"{shown[0]} by rank" if len(groups) == 1 else "Metrics by rank"
        return Figure(title, panels, columns=min(2, len(panels)), note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per value."""
        series = [item.all_values() for item in self.series]
        sizes = [len(item.steps) for item in series]
        names = np.array([item.metric for item in series], dtype=np.str_)
        return {
            "metric": np.repeat(names, sizes),
            "rank": np.repeat(np.array([item.rank for item in series]), sizes),
            "step": np.concatenate([item.steps for item in series]),
            "value": np.concatenate([item.values for item in series]),
        }

    def _panel(self, name: str, group: Sequence[RankSeries], *, titled: bool) -> Panel:
        labels = [f"rank {item.rank}" for item in group]
        looked = looks(labels, [item.mean() for item in group], "ranks")
        n_columns = _columns_of(len(group))
        longest = max(item.n_values for item in group)
        marks: list[Line] = []
        for item, look in zip(group, looked, strict=True):
            x = item.steps.astype(np.float64)
            kept = extremes(x, item.values, n_columns=n_columns)
            marks.append(
                Line(
                    x[kept], item.values[kept], look.label, look.tone,
                    faint=look.faint, markers=False if len(kept) > 1 else None,
                    ids=Ids("rank", np.array([item.rank])),
                )
            )  # fmt: skip
        # Those in colour lie above the others.
        marks.sort(key=lambda mark: not mark.faint)
        return Panel(
            tuple(marks),
            x=Axis("step", integers=True),
            y=Axis(name),
            title=name if titled else "",
            note=sentences(
                [
                    _behind(group),
                    *(item.nonfinite_text() for item in group),
                    remark(longest, n_columns) if longest > MOST_PER_COLUMN * n_columns else "",
                ]
            ),
        )


def _columns_of(n_ranks: int) -> int:
    """Give how many columns a curve has of which the extremes are drawn."""
    return min(COLUMNS, max(LEAST_COLUMNS, ALL_COLUMNS // n_ranks))


def _read(recorded: Any, name: str, rank: int) -> RankSeries:
    found = recorded.scalars(name, rank=rank)
    return RankSeries(name, rank, np.asarray(found.steps), np.asarray(found.values))


def _held(read: Callable[[], RankSeries], n_columns: int) -> LongRankSeries:
    every = read()
    rows = extremes(every.steps.astype(np.float64), every.values, n_columns=n_columns)
    return LongRankSeries(
        metric=every.metric, rank=every.rank, steps=every.steps[rows], values=every.values[rows],
        count=every.n_values, average=every.mean(), odd=every.nonfinite_text(), read=read,
    )  # fmt: skip


def _behind(group: Sequence[RankSeries]) -> str:
    """Say which rank is behind the others."""
    last = {item.rank: int(item.steps[-1]) for item in group}
    slowest = min(last, key=lambda rank: last[rank])
    furthest = max(last.values())
    if last[slowest] == furthest:
        return ""
    n_behind = sum(step < furthest for step in last.values())
    return (
        f"{count_text(n_behind, 'rank')} of {len(last):,} did not reach step {furthest:,}; "
        f"rank {slowest} got to {last[slowest]:,}."
    )


def rank_metrics(values: Mapping[str, Mapping[int, ArrayLike]]) -> RankMetrics:
    """Show metrics rank by rank.

    Parameters
    ----------
    values : mapping of str to mapping of int to array of shape (n,)
        By metric and rank, one value for each step from 1.

    Raises
    ------
    ValueError
        If there are no values.

    Examples
    --------
    >>> view = rank_metrics({"loss": {0: [2.0, 1.0], 1: [3.0, 2.0]}})
    >>> [mark.label for mark in view.figure().panels[0].marks]
    ['rank 0', 'rank 1']
    """
    found = [
        (str(name), int(rank), np.asarray(given, dtype=np.float64))
        for name, ranks in values.items()
        for rank, given in ranks.items()
    ]
    if not found:
        raise ValueError("`values` must hold a metric of at least one rank; got none.")
    for name, rank, given in found:
        if given.ndim != 1 or not given.size:
            raise ValueError(
                f"`{name}` of rank {rank} must be a list of at least one number; "
                f"got shape {given.shape}."
            )
    return RankMetrics(
        tuple(RankSeries(name, rank, np.arange(1, len(v) + 1), v) for name, rank, v in found)
    )
