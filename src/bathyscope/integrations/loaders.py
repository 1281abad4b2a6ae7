"""Batches of a data loader, put together as samples and labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bathyscope.integrations.budget import size
from bathyscope.integrations.samples import batch_from, input_arrays
from bathyscope.integrations.values import array_from
from bathyscope.models.protocol import Batch

#: Batches of more than this are not put together: the samples are all held at once.
MAX_BYTES = 2 << 30
_LABELS = ("labels", "label")


def is_loader(value: Any) -> bool:
    """Say whether something gives batches: a ``DataLoader``, ``tf.data.Dataset`` or generator."""
    is_held = isinstance(value, (Mapping, Sequence)) or hasattr(value, "shape")
    return hasattr(value, "__iter__") and not is_held and not hasattr(value, "__array__")


def join_batches(loader: Iterable[Any], y: Any = None) -> tuple[Batch, NDArray[Any]]:
    """Put batches together: ``(x, y)``.

    Raises
    ------
    ValueError
        If a batch is no pair of samples and labels, if they do not fit together, if they are none
        or too many, or if there are other labels.
    """
    if y is not None:
        raise ValueError(
            f"`y` must be left out where `x` gives batches with their labels, as a "
            f"{type(loader).__name__} does; got both."
        )
    inputs: list[Batch] = []
    labels: list[NDArray[Any]] = []
    n_bytes = 0
    for batch in loader:
        x, y = _pair(batch)
        inputs.append(batch_from(x))
        labels.append(array_from(y, name="y"))
        n_bytes += sum(array.nbytes for array in input_arrays(inputs[-1]).values())
        if n_bytes > MAX_BYTES:
            raise ValueError(
                f"`x` must give batches of at most {size(MAX_BYTES)} together; these are more, or "
                "have no end. Take a part of them: `itertools.islice(loader, 100)`."
            )
    if not inputs:
        raise ValueError(
            "`x` must give at least one batch; got none. A generator gives its batches only once."
        )
    try:
        return _join(inputs), np.concatenate(labels)
    except (ValueError, KeyError) as error:
        raise ValueError(
            f"The batches of `x` must hold samples of one shape; they do not ({error}). Pad them "
            "to one length, or pass arrays."
        ) from error


def _pair(batch: Any) -> tuple[Any, Any]:
    """Divide a batch into samples and labels."""
    if isinstance(batch, Mapping):
        named = cast(Mapping[str, Any], batch)
        called = next((name for name in _LABELS if name in named), None)
        if called is not None:
            return {name: value for name, value in named.items() if name != called}, named[called]
    elif isinstance(batch, (list, tuple)) and len(cast(Sequence[Any], batch)) == 2:
        return cast(tuple[Any, Any], tuple(cast(Sequence[Any], batch)))
    raise ValueError(
        "Each batch of `x` must be a pair (samples, labels), or a mapping with `labels`; got "
        f"{type(batch).__name__}"
        + (f" of {len(batch)}" if isinstance(batch, (list, tuple)) else "")
        + ". Pass arrays, or a generator that gives such pairs."
    )


def _join(batches: Sequence[Batch]) -> Batch:
    first = batches[0]
    parts = [input_arrays(batch) for batch in batches]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if isinstance(first, Mapping):
        return joined
    return list(joined.values()) if isinstance(first, (list, tuple)) else joined["inputs"]
