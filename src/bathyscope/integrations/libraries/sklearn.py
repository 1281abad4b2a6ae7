"""Record estimators of scikit-learn: how they learned, what they learned, what they say."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.utils.validation import check_is_fitted

from bathyscope import _names as names
from bathyscope.integrations.budget import MAX_BYTES
from bathyscope.integrations.columns import is_frame
from bathyscope.integrations.libraries._trials import parameter_columns
from bathyscope.integrations.recording import Recording
from bathyscope.integrations.sklearn_curves import Progress, fit_quality
from bathyscope.integrations.sklearn_parameters import final_of, layers_of
from bathyscope.integrations.steps import check_step
from bathyscope.runs import Run

#: What a search names the mean of a score over the folds.
_MEAN = "mean_test_"
#: Parameters of other types, such as estimators, are no settings to compare runs by.
_SIMPLE = (bool, int, float, str, tuple)


def attach(run: Recording, estimator: Any) -> EstimatorRecorder:
    """Record an estimator each time `EstimatorRecorder.record` is called.

    Parameters
    ----------
    estimator : estimator
        Also a pipeline, or a search for the best one; fitted when ``record`` is called.

    Returns
    -------
    EstimatorRecorder

    Examples
    --------
    >>> run.sklearn(model.fit(x, y)).record(x_test, y_test)  # doctest: +SKIP

    >>> recorder = run.sklearn(model)  # doctest: +SKIP
    >>> for batch, labels in batches:  # doctest: +SKIP
    ...     model.partial_fit(batch, labels, classes=classes)
    ...     recorder.record(x_test, y_test)
    """
    if not hasattr(estimator, "fit"):
        raise TypeError(
            "`estimator` must be an estimator of scikit-learn, with a method `fit`; "
            f"got {type(estimator).__name__}."
        )
    return EstimatorRecorder(run, estimator)


class EstimatorRecorder:
    """Records an estimator as it is now; made by `attach`.

    Parameters
    ----------
    run : Recording
    estimator : estimator
    """

    def __init__(self, run: Recording, estimator: Any) -> None:
        self._run = run
        self._session = run.session
        self._estimator = estimator
        self._progress = Progress()

    def record(
        self,
        x: Any = None,
        y: Any = None,
        *,
        split: str = "test",
        step: int | None = None,
        classes: Sequence[str] | None = None,
        show: Any = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Record curves, parameters and feature importance, and predictions if samples are given.

        Curves: ``loss`` and ``val_score`` of a network by epoch, of boosting by round, and with
        samples also the accuracy and loss (of a regression R²) after each round. Parameters:
        ``hidden_1/coef``, ``output/intercept``; of a decomposition ``components/vectors``, of a
        clustering ``clusters/centers``. What has no labels says by its own measures how well it
        fits: ``explained_variance_ratio`` (of all components together), ``inertia``,
        ``reconstruction_error``, ``lower_bound``. Of a search also the table ``trials``. The
        config gets the estimator's class and its parameters that are not the default ones.

        Parameters
        ----------
        x : array or data frame, shape (n_samples, n_features), optional
            Of a data frame, a person is shown the columns.
        y : array, shape (n_samples,), optional
            Classes as the estimator was given them, names too; or the values of a regression.
        split : str
            Name of these samples: scalars as `Recording.evaluate` writes them.
        step : int, optional
            By default what the estimator counts: updates, boosting rounds or iterations. What
            counts nothing, such as a forest, is recorded at the last known step.
        classes : sequence of str, optional
            By default the estimator's own ``classes_``.
        show, max_bytes
            As in `Recording.evaluate`.

        Raises
        ------
        ValueError
            If samples and labels do not match, or a label is not a class of the estimator.
        sklearn.exceptions.NotFittedError
            If the estimator was not fitted.
        """
        if isinstance(self._estimator, BaseEstimator):
            check_is_fitted(self._estimator)
        final = final_of(self._estimator)
        done, points = self._progress.look(final)
        at = self._step(done) if step is None else check_step(step)
        self._session.steps.at(at)
        with self._session.guard("settings"):
            self._session.add_settings(_settings(final))
        with self._session.guard("curves"):
            for when, values in points.items():
                self._session.writer.log_scalars(values, step=when)
            if quality := fit_quality(final):
                self._session.writer.log_scalars(quality, step=at)
        with self._session.guard("parameters"):
            self._record_parameters(final, at)
        with self._session.guard("feature importance"):
            self._record_importance(final, at)
        with self._session.guard("trials"):
            self._record_trials(at)
        if x is not None:
            self._judge(x, y, split, at, classes=classes, show=show, max_bytes=max_bytes)

    def _step(self, done: int | None) -> int:
        return self._session.steps.last if done is None else done

    def _record_parameters(self, final: Any, step: int) -> None:
        layers, values = layers_of(final)
        self._session.say(
            names.MODEL_EVENT,
            framework="sklearn",
            name=type(final).__name__,
            layers=[asdict(layer) for layer in layers],
        )
        if values:
            self._session.writer.log_arrays(names.PARAMETERS, values, step=step)
        if getattr(final, "early_stopping", False) is True and hasattr(final, "coefs_"):
            self._session.note(
                "Early stopping: the parameters recorded last are those of the best epoch."
            )

    def _record_importance(self, final: Any, step: int) -> None:
        worth = getattr(final, "feature_importances_", None)
        if worth is None:
            return
        known = getattr(final, "feature_names_in_", None)
        features = [f"x{index}" for index in range(len(worth))] if known is None else known
        columns = {"feature": list(map(str, features)), _measure_of(final): worth}
        if _is_of_sklearn(final) or not self._is_told(step):
            self._session.writer.log_table(names.FEATURE_IMPORTANCE, columns, step=step)

    def _is_told(self, step: int) -> bool:
        """Whether a callback of the library itself has recorded importance, which says more."""
        run, table = Run(self._run.path), names.FEATURE_IMPORTANCE
        return table in run.table_names() and step in run.table_steps(table)

    def _record_trials(self, step: int) -> None:
        """Record what a search tried, and what became of it."""
        results = getattr(self._estimator, "cv_results_", None)
        if results is None:
            return
        scores = {_score_name(key): results[key] for key in results if key.startswith(_MEAN)}
        best = getattr(self._estimator, "refit", None)
        order = sorted(scores, key=lambda name: name != best)
        failed = np.isnan(scores[order[0]])
        columns = {
            "trial": np.arange(len(failed)),
            "state": np.where(failed, "FAIL", "COMPLETE"),
            **{name: scores[name] for name in order},
            **parameter_columns(results["params"]),
        }
        self._session.writer.log_table(names.TRIALS, columns, step=step)
        if not failed.all():
            highest = {f"best_{order[0]}": float(np.nanmax(scores[order[0]]))}
            self._session.writer.log_scalars(highest, step=step)

    def _judge(self, x: Any, y: Any, split: str, step: int, **options: Any) -> None:
        estimator = self._estimator
        if is_regressor(estimator) and hasattr(estimator, "predict"):
            self._record_values(x, y, split, step, **options)
        elif not (is_classifier(estimator) and _has_one_label(y)):
            self._record_score(x, y, split, step)
        elif not hasattr(estimator, "predict_proba"):
            self._record_classes(x, y, split, step, **options)
        else:
            self._record_predictions(x, y, split, step, **options)
        with self._session.guard("scores of each round"):
            self._record_stages(x, y, split)

    def _record_score(self, x: Any, y: Any, split: str, step: int) -> None:
        if not hasattr(self._estimator, "score"):
            return
        what = "score"
        if is_classifier(self._estimator) or is_regressor(self._estimator):
            what = "accuracy" if is_classifier(self._estimator) else "r2"
        value = float(self._estimator.score(x, y))
        with self._session.guard("score"):
            self._session.writer.log_scalars({f"{split}_{what}": value}, step=step)

    def _record_values(
        self, x: Any, y: Any, split: str, step: int, *, classes: Any, show: Any, max_bytes: int
    ) -> None:
        if classes is not None:
            raise ValueError("`classes` names what a classifier tells apart; got a regressor.")
        self._run.evaluate_values(
            self._estimator.predict(x),
            np.asarray(y),
            split=split,
            step=step,
            targets=[str(name) for name in y.columns] if is_frame(y) else None,
            inputs=_given(x),
            show=show,
            max_bytes=max_bytes,
        )

    def _record_classes(
        self, x: Any, y: Any, split: str, step: int, *, classes: Any, show: Any, max_bytes: int
    ) -> None:
        """Record the predicted classes of what gives no probabilities, such as an SVM."""
        known = np.asarray(self._estimator.classes_)
        self._session.note(
            f"Scores of {split} are not recorded: the estimator has no `predict_proba`."
        )
        self._run.evaluate_labels(
            _class_numbers(self._estimator.predict(x), known),
            _class_numbers(y, known),
            split=split,
            step=step,
            classes=_class_names(known) if classes is None else classes,
            inputs=_given(x),
            show=show,
            max_bytes=max_bytes,
        )

    def _record_predictions(
        self, x: Any, y: Any, split: str, step: int, *, classes: Any, show: Any, max_bytes: int
    ) -> None:
        known = np.asarray(self._estimator.classes_)
        labels = _class_numbers(y, known)
        classes = _class_names(known) if classes is None else classes
        self._run.evaluate_scores(
            self._estimator.predict_proba(x),
            labels,
            split=split,
            step=step,
            classes=classes,
            inputs=_given(x),
            show=show,
            kind="probabilities",
            max_bytes=max_bytes,
        )

    def _record_stages(self, x: Any, y: Any, split: str) -> None:
        """Record the scores after each round of boosting."""
        fitted = getattr(self._estimator, "best_estimator_", self._estimator)
        final = final_of(fitted)
        if not hasattr(final, "staged_predict") or not _has_one_label(y):
            return
        inputs = fitted[:-1].transform(x) if hasattr(fitted, "steps") and len(fitted) > 1 else x
        for index, values in enumerate(_stages(final, inputs, np.asarray(y))):
            named = {f"{split}_{name}": float(value) for name, value in values.items()}
            self._session.writer.log_scalars(named, step=index + 1)


def _stages(final: Any, x: Any, y: NDArray[Any]) -> Any:
    if not is_classifier(final):
        return ({"r2": r2_score(y, predicted)} for predicted in final.staged_predict(x))
    if not hasattr(final, "staged_predict_proba"):
        return ({"accuracy": accuracy_score(y, found)} for found in final.staged_predict(x))
    known = np.asarray(final.classes_)
    return (
        {
            "accuracy": accuracy_score(y, known[scores.argmax(axis=1)]),
            "loss": log_loss(y, scores, labels=known),
        }
        for scores in final.staged_predict_proba(x)
    )


def _settings(estimator: Any) -> dict[str, Any]:
    """Give what the estimator is, and which of its parameters are not the default ones."""
    usual = inspect.signature(type(estimator).__init__).parameters
    given = estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}
    changed = {
        name: value
        for name, value in given.items()
        if isinstance(value, _SIMPLE)
        and str(value) != "nan"  # what XGBoost takes for missing
        and (name not in usual or repr(usual[name].default) != repr(value))
    }
    return {"estimator": type(estimator).__name__, **changed}


def _is_of_sklearn(estimator: Any) -> bool:
    return type(estimator).__module__.partition(".")[0] == "sklearn"


def _measure_of(estimator: Any) -> str:
    """Name the measure of feature importance: what other libraries mean by it is theirs to say."""
    return "importance" if _is_of_sklearn(estimator) else "feature_importances_"


def _score_name(key: str) -> str:
    return key.removeprefix(_MEAN)


def _class_names(known: NDArray[Any]) -> list[str] | None:
    """Name the classes, unless they are numbers from 0 on."""
    if np.array_equal(known, np.arange(len(known))):
        return None
    return [str(name) for name in known]


def _class_numbers(y: Any, known: NDArray[Any]) -> NDArray[np.int64]:
    """Turn classes as the estimator knows them, which it keeps sorted, into their numbers."""
    given = np.asarray(y).reshape(-1)
    unknown = ~np.isin(given, known)
    if unknown.any():
        raise ValueError(
            f"`y` must hold classes the estimator was fitted with ({len(known)} of them); "
            f"got {given[unknown][0]!r} ({int(unknown.sum())} of {len(given)} labels are others)."
        )
    return np.searchsorted(known, given)


def _given(x: Any) -> Any:
    """Give what the estimator was given, but for a sparse matrix, which may be too large."""
    return None if hasattr(x, "toarray") else x


def _has_one_label(y: Any) -> bool:
    shape = np.shape(y)
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
