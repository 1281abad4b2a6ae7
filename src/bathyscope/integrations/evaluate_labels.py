"""Record which classes a model predicted that was run by somebody else and gave no scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.integrations.budget import check_max_bytes
from bathyscope.integrations.columns import column_from
from bathyscope.integrations.evaluate_scores import given_and_shown, record_given
from bathyscope.integrations.session import Session, check_classes
from bathyscope.integrations.steps import check_step


@dataclass(frozen=True, eq=False)
class LabelsEvaluation:
    """What an evaluation of predicted classes found.

    Parameters
    ----------
    split : str
    step : int
    accuracy : float
    true, predicted : array of int64, shape (n_samples,)
    """

    split: str
    step: int
    accuracy: float
    true: NDArray[np.int64] = field(repr=False)
    predicted: NDArray[np.int64] = field(repr=False)


def evaluate_labels(
    session: Session,
    predicted: Any,
    labels: Any,
    *,
    inputs: Any,
    split: str,
    step: int | None,
    classes: Sequence[str] | None,
    show: Any,
    max_bytes: int,
) -> LabelsEvaluation:
    """Hold classes against the truth, and record them; see `Recording.evaluate_labels`."""
    check_max_bytes(max_bytes)
    at = session.steps.last if step is None else check_step(step)
    told, true, known = _codes(
        _labels(predicted, "predicted"),
        _labels(labels, "y"),
        check_classes(classes),
        lambda: session.class_names(split),
    )
    n_samples = len(true)
    inputs, show = given_and_shown(inputs, show, n_samples)
    record_given(session, inputs, show, n_samples, split=split, step=at, max_bytes=max_bytes)
    found = LabelsEvaluation(split, at, float(np.mean(told == true)), true, told)
    with session.guard("class names"):
        session.classes(known, split=split)
    with session.guard("predictions"):
        columns = {names.SAMPLE: np.arange(n_samples), "true": true, "predicted": told}
        session.writer.log_table(names.PREDICTIONS + split, columns, step=at)
        session.writer.log_scalars({f"{split}_accuracy": found.accuracy}, step=at)
    return found


def _labels(values: Any, called: str) -> NDArray[Any]:
    """Read class numbers or names, one for each sample."""
    if values is None:
        raise ValueError(f"`{called}` must hold a class for each sample; got None.")
    held = values.to_numpy() if hasattr(values, "to_numpy") else values
    if len(getattr(held, "shape", ())) == 2 and held.shape[1] == 1:
        held = held[:, 0]
    array = column_from(held, name=called)
    if array.ndim != 1 or not len(array):
        raise ValueError(
            f"`{called}` must hold one class for each of at least one sample; got shape "
            f"{array.shape}. Scores of classes go to `evaluate_scores`."
        )
    n_missing = int((array == "").sum()) if array.dtype.kind == "U" else 0
    if n_missing:
        raise ValueError(
            f"`{called}` must hold a class for each sample; {n_missing} of {len(array)} have none. "
            "Leave these samples out, or give them a class of their own."
        )
    return array


def _codes(
    told: NDArray[Any],
    true: NDArray[Any],
    classes: tuple[str, ...] | None,
    of_earlier_steps: Callable[[], tuple[str, ...]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[str, ...] | None]:
    """Number the classes: predicted, true, and their names where they have some."""
    if len(told) != len(true):
        raise ValueError(
            "`predicted` and `y` must hold one class for each sample; "
            f"got {len(told)} and {len(true)}."
        )
    kinds = {told.dtype.kind == "U", true.dtype.kind == "U"}
    if len(kinds) > 1:
        raise ValueError(
            "`predicted` and `y` must both hold class numbers, or both names; "
            f"got {told.dtype} and {true.dtype}."
        )
    if kinds == {True}:
        # What an earlier step called them comes first, so that its numbers stay true.
        known = classes or tuple(
            dict.fromkeys((*of_earlier_steps(), *np.unique(np.concatenate([told, true])).tolist()))
        )
        return _positions(told, known, "predicted"), _positions(true, known, "y"), known
    n_classes = None if classes is None else len(classes)
    return _numbers(told, n_classes, "predicted"), _numbers(true, n_classes, "y"), classes


def _positions(given: NDArray[Any], known: Sequence[str], called: str) -> NDArray[np.int64]:
    place = {name: index for index, name in enumerate(known)}
    unknown = [name for name in given.tolist() if name not in place]
    if unknown:
        raise ValueError(
            f"`{called}` must hold names that `classes` gives; got {unknown[0]!r} "
            f"({len(unknown)} of {len(given)} are others)."
        )
    return np.array([place[name] for name in given.tolist()], dtype=np.int64)


def _numbers(given: NDArray[Any], n_classes: int | None, called: str) -> NDArray[np.int64]:
    if given.dtype.kind not in "biuf":
        raise ValueError(f"`{called}` must hold class numbers or names; got {given.dtype}.")
    most = np.inf if n_classes is None else n_classes - 1
    wrong = given[~((given >= 0) & (given <= most) & (given == np.floor(given)))]
    if len(wrong):
        upto = "" if n_classes is None else f" to {n_classes - 1}, as many as `classes` names"
        raise ValueError(
            f"`{called}` must hold class numbers from 0{upto}; got {wrong[0].item()} "
            f"({len(wrong)} of {len(given)} are no such numbers)."
        )
    return given.astype(np.int64)
