"""Record vectors of samples that a program made itself, to be placed in a map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.integrations.budget import check_max_bytes, first_samples
from bathyscope.integrations.columns import column_from
from bathyscope.integrations.evaluate_scores import given_and_shown, record_given
from bathyscope.integrations.samples import note_samples
from bathyscope.integrations.session import Session
from bathyscope.integrations.shown import shown_columns
from bathyscope.integrations.values import array_from

#: What the vectors are called where a network's are called as the layer they come from.
_KEY = "embedding"


def log_vectors(
    session: Session,
    name: str,
    vectors: Any,
    *,
    labels: Any,
    show: Any,
    step: int | None,
    max_bytes: int,
) -> None:
    """Record vectors; see `Recording.log_vectors`."""
    check_max_bytes(max_bytes)
    rows = _rows(array_from(vectors, name="vectors"))
    at = session.steps.last if step is None else session.steps.at(step)
    inputs, show = given_and_shown(None, show, len(rows))
    columns = _columns(labels, show, len(rows))
    record_given(session, inputs, columns, len(rows), split=name, step=at, max_bytes=max_bytes)
    n_kept = first_samples(len(rows), max(rows[0].nbytes, 1), max_bytes)
    kept = {names.SAMPLE: np.arange(n_kept), _KEY: rows[:n_kept]}
    session.writer.log_arrays(names.FEATURES + name, kept, step=at)
    note_samples(session, f"Vectors of {name}", n_kept, len(rows), max_bytes=max_bytes)


def _rows(vectors: NDArray[Any]) -> NDArray[Any]:
    if vectors.ndim != 2 or not vectors.size or vectors.dtype.kind not in "biuf":
        raise ValueError(
            "`vectors` must hold one vector of numbers for each of at least one sample, in the "
            f"shape (n_samples, n_dimensions); got {vectors.dtype} of shape {vectors.shape}."
        )
    return vectors


def _columns(labels: Any, show: Any, n_samples: int) -> Mapping[str, NDArray[Any]] | None:
    """Put together what colours the samples and what a person is shown of them."""
    shown = {} if show is None else shown_columns(show, n_samples=n_samples)
    if labels is None:
        return shown or None
    column = column_from(labels, name="labels")
    if column.shape != (n_samples,):
        raise ValueError(
            f"`labels` must have one label for each of the {n_samples} vectors; "
            f"got shape {column.shape}."
        )
    return {names.LABEL: column, **shown}
