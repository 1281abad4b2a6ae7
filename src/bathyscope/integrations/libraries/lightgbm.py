"""Record a training by LightGBM: ``train``, ``cv`` and the scikit-learn classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import lightgbm

from bathyscope.integrations.boosting import BoostingRecorder
from bathyscope.integrations.recording import Recording
from bathyscope.integrations.session import Session

_KINDS = ("split", "gain")


def attach(run: Recording) -> LightGBMCallback:
    """Make a callback for LightGBM.

    Metrics of every round are recorded as ``<data>/<metric>`` at the number of rounds done, the
    parameters as config, and the table ``feature_importance`` after the last round. Of a training
    that is stopped early the table is written when `Recording.finish` is called, or the next
    training begins: LightGBM tells its callbacks no sooner.

    Returns
    -------
    callable

    Examples
    --------
    >>> lightgbm.train({}, data, valid_sets=[data], callbacks=[run.lightgbm()])  # doctest: +SKIP
    """
    return LightGBMCallback(run.session)


class LightGBMCallback:
    """Records a training; made by `attach`.

    Parameters
    ----------
    session : Session
    """

    before_iteration = False

    def __init__(self, session: Session) -> None:
        self._session = session
        self._recorder = BoostingRecorder(session)
        self._model: Any = None
        self._rounds = 0

    def __call__(self, env: lightgbm.callback.CallbackEnv) -> None:
        """Record a round."""
        with self._session.guard("metrics of a round"):
            if env.iteration == env.begin_iteration:
                self._session.detach()
                self._session.attach(self)
                given = {name: value for name, value in env.params.items() if value is not None}
                self._session.add_settings(given)
            self._model, self._rounds = env.model, env.iteration + 1
            self._recorder.round(self._rounds, _metrics(env.evaluation_result_list or ()))
        if env.iteration == env.end_iteration - 1:
            with self._session.guard("feature importance"):
                self._session.detach()

    def detach(self) -> None:
        """Record what the features were worth to the model that was trained."""
        model, self._model = self._model, None
        if model is None:
            return
        if not isinstance(model, lightgbm.Booster):
            self._recorder.cross_validated()
            return
        columns: dict[str, Any] = {"feature": model.feature_name()}
        for kind in _KINDS:
            columns[kind] = model.feature_importance(importance_type=kind)
        self._recorder.importance(self._rounds, columns)
        if model.best_iteration > 0:
            self._recorder.stopped_early(model.best_iteration)


def _metrics(results: Iterable[Sequence[Any]]) -> dict[str, float]:
    """Read tuples of data, metric, value, whether more is better, and in cross validation std."""
    values: dict[str, float] = {}
    for data, metric, value, _, *deviation in results:
        values[f"{data}/{metric}"] = float(value)
        if deviation:
            values[f"{data}/{metric}_std"] = float(deviation[0])
    return values
