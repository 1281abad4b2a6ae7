"""Runs side by side in a table: what they were set to, and how they ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope.figures import Figure, Ids, Panel, Table
from bathyscope.views._configs import Varied, varied
from bathyscope.views._metric_series import metric_names
from bathyscope.views._outcomes import Goal, Outcomes, outcomes_of
from bathyscope.views._runs import run_configs, run_labels
from bathyscope.views._words import check_choice, count_text, listing, sentences
from bathyscope.views.base import Offer, RunData, View, register

#: How many settings the table has columns for.
SETTINGS = 12


@register(room="overview", place=30)
@dataclass(frozen=True, eq=False, repr=False)
class RunSummaries(View):
    """One row per run: where its settings differ from the others', its last and its best value.

    Parameters
    ----------
    runs : tuple of str
        Names of the runs.
    settings : tuple of Varied
        The settings in which they differ.
    outcomes : Outcomes
        Of one metric.
    note : str
        What was left out.
    """

    runs: tuple[str, ...]
    settings: tuple[Varied, ...]
    outcomes: Outcomes
    note: str = ""

    @classmethod
    def from_runs(
        cls, runs: Sequence[RunData], *, metric: str | None = None, goal: Goal | None = None
    ) -> RunSummaries:
        """Compare runs.

        Parameters
        ----------
        runs : sequence of Run
        metric : str, optional
            By default the one that says most: ``val_loss``, else ``loss``, else whatever most
            runs have.
        goal : {"min", "max"}, optional
            Which values are better; by default told by the name.

        Raises
        ------
        UnknownName, NotRecorded
            If no run has that metric, or any metric.
        """
        if not runs:
            raise ValueError("`runs` must hold at least one run; got none.")
        return cls(
            run_labels(runs),
            varied(run_configs(runs)),
            outcomes_of(runs, metric, goal),
        )

    @classmethod
    def compares(cls, runs: Sequence[RunData]) -> Iterator[Offer]:
        """Offer the table of the runs."""
        if any(metric_names(run) for run in runs):
            yield Offer("Runs")

    def figure(self) -> Figure:
        """Draw the table, the best run first."""
        out = self.outcomes
        order = out.ranks(out.best)
        # Settings written most differently say most; a setting with one value per run, such as a
        # path, says least.
        shown = sorted(self.settings, key=lambda item: len(set(item.values)) == len(self.runs))
        shown = shown[:SETTINGS]
        columns: dict[str, NDArray[Any]] = {"run": np.array(self.runs, dtype=np.str_)[order]}
        for item in shown:
            values = item.numbers() if item.numeric else item.texts()
            columns[item.name if item.name not in columns else f"{item.name} (setting)"] = values[
                order
            ]
        formats = {name: ".6g" for name, values in columns.items() if values.dtype.kind == "f"}
        dashes = list(formats)
        best, last = f"best {out.metric}", f"last {out.metric}"
        columns |= {
            best: out.best[order],
            "at step": _or_nan(out.best_step)[order],
            last: out.last[order],
            "last step": _or_nan(out.last_step)[order],
        }
        dashes += [best, "at step", "last step"]
        if np.isfinite(out.last[out.count > 0]).all():
            dashes.append(last)  # a run that ended in NaN has a last value
        if (out.last_step < 0).all():  # values that were given without steps
            del columns["at step"], columns["last step"]
        formats |= {best: ".5g", last: ".5g", "at step": ",.0f", "last step": ",.0f"}
        table = Table(columns, formats=formats, dashes=tuple(dashes), ids=self._ids(order))
        return Figure(f"Runs by {out.metric}", (Panel((table,)),), note=self._note(len(shown)))

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per run, in the order given."""
        out = self.outcomes
        columns: dict[str, NDArray[Any]] = {"run": np.array(self.runs, dtype=np.str_)}
        for item in self.settings:
            columns[f"config.{item.name}"] = item.numbers() if item.numeric else item.texts()
        return columns | {
            "metric": np.full(len(self.runs), out.metric),
            "best": out.best,
            "best_step": out.best_step,
            "last": out.last,
            "last_step": out.last_step,
            "values": out.count,
        }

    def _ids(self, order: NDArray[np.int64]) -> Ids:
        return Ids("run", np.array(self.runs, dtype=np.str_)[order])

    def _note(self, n_shown: int) -> str:
        out = self.outcomes
        without = [run for run, count in zip(self.runs, out.count, strict=True) if not count]
        left_out = [item.name for item in self.settings[n_shown:]]
        better = "lower" if out.goal == "min" else "higher"
        return sentences(
            [
                f"{count_text(len(self.runs), 'run')}, the best {out.metric} first "
                f"({better} is better). The best of many noisy values flatters: compare the last.",
                f"Without {out.metric}: {listing(without)}." if without else "",
                f"More settings differ: {listing(left_out)}." if left_out else "",
                "" if self.settings else "The runs differ in no setting.",
                self.note,
            ]
        )


def run_summaries(
    last: Mapping[str, float],
    *,
    best: Mapping[str, float] | None = None,
    configs: Mapping[str, Mapping[str, Any]] | None = None,
    metric: str = "loss",
    goal: Goal = "min",
) -> RunSummaries:
    """Show runs in a table.

    Parameters
    ----------
    last : mapping of run to float
        The last value of a metric.
    best : mapping of run to float, optional
        The best value; by default the last.
    configs : mapping of run to mapping, optional
        What each run was set to.
    metric : str
    goal : {"min", "max"}
        Which values are better.

    Raises
    ------
    ValueError
        If there is no run.

    Examples
    --------
    >>> view = run_summaries({"a": 0.3, "b": 0.2}, configs={"a": {"lr": 0.1}, "b": {"lr": 0.2}})
    >>> view.figure().panels[0].marks[0].columns["run"].tolist()
    ['b', 'a']
    """
    check_choice("goal", goal, ("min", "max"))
    if not last:
        raise ValueError("`last` must hold at least one run; got none.")
    runs = tuple(str(run) for run in last)
    settings = varied([dict((configs or {}).get(run, {})) for run in last])
    ends = _floats(last.values())
    bests = ends if best is None else _floats(best.get(run, np.nan) for run in last)
    unknown = np.full(len(runs), -1, dtype=np.int64)
    ones = np.ones(len(runs), dtype=np.int64)
    out = Outcomes(metric, goal, ends, bests, unknown, unknown, ones)
    return RunSummaries(runs, settings, out)


def _or_nan(steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give steps, NaN where there is none."""
    return np.where(steps < 0, np.nan, steps)


def _floats(values: Any) -> NDArray[np.float64]:
    given: ArrayLike = list(values)
    return np.array(given, dtype=np.float64)
