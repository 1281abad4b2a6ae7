"""What a person is shown of a sample, where the model's input says nothing to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.integrations.values import array_from


def shown_columns(show: Any, *, n_samples: int) -> dict[str, NDArray[Any]]:
    """Turn texts, or named features, into the columns of a ``shown`` table.

    Parameters
    ----------
    show : sequence of str, mapping of str to sequence, or data frame
    n_samples : int

    Raises
    ------
    ValueError
        If there is not one entry per sample, or it is neither text nor named features.
    """
    if isinstance(show, Mapping) or hasattr(show, "columns"):
        named = {str(name): show[name] for name in show}
    else:
        named = {"text": _texts(show)}
    columns = {name: _column(column, name=f"show[{name!r}]") for name, column in named.items()}
    wrong = {name: c.shape for name, c in columns.items() if c.shape != (n_samples,)}
    if wrong or not columns:
        raise ValueError(
            f"`show` must have one entry for each of the {n_samples} samples; got "
            + (", ".join(f"{name}: shape {shape}" for name, shape in wrong.items()) or "nothing")
            + "."
        )
    if names.SAMPLE in columns:
        raise ValueError(f"`show` must not have a column `{names.SAMPLE}`; rename it.")
    return columns


def _column(values: Any, *, name: str) -> NDArray[Any]:
    """Turn numbers or texts into an array; the columns of data frames hold texts as objects."""
    held = values.to_numpy() if hasattr(values, "to_numpy") else values
    is_mixed = isinstance(held, np.ndarray) and held.dtype == object
    if is_mixed and all(isinstance(value, str) for value in held.ravel()):
        return held.astype(np.str_)
    return array_from(values, name=name)


def shown_pictures(show: Any, *, n_samples: int) -> NDArray[Any] | None:
    """Give the images to show, if ``show`` is that: numbers of shape (n, height, width, ...).

    Raises
    ------
    ValueError
        If there is not one image per sample.
    """
    if len(getattr(show, "shape", ())) not in (3, 4):
        return None
    pictures = array_from(show, name="show")
    if len(pictures) != n_samples:
        raise ValueError(
            f"`show` must have one image for each of the {n_samples} samples; "
            f"got shape {pictures.shape}."
        )
    return pictures


def _texts(show: Any) -> NDArray[Any]:
    texts = np.asarray(list(show), dtype=object)
    if texts.ndim != 1 or not all(isinstance(text, str) for text in texts):
        raise ValueError(
            "`show` must be texts, images of shape (n_samples, height, width, ...), or named "
            'features such as {"age": ages, "income": incomes}; got something else.'
        )
    return texts.astype(np.str_)
