"""Record a search by Optuna: one run for the study, and one for each trial, tagged by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from bathyscope.integrations.libraries._trials import Trials, parameter_columns
from bathyscope.integrations.recording import Recording

_STATUS = {TrialState.COMPLETE: "finished", TrialState.FAIL: "failed"}


def attach(run: Recording) -> OptunaCallback:
    """Make a callback for ``Study.optimize``.

    The run becomes the study's: the value of each trial at the number of trials begun, the best
    value so far, and when it is finished the table ``trials``. Each trial becomes a run beside
    it, ``<run>-<number>``, with its parameters as config, the run's name as group and tag, and its
    intermediate values by step. `OptunaCallback.trial` records into it from the objective.

    Returns
    -------
    callable

    Examples
    --------
    >>> search = run.optuna()  # doctest: +SKIP
    >>> def objective(trial):
    ...     rate = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    ...     with search.trial(trial) as child:
    ...         return train(rate, callbacks=[child.keras()])
    >>> study.optimize(objective, n_trials=20, callbacks=[search])  # doctest: +SKIP
    """
    return OptunaCallback(run)


class OptunaCallback:
    """Records trials; made by `attach`.

    Parameters
    ----------
    run : Recording
    """

    def __init__(self, run: Recording) -> None:
        self._run = run
        self._session = run.session
        self._runs = Trials(run)
        self._trials: dict[int, FrozenTrial] = {}
        self._names: list[str] = []

    def trial(self, trial: optuna.Trial) -> Recording:
        """Record into the run of a trial; call it when its parameters are known.

        Parameters
        ----------
        trial : optuna.Trial
            As the objective is given it.

        Returns
        -------
        Recording
            A context manager.
        """
        return self._runs.open(trial.number, trial.params)

    def __call__(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Record a trial that has ended."""
        with self._session.guard("trial"):
            self._session.attach(self)
            self._trials[trial.number] = trial
            self._names = _value_names(study)
            values = dict(zip(self._names, trial.values or (), strict=False))
            self._record_values(study, trial, values)
            self._record_trial(trial, values)

    def detach(self) -> None:
        """Record the table of all trials."""
        if self._trials:
            numbers = sorted(self._trials)
            columns = _columns([self._trials[number] for number in numbers], self._names)
            self._session.writer.log_table("trials", columns, step=self._session.steps.last)

    def _record_values(
        self, study: optuna.Study, trial: FrozenTrial, values: Mapping[str, float]
    ) -> None:
        found = dict(values)
        if len(study.directions) == 1:
            with suppress(ValueError):  # no trial is complete yet
                found[f"best_{self._names[0]}"] = study.best_value
        self._session.steps.follow(max(self._session.steps.last, trial.number + 1))
        if found:
            self._session.writer.log_scalars(found, step=trial.number + 1)

    def _record_trial(self, trial: FrozenTrial, values: Mapping[str, float]) -> None:
        child = self._runs.open(trial.number, trial.params)
        reported = trial.intermediate_values
        for step, value in reported.items():
            child.log({"intermediate": value}, step=step)
        if values:
            child.log(values, step=max(reported, default=child.session.steps.last))
        if trial.state == TrialState.PRUNED:
            child.note(f"Optuna pruned this trial after step {trial.last_step}.")
        for name, value in trial.user_attrs.items():
            child.note(f"{name}: {value}")
        child.finish(_STATUS.get(trial.state, "interrupted"))


def _value_names(study: optuna.Study) -> list[str]:
    if study.metric_names:
        return list(study.metric_names)
    count = len(study.directions)
    return ["value"] if count == 1 else [f"value_{index}" for index in range(count)]


def _columns(trials: Sequence[FrozenTrial], names: Sequence[str]) -> dict[str, Any]:
    """Give one row per trial; what it does not have is NaN, or the empty text."""
    columns: dict[str, Any] = {
        "trial": np.array([trial.number for trial in trials]),
        "state": [trial.state.name for trial in trials],
    }
    for index, name in enumerate(names):
        columns[name] = np.array(
            [trial.values[index] if trial.values else np.nan for trial in trials], dtype=float
        )
    return columns | parameter_columns([trial.params for trial in trials])
