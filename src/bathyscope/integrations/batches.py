"""The samples a caller hands over, as the arrays a model takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.integrations.budget import bytes_per_sample, first_samples, size
from bathyscope.integrations.session import Session
from bathyscope.integrations.values import array_from
from bathyscope.models.batches import count_samples
from bathyscope.models.protocol import Batch



def batch_from(x: Any, *, name: str = "x") -> Batch:
    """Turn samples of any framework into NumPy arrays, keeping lists and mappings of inputs.

    Raises
    ------
    ValueError
        If there are no samples, or not equally many of each input.
    """
    batch = _convert(x, name)
    if count_samples(batch) == 0:
        raise ValueError(f"`{name}` must hold at least one sample; got none.")
    return batch


def _convert(x: Any, name: str) -> Batch:
    if isinstance(x, Mapping):
        return {str(key): _samples(value, f"{name}[{key!r}]") for key, value in x.items()}
    if isinstance(x, (list, tuple)) and x and all(hasattr(value, "shape") for value in x):
        return [_samples(value, f"{name}[{index}]") for index, value in enumerate(x)]
    return _samples(x, name)


def _samples(value: Any, name: str) -> NDArray[Any]:
    array = array_from(value, name=name)
    if array.ndim == 0:
        raise ValueError(f"`{name}` must have shape (n_samples, ...); got a single value.")
    return array


def input_arrays(batch: Batch) -> dict[str, NDArray[Any]]:
    """Name the inputs for the record: ``inputs``, or one name per input."""
    if isinstance(batch, Mapping):
        return dict(batch)
    if isinstance(batch, (list, tuple)):
        return {f"input_{index}": array for index, array in enumerate(batch)}
    return {"inputs": np.asarray(batch)}


def record_inputs(
    session: Session,
    batch: Batch,
    *,
    split: str,
    step: int,
    shown: Mapping[str, NDArray[Any]] | None,
    max_bytes: int,
) -> None:
    """Record what went into the model, and what a person is shown instead."""
    arrays = input_arrays(batch)
    n_samples = count_samples(batch)
    numbers = {name: array for name, array in arrays.items() if array.dtype.kind in "biuf"}
    if shown is None:
        texts = {name: array for name, array in arrays.items() if array.dtype.kind in "US"}
        shown = {"text": next(iter(texts.values())).reshape(n_samples, -1)[:, 0]} if texts else None
    if numbers:
        n_kept = first_samples(n_samples, sum(bytes_per_sample(numbers).values()), max_bytes)
        kept = {name: array[:n_kept] for name, array in numbers.items()}
        session.writer.log_arrays(
            names.INPUTS + split, {names.SAMPLE: np.arange(n_kept), **kept}, step=step
        )
        note_samples(session, "inputs", split, n_kept, n_samples, max_bytes)
    if shown is not None:
        columns = {names.SAMPLE: np.arange(n_samples), **shown}
        session.writer.log_table(names.SHOWN + split, columns, step=step)


def note_samples(
    session: Session, what: str, split: str, n_kept: int, n_samples: int, max_bytes: int
) -> None:
    """Say in the run that only the first samples were kept."""
    if n_kept < n_samples:
        session.note(
            f"Of {split}, {what} of the first {n_kept:,} of {n_samples:,} samples are kept "
            f"(at most {size(max_bytes)} at a step)."
        )
