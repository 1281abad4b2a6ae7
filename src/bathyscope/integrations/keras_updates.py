"""Norms of the changes an optimizer of Keras makes, from the parameters before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

#: Typed loosely: each back end has tensors of its own.
ops: Any = keras.ops


class UpdateNorms:
    """Norms of single steps' changes, at the steps that are read.

    Parameters
    ----------
    parameters : sequence of keras.Variable
    """

    def __init__(self, parameters: Sequence[Any]) -> None:
        self._parameters = parameters
        self._before: list[Any] = []
        self._at = -1

    def remember(self, steps: int) -> None:
        """Copy the parameters, on their device, before the next step."""
        self._before = [ops.copy(variable) for variable in self._parameters]
        self._at = steps

    def since(self, steps: int) -> NDArray[Any]:
        """Norms of the changes since; empty unless exactly one step was done."""
        before, self._before = self._before, []
        if not before or steps != self._at + 1:
            return np.zeros(0)
        norms = [
            ops.norm(ops.reshape(ops.subtract(variable, old), (-1,)))
            for variable, old in zip(self._parameters, before, strict=True)
        ]
        return np.array([float(ops.convert_to_numpy(norm)) for norm in norms])
