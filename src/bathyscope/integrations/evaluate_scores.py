"""Record what a model said that was run by somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bathyscope.integrations.budget import check_max_bytes
from bathyscope.integrations.classification import numbers_of_names, scores_from_output
from bathyscope.integrations.columns import column_from, columns_of_frame, is_frame
from bathyscope.integrations.evaluate import Evaluation, judge, record_judged
from bathyscope.integrations.regression import RegressionEvaluation, judge_values, record_values
from bathyscope.integrations.samples import Samples, record_inputs, record_shown, samples_from
from bathyscope.integrations.session import Session, check_classes
from bathyscope.integrations.shown import shown_columns, shown_pictures
from bathyscope.integrations.steps import check_step
from bathyscope.integrations.values import array_from


def evaluate_scores(
    session: Session,
    scores: Any,
    labels: Any,
    *,
    inputs: Any,
    split: str,
    step: int | None,
    classes: Sequence[str] | None,
    show: Any,
    kind: str,
    max_bytes: int,
) -> Evaluation:
    """Judge and record; see `Recording.evaluate_scores`."""
    check_max_bytes(max_bytes)
    names = check_classes(classes)
    at = session.steps.last if step is None else check_step(step)
    found = scores_from_output(array_from(scores, name="scores"), kind=kind)
    n_samples = len(found.values)
    inputs, show = given_and_shown(inputs, show, n_samples)
    true = None if labels is None else numbers_of_names(column_from(labels, name="y"), names)
    judged = judge(found, true, split=split, step=at, classes=names)
    record_given(session, inputs, show, n_samples, split=split, step=at, max_bytes=max_bytes)
    record_judged(session, judged, classes=names, max_bytes=max_bytes)
    return judged.evaluation


def evaluate_values(
    session: Session,
    predicted: Any,
    values: Any,
    *,
    inputs: Any,
    split: str,
    step: int | None,
    targets: Sequence[str] | None,
    show: Any,
    max_bytes: int,
) -> RegressionEvaluation:
    """Judge and record; see `Recording.evaluate_values`."""
    check_max_bytes(max_bytes)
    at = session.steps.last if step is None else check_step(step)
    told = array_from(predicted, name="predicted")
    true = None if values is None else array_from(values, name="y")
    judged = judge_values(told, true, split=split, step=at, targets=targets)
    inputs, show = given_and_shown(inputs, show, judged.n_samples)
    record_given(session, inputs, show, judged.n_samples, split=split, step=at, max_bytes=max_bytes)
    record_values(session, judged, max_bytes=max_bytes)
    return judged


def given_and_shown(inputs: Any, show: Any, n_samples: int) -> tuple[Any, Any]:
    """Say what went in, as numbers or texts, and what a person is shown of it.

    Images and sounds are what goes in, whatever the model made of them. Of a data frame a person is
    shown the columns, and only numbers are kept as what went in.
    """
    pictures = shown_pictures(show, n_samples=n_samples)
    if pictures is not None:
        return pictures, None
    if not is_frame(inputs):
        return inputs, show
    columns = columns_of_frame(inputs, name="inputs")
    is_numbers = all(column.dtype.kind in "biuf" for column in columns.values())
    return inputs if is_numbers else None, columns if show is None else show


def record_given(session: Session, inputs: Any, show: Any, n_samples: int, **options: Any) -> None:
    """Record what the model was given, and what to show a person; wrong arguments raise here."""
    samples = None if inputs is None else _checked(inputs, show, n_samples)
    shown = None if show is None else shown_columns(show, n_samples=n_samples)
    with session.guard("inputs"):
        if samples is not None:
            record_inputs(session, samples, **options)
        elif shown is not None:
            del options["max_bytes"]
            record_shown(session, shown, n_samples=n_samples, **options)


def _checked(inputs: Any, show: Any, n_samples: int) -> Samples:
    samples = samples_from(inputs, None, show=show, called=("inputs", "y"))
    if len(samples) != n_samples:
        raise ValueError(
            f"`inputs` must have one sample for each of the {n_samples} predictions; "
            f"got {len(samples)}."
        )
    return samples
