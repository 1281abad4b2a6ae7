"""A search for hyperparameters: the value of each trial, the best so far, and what settings do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded, unknown_name
from bathyscope.figures import Axis, Figure, Ids, Line, Mark, Note, Panel, Points
from bathyscope.views import _recorded as recorded
from bathyscope.views._outcomes import Goal
from bathyscope.views._words import check_choice, count_text, sentences
from bathyscope.views.base import Offer, RunData, View, register
from bathyscope.views.hyperparameters import hyperparameters

_PARAMETER = "params/"
#: Columns that are no result of a trial.
_NO_VALUES = ("trial", "state", "best_epoch")


@register(room="overview", place=50)
@dataclass(frozen=True, eq=False, repr=False)
class Trials(View):
    """Trials of a search.

    Parameters
    ----------
    trial : array of int64, shape (n_trials,)
        Numbers of the trials, in order.
    state : tuple of str, length n_trials
        How each ended: ``COMPLETE``, ``PRUNED``, ``FAIL``.
    values : mapping of str to array of float64, shape (n_trials,)
        What was searched for; NaN of a trial without a value.
    parameters : mapping of str to array, shape (n_trials,)
        Numbers, NaN where a trial does not have it; or texts, "" there.
    value : str
        Which of the values is drawn.
    goal : {"min", "max"}
        Whether it was searched for its lowest or its highest.
    note : str
        How the goal is known.
    """

    trial: NDArray[np.int64]
    state: tuple[str, ...]
    values: Mapping[str, NDArray[np.float64]]
    parameters: Mapping[str, NDArray[Any]]
    value: str
    goal: Goal
    note: str = ""

    @classmethod
    def from_run(
        cls, run: RunData, *, value: str | None = None, goal: Goal | None = None
    ) -> Trials:
        """Show the trials a run recorded.

        Parameters
        ----------
        run : Run
        value : str, optional
            Which of several values; by default the first.
        goal : {"min", "max"}, optional
            By default told by the recorded best value so far.

        Raises
        ------
        NotRecorded
            If there are none.
        """
        if names.TRIALS not in run.table_names():
            raise NotRecorded(
                f"The run `{run.name}` holds no `{names.TRIALS}`. They are recorded by "
                "`study.optimize(objective, callbacks=[run.optuna()])` when the run is finished."
            )
        _, table = recorded.read_table(run, names.TRIALS, -1)
        view = trials(table, value=value, goal=goal)
        best = f"best_{view.value}"
        if goal is not None or best not in run.scalar_names():
            return view
        told = _goal_of(np.asarray(run.scalars(best).values), view.values[view.value])
        return trials(table, value=value, goal=told) if told else view

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer the search where trials are recorded."""
        if names.TRIALS in run.table_names():
            yield Offer("Trials of the search")

    def best_so_far(self) -> NDArray[np.float64]:
        """Give the best value of all trials up to each one; NaN before the first."""
        drawn = self.values[self.value]
        worst = np.inf if self.goal == "min" else -np.inf
        filled = np.where(np.isfinite(drawn) & self._complete(), drawn, worst)
        best = (np.minimum if self.goal == "min" else np.maximum).accumulate(filled)
        return np.where(np.isfinite(best), best, np.nan)

    def figure(self) -> Figure:
        """Draw the values by trial, and each parameter against them."""
        title = f"Trials: {self.value}"
        if not len(self.trial):
            return Figure(title, (Panel((Note("No trial was recorded."),)),))
        panels = [self._history_panel()]
        if len(self.values) > 1:
            panels.append(self._two_values_panel())
        note = ""
        if self._varies():
            found = hyperparameters(
                self._configs(), self._results(), label=self.value, goal=self.goal
            ).figure()
            panels += found.panels
            note = found.note
        counts = {state: self.state.count(state) for state in dict.fromkeys(self.state)}
        told = ", ".join(f"{count} {state.lower()}" for state, count in counts.items())
        note = sentences([f"{count_text(len(self.trial), 'trial')}: {told}.", self.note, note])
        return Figure(title, tuple(panels), columns=min(2, len(panels)), note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per trial: its state, its values, its parameters."""
        return {
            "trial": self.trial,
            "state": np.array(self.state, dtype=np.str_),
            **self.values,
            **{f"{_PARAMETER}{name}": column for name, column in self.parameters.items()},
        }

    def _complete(self) -> NDArray[np.bool_]:
        # Optuna says COMPLETE, KerasTuner COMPLETED.
        return np.array([s.upper().startswith("COMPLETE") for s in self.state], dtype=np.bool_)

    def _history_panel(self) -> Panel:
        drawn, complete = self.values[self.value], self._complete()
        at = self.trial.astype(np.float64)
        marks: list[Mark] = []
        for chosen, label, tone in (
            (complete, "complete", 0),
            (~complete, "not complete", "muted"),
        ):
            if chosen.any():
                ids = Ids("run", self.trial[chosen].astype(np.str_))
                marks.append(
                    Points(at[chosen], drawn[chosen], label=label, tone=tone, size=6.0, ids=ids)
                )
        best = self.best_so_far()
        if np.isfinite(best).any():
            x, y = np.repeat(at, 2)[1:], np.repeat(best, 2)[:-1]
            marks.append(Line(x, y, label="best so far", tone="accent", markers=False))
        return Panel(
            tuple(marks),
            x=Axis("trial", integers=True),
            y=Axis(self.value),
            title="By trial",
        )

    def _two_values_panel(self) -> Panel:
        first, second = list(self.values)[:2]
        marks = Points(
            self.values[first],
            self.values[second],
            size=6.0,
            text=tuple(f"trial {number}" for number in self.trial),
            ids=Ids("run", self.trial.astype(np.str_)),
        )
        return Panel((marks,), x=Axis(first), y=Axis(second), title=f"{first} and {second}")

    def _varies(self) -> bool:
        return len(self.trial) > 1 and any(
            len({str(value) for value in column.tolist()}) > 1
            for column in self.parameters.values()
        )

    def _configs(self) -> dict[str, dict[str, Any]]:
        configs: dict[str, dict[str, Any]] = {}
        for row, number in enumerate(self.trial.tolist()):
            values = {name: column[row] for name, column in self.parameters.items()}
            configs[str(number)] = {
                name: value.item() if isinstance(value, np.generic) else value
                for name, value in values.items()
                if not _is_missing(value)
            }
        return configs

    def _results(self) -> dict[str, float]:
        drawn = self.values[self.value]
        return {str(number): float(value) for number, value in zip(self.trial, drawn, strict=True)}


def _is_missing(value: Any) -> bool:
    return str(value) in {"", "nan"}


def _goal_of(best: NDArray[np.float64], values: NDArray[np.float64]) -> Goal | None:
    """Tell the goal by the best value so far: it only falls, or only rises."""
    finite = best[np.isfinite(best)]
    if not finite.size or not np.isfinite(values).any():
        return None
    return "min" if finite[-1] <= np.nanmin(values[np.isfinite(values)]) + 1e-12 else "max"


def trials(
    table: Mapping[str, Any], *, value: str | None = None, goal: Goal | None = None
) -> Trials:
    """Show the trials of a search.

    Parameters
    ----------
    table : mapping of str to array of shape (n_trials,)
        ``trial`` (number), ``state``, values under names of their own, and parameters under
        names that begin with ``params/``.
    value : str, optional
        Which of several values; by default the first.
    goal : {"min", "max"}, optional
        By default ``"min"``, and the note says so.

    Raises
    ------
    UnknownName
        If there is no such value.
    ValueError
        If there is no value at all.

    Examples
    --------
    >>> found = trials({"trial": [0, 1, 2], "value": [3.0, 1.0, 2.0], "params/x": [1, 2, 3]})
    >>> found.best_so_far().tolist()
    [3.0, 1.0, 1.0]
    """
    columns = {str(name): np.asarray(column) for name, column in table.items()}
    parameters = {
        name.removeprefix(_PARAMETER): column
        for name, column in columns.items()
        if name.startswith(_PARAMETER)
    }
    values = {
        name: column.astype(np.float64)
        for name, column in columns.items()
        if name not in _NO_VALUES and not name.startswith(_PARAMETER) and column.dtype.kind in "iuf"
    }
    if not values:
        raise ValueError("`table` must hold a column of values beside `trial`; got none.")
    if value is not None and value not in values:
        raise unknown_name("value", value, values)
    if goal is not None:
        check_choice("goal", goal, ("min", "max"))
    count = len(next(iter(values.values())))
    state = columns.get("state", np.full(count, "COMPLETE"))
    number = columns.get("trial", np.arange(count))
    if not all(str(item).isdecimal() for item in number):  # names, of another tool
        number = np.arange(count)
    return Trials(
        np.array([int(item) for item in number], dtype=np.int64),
        tuple(str(item) for item in state),
        values,
        parameters,
        value or next(iter(values)),
        goal or "min",
        "" if goal else "The goal is not recorded: lower is taken for better.",
    )
