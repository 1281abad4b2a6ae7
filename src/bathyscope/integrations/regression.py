"""Predicted values held against the true ones: the numbers, and their record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.integrations.budget import first_samples
from bathyscope.integrations.samples import note_samples
from bathyscope.integrations.session import Session

#: What a caller says an output is, if it is what a regression predicts.
VALUES = "values"

#: Of a model that predicts more values at once than this, the first are kept one by one.
MOST_TARGETS = 16
_ROW_BYTES = 40


@dataclass(frozen=True, eq=False)
class RegressionEvaluation:
    """What an evaluation of predicted values found.

    Parameters
    ----------
    split : str
    step : int
    mse, mae : float
        Mean squared and mean absolute error, over all samples and targets.
    r2 : float
        Coefficient of determination, the mean over the targets: the share of their variance that
        is explained. NaN if the true values of a target are all equal.
    targets : tuple of str
        What is predicted.
    true, predicted : array of float64, shape (n_samples, n_targets)
    """

    split: str
    step: int
    mse: float
    mae: float
    r2: float
    targets: tuple[str, ...]
    true: NDArray[np.float64] = field(repr=False)
    predicted: NDArray[np.float64] = field(repr=False)

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(self.true)


def is_regression(
    output: NDArray[Any],
    labels: NDArray[Any] | None,
    *,
    kind: str = "auto",
    classes: Sequence[str] | None = None,
    targets: Sequence[str] | None = None,
) -> bool:
    """Tell whether an output is to be held against values rather than classes.

    Who names classes, or says what scores the output is, has a classifier; who names targets, or
    says that they are ``values``, has none. Else labels are values when they are not whole
    numbers, when they have the shape of an output that is no classifier's, or when the model
    gives one number for each sample and they are more than the two classes which that could tell
    apart.

    Parameters
    ----------
    output : array, shape (n_samples, ...)
    labels : array, shape (n_samples, ...)
    kind : {"auto", "values", "probabilities", "logits", "independent"}
    classes, targets : sequence of str, optional

    Raises
    ------
    ValueError
        If what the caller says contradicts itself.
    """
    is_classifier = classes is not None or kind not in ("auto", VALUES)
    if is_classifier and (kind == VALUES or targets is not None):
        raise ValueError(
            "A regression has `targets`, or `scores='values'`; a classifier has `classes`, or "
            "another kind of `scores`. Give one or the other."
        )
    if is_classifier or kind == VALUES or targets is not None:
        return not is_classifier
    return labels is not None and labels.dtype.kind in "iuf" and _are_values(output, labels)


def _are_values(output: NDArray[Any], labels: NDArray[Any]) -> bool:
    known = labels[np.isfinite(labels)] if labels.dtype.kind == "f" else labels
    is_image = output.ndim > 2 and output.shape == labels.shape
    if is_image or not np.array_equal(known, np.round(known)):
        return True
    is_single = output.ndim == 1 or (output.ndim == 2 and output.shape[1] == 1)
    return is_single and not np.isin(known, (-1, 0, 1)).all()


def judge_values(
    output: NDArray[Any],
    labels: NDArray[Any] | None,
    *,
    split: str,
    step: int,
    targets: Sequence[str] | None = None,
) -> RegressionEvaluation:
    """Hold predicted values against the true ones; wrong arguments raise here.

    Parameters
    ----------
    output, labels : array, shape (n_samples, ...)
        Of equal shape, but for axes of length 1.
    targets : sequence of str, optional
        Names of the predicted values.

    Raises
    ------
    ValueError
        If shapes differ, or a value is not finite.
    """
    if labels is None:
        raise ValueError("`y` must hold the true values; got None.")
    predicted, true = _rows(output, "The model's output"), _rows(labels, "`y`")
    if predicted.shape != true.shape:
        raise ValueError(
            "`y` must hold one value for each that the model predicts; "
            f"got {labels.shape} for outputs of shape {output.shape}."
        )
    errors = predicted - true
    return RegressionEvaluation(
        split,
        step,
        float(np.mean(errors**2)),
        float(np.mean(np.abs(errors))),
        float(np.mean(_explained(true, errors))),
        _target_names(targets, true.shape[1]),
        true,
        predicted,
    )


def record_values(session: Session, found: RegressionEvaluation, *, max_bytes: int) -> None:
    """Record the errors of all samples, and true and predicted values as far as they may go."""
    guard, split, step = session.guard, found.split, found.step
    with guard("predictions"):
        session.writer.log_scalars(
            {f"{split}_loss": found.mse, f"{split}_mae": found.mae, f"{split}_r2": found.r2},
            step=step,
        )
    with guard("predicted values"):
        n_samples, n_targets = found.true.shape
        n_told = min(n_targets, MOST_TARGETS)
        n_kept = first_samples(n_samples, _ROW_BYTES * n_told, max_bytes)
        columns = _table(found, n_kept, n_told)
        session.writer.log_table(names.REGRESSION + split, columns, step=step)
        what = f"Predicted values of {split}"
        note_samples(session, what, n_kept, n_samples, max_bytes=max_bytes)
        if n_told < n_targets:
            session.note(
                f"{what} are kept for the first {n_told} of {n_targets:,} targets; "
                "the errors are those of all."
            )


def _table(found: RegressionEvaluation, n_kept: int, n_told: int) -> dict[str, NDArray[Any]]:
    """One row for each sample and target."""
    loss = np.mean((found.predicted - found.true) ** 2, axis=1)
    return {
        names.SAMPLE: np.repeat(np.arange(n_kept), n_told),
        "target": np.tile(np.array(found.targets[:n_told], dtype=np.str_), n_kept),
        "true": found.true[:n_kept, :n_told].reshape(-1),
        "predicted": found.predicted[:n_kept, :n_told].reshape(-1),
        "loss": np.repeat(loss[:n_kept], n_told),
    }


def _rows(values: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Give values as rows of one sample each, or say why they are none."""
    if values.ndim == 0 or not values.size:
        raise ValueError(f"{name} must hold at least one value; got shape {values.shape}.")
    if values.dtype.kind not in "biuf" and not np.issubdtype(values.dtype, np.floating):
        raise ValueError(f"{name} must hold real numbers; got values of type {values.dtype}.")
    rows = values.reshape(len(values), -1).astype(np.float64)
    bad = ~np.isfinite(rows).all(axis=1)
    if bad.any():
        raise ValueError(
            f"{name} must not be NaN or infinite; it is for {int(bad.sum())} of {len(rows)} "
            f"samples, the first is sample {int(bad.argmax())}."
        )
    return rows


def _explained(true: NDArray[np.float64], errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """R² of each target."""
    spread = np.sum((true - true.mean(axis=0)) ** 2, axis=0)
    missing = np.full(len(spread), np.nan)
    rest = np.divide(np.sum(errors**2, axis=0), spread, out=missing, where=spread > 0)
    return 1.0 - rest


def _target_names(given: Sequence[str] | None, n_targets: int) -> tuple[str, ...]:
    if given is None:
        return ("value",) if n_targets == 1 else tuple(f"value {i}" for i in range(n_targets))
    told = tuple(str(name) for name in given)
    if isinstance(given, str) or len(told) != n_targets or len(set(told)) != n_targets:
        raise ValueError(
            f"`targets` must name the {n_targets} values the model predicts, each differently; "
            f"got {given!r}."
        )
    return told
