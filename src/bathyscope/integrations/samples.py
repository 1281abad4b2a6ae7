"""The samples a caller hands over: checked, and recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.integrations.budget import bytes_per_sample, first_samples, size
from bathyscope.integrations.columns import column_from
from bathyscope.integrations.session import Session
from bathyscope.integrations.shown import shown_columns, shown_pictures
from bathyscope.integrations.values import array_from
from bathyscope.models.batches import count_samples
from bathyscope.models.protocol import Batch


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples, their labels if known, and what a person is shown of them.

    Parameters
    ----------
    inputs : array of shape (n_samples, ...), list or mapping of them
    labels : array of shape (n_samples, ...), optional
    shown : mapping of str to array of shape (n_samples,), optional
    pictures : array of shape (n_samples, height, width, ...), or arrays of sounds, optional
        Recorded instead of the inputs: the images or sounds that inputs were made from.
    """

    inputs: Batch
    labels: NDArray[Any] | None = None
    shown: Mapping[str, NDArray[Any]] | None = None
    pictures: Batch | None = None

    def __len__(self) -> int:
        return count_samples(self.inputs)


def samples_from(x: Any, y: Any, *, show: Any, called: tuple[str, str] = ("x", "y")) -> Samples:
    """Check samples, labels and what to show of them; ``called`` is what the caller calls them.

    Raises
    ------
    ValueError
        If there are no samples, or not equally many of everything.
    """
    inputs = batch_from(x, name=called[0])
    n_samples = count_samples(inputs)
    _check_one_output(y, n_samples, called[1])
    labels = None if y is None else column_from(y, name=called[1])
    if labels is not None and (labels.ndim == 0 or len(labels) != n_samples):
        given = len(labels) if labels.ndim else 1
        raise ValueError(
            f"`{called[1]}` must have one label per sample of `{called[0]}`; "
            f"got {n_samples} samples and {given} labels."
        )
    pictures = shown_pictures(show, n_samples=n_samples)
    if show is None or pictures is not None:
        return Samples(inputs, labels, pictures=pictures)
    return Samples(inputs, labels, shown_columns(show, n_samples=n_samples))


def _check_one_output(y: Any, n_samples: int, name: str) -> None:
    several = isinstance(y, (list, tuple, Mapping)) and len(cast(Sized, y)) != n_samples
    values = cast(Iterable[Any], y.values() if isinstance(y, Mapping) else y)
    if several and all(getattr(value, "ndim", 0) for value in values):
        raise ValueError(
            f"`{name}` must be the labels of one output, as one array; got "
            f"{len(cast(Sized, y))} arrays. Pass those of the output that classifies, or None."
        )


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
    session: Session, samples: Samples, *, split: str, step: int, max_bytes: int
) -> None:
    """Record what went into the model, and what a person is shown instead."""
    pictures = samples.pictures
    arrays = input_arrays(samples.inputs if pictures is None else pictures)
    n_samples = len(samples)
    numbers = {name: array for name, array in arrays.items() if array.dtype.kind in "biuf"}
    if numbers:
        n_kept = first_samples(n_samples, sum(bytes_per_sample(numbers).values()), max_bytes)
        kept = {name: array[:n_kept] for name, array in numbers.items()}
        session.writer.log_arrays(
            names.INPUTS + split, {names.SAMPLE: np.arange(n_kept), **kept}, step=step
        )
        note_samples(session, f"Inputs of {split}", n_kept, n_samples, max_bytes=max_bytes)
    shown = samples.shown or _texts(arrays)
    if shown:
        record_shown(session, shown, n_samples=n_samples, split=split, step=step)


def record_shown(
    session: Session, shown: Mapping[str, NDArray[Any]], *, n_samples: int, split: str, step: int
) -> None:
    """Record what a person is shown of the samples."""
    columns = {names.SAMPLE: np.arange(n_samples), **shown}
    session.writer.log_table(names.SHOWN + split, columns, step=step)


def _texts(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Show texts that are the model's input themselves."""
    texts = [array for array in arrays.values() if array.dtype.kind in "US"]
    return {"text": texts[0].reshape(len(texts[0]), -1)[:, 0].astype(np.str_)} if texts else {}


def note_samples(
    session: Session, what: str, n_kept: int, n_samples: int, *, max_bytes: int
) -> None:
    """Say in the run that only the first samples were kept."""
    if n_kept < n_samples:
        session.note(
            f"{what} are kept for the first {n_kept:,} of {n_samples:,} samples "
            f"(at most {size(max_bytes)} at a step)."
        )
