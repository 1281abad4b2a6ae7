"""Record a training by XGBoost: ``train``, ``cv`` and the scikit-learn classes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from xgboost.callback import TrainingCallback

from bathyscope.integrations.boosting import BoostingRecorder
from bathyscope.integrations.recording import Recording
from bathyscope.integrations.session import Session
from bathyscope.integrations.values import from_single

#: Parameters of trees that go into the config, with their default values too.
_TUNED = (
    "learning_rate", "max_depth", "max_leaves", "max_bin", "min_child_weight", "min_split_loss",
    "subsample", "colsample_bytree", "reg_alpha", "reg_lambda",
)  # fmt: skip
_OF_TREES = ("weight", "gain", "cover", "total_gain", "total_cover")


def attach(run: Recording) -> XGBoostCallback:
    """Make a callback for XGBoost.

    Metrics of every round are recorded as ``<data>/<metric>`` at the number of rounds done, the
    parameters that are tuned as a rule as config, and the table ``feature_importance`` at the end.

    Returns
    -------
    xgboost.callback.TrainingCallback

    Examples
    --------
    >>> xgboost.train({}, data, 9, callbacks=[run.xgboost()])  # doctest: +SKIP
    """
    return XGBoostCallback(run.session)


class XGBoostCallback(TrainingCallback):
    """Records a training; made by `attach`.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._recorder = BoostingRecorder(session)

    def before_training(self, model: Any) -> Any:
        """Record what the model was set to."""
        with self._session.guard("parameters"):
            if isinstance(model, xgboost.Booster):
                self._session.add_settings(_settings(model))
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Record the metrics of a round; never ends the training."""
        del epoch
        with self._session.guard("metrics of a round"):
            self._recorder.round(model.num_boosted_rounds(), _last(evals_log))
        return False

    def after_training(self, model: Any) -> Any:
        """Record what the features were worth."""
        with self._session.guard("feature importance"):
            if isinstance(model, xgboost.Booster):
                self._recorder.importance(model.num_boosted_rounds(), _importance(model))
            else:
                self._recorder.cross_validated()
        with self._session.guard("best round"):
            best = model.attr("best_iteration")
            if best is not None:
                self._recorder.stopped_early(int(best) + 1)
        return model

    def __deepcopy__(self, memo: Any) -> XGBoostCallback:
        """Stay the same: scikit-learn copies an estimator's callbacks, and there is one run."""
        del memo
        return self


def _settings(model: xgboost.Booster) -> dict[str, Any]:
    learner = json.loads(model.save_config())["learner"]
    known = learner["gradient_booster"].get("tree_train_param", {})
    tuned = {name: _number(known[name]) for name in _TUNED if name in known}
    return {"booster": learner["gradient_booster"]["name"], **tuned}


def _number(text: str) -> float:
    """Read a number; XGBoost keeps 32 bits, and writes more digits than these hold."""
    return int(text) if text.isdecimal() else from_single(text)


def _last(evals_log: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Take the newest value of each metric; cross validation gives pairs of mean and deviation."""
    values: dict[str, float] = {}
    for data, metrics in evals_log.items():
        for metric, series in metrics.items():
            last = series[-1]
            if isinstance(last, tuple):
                values[f"{data}/{metric}"], values[f"{data}/{metric}_std"] = map(float, last)
            else:
                values[f"{data}/{metric}"] = float(last)
    return values


def _importance(model: xgboost.Booster) -> dict[str, Any]:
    count = model.num_features()
    features = model.feature_names or [f"f{index}" for index in range(count)]
    columns: dict[str, Any] = {"feature": list(features)}
    for kind in _OF_TREES if _has_trees(model) else ("weight",):
        columns |= _columns(kind, model.get_score(importance_type=kind), features)
    return columns


def _columns(kind: str, scores: Mapping[str, Any], features: Any) -> dict[str, NDArray[Any]]:
    """Give features that were never used 0; a linear model has one weight per class."""
    width = max((np.size(score) for score in scores.values()), default=1)
    rows = np.array([np.broadcast_to(scores.get(name, 0.0), width) for name in features], float)
    if width == 1:
        return {kind: rows[:, 0]}
    return {f"{kind}/{index}": rows[:, index] for index in range(width)}


def _has_trees(model: xgboost.Booster) -> bool:
    return json.loads(model.save_config())["learner"]["gradient_booster"]["name"] != "gblinear"
