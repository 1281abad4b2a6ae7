"""Record a search by KerasTuner: one run for the search, and one for each trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras_tuner
import numpy as np

from bathyscope.integrations.libraries._trials import Trials, parameter_columns
from bathyscope.integrations.recording import Recording

_STATUS = {"COMPLETED": "finished", "FAILED": "failed", "INVALID": "failed"}


def attach(run: Recording, tuner: keras_tuner.Tuner, **keras: Any) -> TunerRecorder:
    """Record what a tuner searches; ``tuner.search`` stays as it is.

    The run becomes the search's: the score of each trial at the number of trials done, the best
    score so far, and when it is finished the table ``trials``. Each trial becomes a run beside
    it, ``<run>-<trial id>``, with its hyperparameters as config and the run's name as group and
    tag; what its model does in training is recorded as by `Recording.keras`.

    Parameters
    ----------
    run : Recording
    tuner : keras_tuner.Tuner
    **keras
        What `Recording.keras` takes, such as ``probe``.

    Returns
    -------
    TunerRecorder

    Examples
    --------
    >>> run.keras_tuner(tuner, probe=(x_test[:50], y_test[:50]))  # doctest: +SKIP
    >>> tuner.search(x, y, validation_data=(x_test, y_test))  # doctest: +SKIP
    """
    if not isinstance(tuner, keras_tuner.Tuner):
        raise TypeError(f"`tuner` must be a keras_tuner.Tuner; got {type(tuner).__name__}.")
    recorder = TunerRecorder(run, tuner, keras)
    run.session.attach(recorder)
    return recorder


class TunerRecorder:
    """Records trials; made by `attach`.

    Parameters
    ----------
    run : Recording
    tuner : keras_tuner.Tuner
    keras : mapping
        What `Recording.keras` takes.
    """

    def __init__(self, run: Recording, tuner: Any, keras: Mapping[str, Any]) -> None:
        self._session = run.session
        self._tuner = tuner
        self._keras = dict(keras)
        self._runs = Trials(run)
        self._rows: dict[str, dict[str, Any]] = {}
        self._current: Recording | None = None
        self._before = {
            "on_trial_begin": tuner.on_trial_begin,
            "on_trial_end": tuner.on_trial_end,
        }
        self._fit = getattr(tuner.hypermodel, "fit", None)
        tuner.on_trial_begin = self._on_trial_begin
        tuner.on_trial_end = self._on_trial_end
        if self._fit is not None:
            tuner.hypermodel.fit = self._on_fit

    def detach(self) -> None:
        """Leave the tuner as it was found, and record the table of all trials."""
        for name in self._before:
            vars(self._tuner).pop(name, None)
        if self._fit is not None:
            vars(self._tuner.hypermodel).pop("fit", None)
        if self._rows:
            rows = list(self._rows.values())
            columns = {name: [row[name] for row in rows] for name in ("trial", "state")}
            numbers = {
                name: np.array([row[name] for row in rows], dtype=float)
                for name in (self._score_name, "best_epoch")
            }
            params = parameter_columns([row["params"] for row in rows])
            self._session.writer.log_table(
                "trials", {**columns, **numbers, **params}, step=self._session.steps.last
            )

    @property
    def _score_name(self) -> str:
        return str(self._tuner.oracle.objective.name)

    def _on_trial_begin(self, trial: Any) -> None:
        self._before["on_trial_begin"](trial)
        with self._session.guard("trial"):
            self._current = self._runs.open(trial.trial_id, trial.hyperparameters.values)

    def _on_fit(self, hyperparameters: Any, model: Any, *arguments: Any, **options: Any) -> Any:
        """Fit as the hypermodel does, with one callback more."""
        assert self._fit is not None
        with self._session.guard("trial"):
            if self._current is not None:
                ours = self._current.keras(**self._keras)
                options["callbacks"] = [*(options.get("callbacks") or ()), ours]
        return self._fit(hyperparameters, model, *arguments, **options)

    def _on_trial_end(self, trial: Any) -> None:
        try:
            self._before["on_trial_end"](trial)
        finally:
            with self._session.guard("trial"):
                self._record(trial)

    def _record(self, trial: Any) -> None:
        child, self._current = self._current, None
        known = self._tuner.oracle.trials.get(trial.trial_id, trial)
        score = np.nan if known.score is None else float(known.score)
        self._rows[trial.trial_id] = {
            "trial": str(trial.trial_id),
            "state": str(known.status),
            self._score_name: score,
            "best_epoch": known.best_step if known.score is not None else np.nan,
            "params": dict(trial.hyperparameters.values),
        }
        self._record_score(score)
        if child is None:
            return
        if known.score is not None:
            child.log({"score": score}, step=child.session.steps.last)
        if known.message:
            child.note(str(known.message))
        child.finish(_STATUS.get(str(known.status), "interrupted"))

    def _record_score(self, score: float) -> None:
        done = len(self._rows)
        steps = self._session.steps
        steps.follow(max(steps.last, done))
        scores = np.array([row[self._score_name] for row in self._rows.values()])
        found = {self._score_name: score}
        if np.isfinite(scores).any():
            best = np.nanmin if self._tuner.oracle.objective.direction == "min" else np.nanmax
            found[f"best_{self._score_name}"] = float(best(scores))
        self._session.writer.log_scalars(found, step=done)
