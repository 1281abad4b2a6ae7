"""What settings do to a result: parallel coordinates over runs, and a scatter for each setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import NotRecorded
from bathyscope.figures import Axis, Figure, Ids, Line, Mark, Note, Panel, Points
from bathyscope.views._configs import Varied, short_names, told, varied
from bathyscope.views._intervals import rank_correlation
from bathyscope.views._metric_series import metric_names
from bathyscope.views._outcomes import Goal, outcomes_of
from bathyscope.views._runs import run_configs, run_labels
from bathyscope.views._words import check_choice, count_text, listing, sentences
from bathyscope.views.base import Offer, RunData, View, register

Value = Literal["last", "best"]

#: How many settings have an axis in the parallel coordinates, and how many a scatter.
COORDINATES = 8
SCATTERS = 8
#: This share of the runs, the best ones, stands out.
BEST = 0.25
#: More lines than this hide each other, unless they are faint.
FAINT = 60
#: Settings with more different texts than this, such as paths, are left out.
LEVELS = 12


@register(room="overview", place=40)
@dataclass(frozen=True, eq=False, repr=False)
class Hyperparameters(View):
    """Settings of runs, and one result of each.

    Parameters
    ----------
    runs : tuple of str
        Names of the runs.
    settings : tuple of Varied
        The settings in which they differ.
    result : array of float64, shape (n_runs,)
        NaN and infinities are results of runs that diverged.
    label : str
        What the result is: ``last val_loss``.
    goal : {"min", "max"}
        Which results are better.
    note : str
        What was left out.
    """

    runs: tuple[str, ...]
    settings: tuple[Varied, ...]
    result: NDArray[np.float64]
    label: str
    goal: Goal = "min"
    note: str = ""

    @classmethod
    def from_runs(
        cls,
        runs: Sequence[RunData],
        *,
        metric: str | None = None,
        value: Value = "last",
        goal: Goal | None = None,
    ) -> Hyperparameters:
        """Compare what runs were set to with how they ended.

        Parameters
        ----------
        runs : sequence of Run
        metric : str, optional
            By default the one that says most: ``val_loss``, else ``loss``, else whatever most
            runs have.
        value : {"last", "best"}
            The last value of the metric, or the best finite one.
        goal : {"min", "max"}, optional
            Which values are better; by default told by the name.

        Raises
        ------
        UnknownName, NotRecorded
            If no run has that metric, or any metric, or the runs differ in no setting.
        """
        check_choice("value", value, ("last", "best"))
        out = outcomes_of(runs, metric, goal)
        has = np.flatnonzero(out.count > 0)
        configs = run_configs(runs)
        settings, left_out = _usable(varied([configs[index] for index in has]))
        if not settings:
            raise NotRecorded(
                f"The {count_text(len(has), 'run')} with {out.metric} must differ in a setting of "
                "their `config`; they differ in none. Record settings with "
                "`bs.record(name, config={...})`."
            )
        labels = run_labels(runs)
        without = [label for label, count in zip(labels, out.count, strict=True) if not count]
        return cls(
            tuple(labels[index] for index in has),
            settings,
            (out.last if value == "last" else out.best)[has],
            f"{value} {out.metric}",
            out.goal,
            sentences(
                [
                    f"Without {out.metric}: {listing(without)}." if without else "",
                    f"Left out, as nearly every run has its own: {listing(left_out)}."
                    if left_out
                    else "",
                ]
            ),
        )

    @classmethod
    def compares(cls, runs: Sequence[RunData]) -> Iterator[Offer]:
        """Offer the result that says most, where the runs differ in a setting."""
        settings, _ = _usable(varied(run_configs(runs)))
        if len(runs) > 1 and settings and any(metric_names(run) for run in runs):
            yield Offer("Hyperparameters")

    def figure(self) -> Figure:
        """Draw the parallel coordinates, then the settings that go along with the result most."""
        title = f"Hyperparameters and {self.label}"
        every = self.by_correlation()
        ordered = [item for item in every if np.isfinite(item.numbers()).any()]
        panels = [self._coordinates(ordered[:COORDINATES])]
        panels += [self._scatter(item) for item in ordered[:SCATTERS]]
        if not np.isfinite(self.result).any():
            text = f"No run has a finite {self.label}."
            return Figure(title, (Panel((Note(text, tone="warning"),)),), note=self.note)
        columns = 1 if len(panels) == 1 else 2
        shown = ordered[:SCATTERS]
        left_out = [item.name for item in every if item not in shown]
        note = sentences(
            [
                f"Not drawn: {listing(left_out)}." if left_out else "",
                "ρ: rank correlation (Spearman) with its 95% interval; other settings of the runs "
                "differ too, so it is no proof of a cause.",
                self.note,
            ]
        )
        return Figure(title, tuple(panels), columns=columns, note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per run: its settings and its result."""
        columns: dict[str, NDArray[Any]] = {"run": np.array(self.runs, dtype=np.str_)}
        for item in self.settings:
            columns[f"config.{item.name}"] = item.numbers() if item.numeric else item.texts()
        columns["result"] = self.result
        return columns

    def by_correlation(self) -> tuple[Varied, ...]:
        """Order the settings: numbers by how strongly they go along with the result, then texts."""

        def strength(item: Varied) -> float:
            rho = rank_correlation(item.numbers(), self.result)[0] if item.numeric else np.nan
            return -1.0 if np.isnan(rho) else abs(rho)

        return tuple(sorted(self.settings, key=lambda item: -strength(item)))

    def best_runs(self) -> NDArray[np.bool_]:
        """Tell which runs are among the best quarter of those with a finite result."""
        finite = np.isfinite(self.result)
        signed = np.where(finite, self.result if self.goal == "min" else -self.result, np.inf)
        count = max(1, round(BEST * finite.sum()))
        chosen = np.zeros(len(signed), dtype=np.bool_)
        chosen[np.argsort(signed, kind="stable")[:count]] = True
        return chosen & finite

    def _coordinates(self, settings: Sequence[Varied]) -> Panel:
        axes = [_Coordinate.of(item) for item in settings]
        axes.append(_Coordinate.of(Varied.of(self.label, self.result)))
        heights = np.stack([axis.heights for axis in axes], axis=1)
        best = self.best_runs()
        places = np.arange(len(axes), dtype=np.float64)
        marks: list[Mark] = []
        for chosen, label, tone in (
            (~best, "other runs", "muted"),
            (best, "best quarter of the runs", "accent"),
        ):
            for index in np.flatnonzero(chosen):
                ids = Ids("run", np.array([self.runs[index]]))
                row = heights[index]
                faint = tone == "muted" or best.sum() > FAINT
                marks.append(Line(places, row, label, tone, faint=faint, markers=False, ids=ids))
        diverged = int((~np.isfinite(self.result)).sum())
        return Panel(
            tuple(marks),
            x=Axis(
                "setting, and the result",
                scale="category",
                categories=(*short_names(settings), self.label),
            ),
            y=Axis("from the lowest to the highest of each", domain=(0.0, 1.0)),
            title="Parallel coordinates",
            note=f"{count_text(diverged, 'run')} without a finite result "
            f"{'ends' if diverged == 1 else 'end'} before the last axis."
            if diverged
            else "",
            coordinates=tuple(axis.axis for axis in axes),
        )

    def _scatter(self, item: Varied) -> Panel:
        x = item.numbers()
        known = ~np.isnan(x)
        ids = Ids("run", np.array(self.runs, dtype=np.str_)[known])
        text = tuple(
            f"{run}: {told(value)}"
            for run, value in zip(self.runs, item.values, strict=True)
            if value is not None
        )
        best = self.best_runs()[known]
        marks = [
            Points(
                x[known][chosen],
                self.result[known][chosen],
                label=label,
                tone=tone,
                text=tuple(np.array(text, dtype=object)[chosen]),
                size=6.0,
                ids=Ids("run", ids.values[chosen]),
            )
            for chosen, label, tone in (
                (~best, "other runs", "muted"),
                (best, "best quarter of the runs", "accent"),
            )
            if chosen.any()
        ]
        return Panel(
            tuple(marks),
            x=_axis(item),
            y=Axis(self.label, scale="log" if Varied.of(self.label, self.result).log else "linear"),
            title=item.name,
            note=sentences([self._correlation_text(item), _missing_text(item)]),
        )

    def _correlation_text(self, item: Varied) -> str:
        if not item.numeric:
            return ""
        rho, low, high, n = rank_correlation(item.numbers(), self.result)
        if np.isnan(rho):
            return f"ρ is not told by {count_text(n, 'run')} with finite results."
        return f"ρ = {rho:+.2f} ({low:+.2f} to {high:+.2f}), {n} runs."


@dataclass(frozen=True, eq=False)
class _Coordinate:
    """One axis of parallel coordinates, and the heights of the runs on it, from 0 to 1."""

    axis: Axis
    heights: NDArray[np.float64]

    @classmethod
    def of(cls, item: Varied) -> _Coordinate:
        numbers = item.numbers()
        if not item.numeric:
            return cls(_axis(item), numbers / max(len(item.levels) - 1, 1))
        numbers = np.where(np.isfinite(numbers), numbers, np.nan)
        if np.isnan(numbers).all():
            return cls(Axis(item.name), numbers)
        low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
        if low == high:  # in the middle of an axis
            low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
        axis = replace(_axis(item), domain=(low, high))
        if item.log:
            numbers, low, high = np.log(numbers), float(np.log(low)), float(np.log(high))
        return cls(axis, (numbers - low) / (high - low))


def _axis(item: Varied) -> Axis:
    if not item.numeric:
        return Axis(item.name, scale="category", categories=item.levels)
    numbers = item.numbers()
    whole = bool((numbers[np.isfinite(numbers)] % 1 == 0).all())
    return Axis(item.name, scale="log" if item.log else "linear", integers=whole and not item.log)


def _missing_text(item: Varied) -> str:
    missing = sum(value is None for value in item.values)
    if not missing:
        return ""
    return f"{count_text(missing, 'run')} {'has' if missing == 1 else 'have'} no such setting."


def _usable(settings: Sequence[Varied]) -> tuple[tuple[Varied, ...], list[str]]:
    """Leave out what names a run and does not set it, such as paths."""
    kept = tuple(
        item
        for item in settings
        if (item.numeric or len(item.levels) <= LEVELS) and not item.names_runs
    )
    return kept, [item.name for item in settings if item not in kept]


def hyperparameters(
    configs: Mapping[str, Mapping[str, Any]],
    results: Mapping[str, float],
    *,
    label: str = "result",
    goal: Goal = "min",
) -> Hyperparameters:
    """Compare what runs were set to with how they ended.

    Parameters
    ----------
    configs : mapping of run to mapping
        What each run was set to.
    results : mapping of run to float
        One result of each run; a run without one has diverged.
    label : str
        What the result is.
    goal : {"min", "max"}
        Which results are better.

    Raises
    ------
    ValueError
        If the runs differ in no setting.

    Examples
    --------
    >>> view = hyperparameters({"a": {"lr": 0.1}, "b": {"lr": 0.2}}, {"a": 0.5, "b": 0.4})
    >>> view.columns()["config.lr"].tolist()
    [0.1, 0.2]
    """
    check_choice("goal", goal, ("min", "max"))
    settings, left_out = _usable(varied(list(configs.values())))
    if not settings:
        raise ValueError("The runs in `configs` must differ in a setting; they differ in none.")
    found = np.array([results.get(run, np.nan) for run in configs], dtype=np.float64)
    note = f"Left out, as nearly every run has its own: {listing(left_out)}." if left_out else ""
    return Hyperparameters(tuple(map(str, configs)), settings, found, label, goal, note)
