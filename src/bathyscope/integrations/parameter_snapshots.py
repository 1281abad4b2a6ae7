"""All parameters of a model as they stand at a step, and how their numbers are spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from bathyscope import _names as names
from bathyscope.integrations.budget import largest_left_out, listing, size
from bathyscope.integrations.histograms import table_of_arrays
from bathyscope.integrations.session import Session
from bathyscope.models.protocol import Model, Parameter


class Keeper(Protocol):
    """Writes chosen parameters of a model."""

    def keep(self, model: Model, chosen: Sequence[str], step: int) -> None:
        """Write the parameters of these names, and histograms of them."""
        ...


class WholeParameters:
    """Writes parameters that this process holds as wholes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, model: Model, chosen: Sequence[str], step: int) -> None:
        """Write the parameters of these names, and histograms of them."""
        writer = self._session.writer
        values = model.parameters(chosen)
        writer.log_arrays(names.PARAMETERS, values, step=step)
        columns = table_of_arrays(values)
        if columns:
            writer.log_table(names.WEIGHT_HISTOGRAMS, columns, step=step)


class ParameterSnapshots:
    """Chooses which parameters are written, to stay in a budget.

    Parameters
    ----------
    session : Session
    max_bytes : int
        Bytes kept at one snapshot, of all processes together.
    """

    def __init__(self, session: Session, max_bytes: int) -> None:
        self._session = session
        self._max_bytes = max_bytes
        self.keeper: Keeper = WholeParameters(session)

    def record(self, model: Model, step: int) -> None:
        """Write the parameters of a model at a step."""
        known = {p.name: p for layer in model.layers() for p in layer.parameters}
        own = [name for name, parameter in known.items() if not parameter.same_as]
        if not own:
            self._session.note("The model has no parameters.")
            return
        sizes = {name: _bytes(known[name]) for name in own}
        kept, left_out = largest_left_out(sizes, self._max_bytes)
        if left_out:
            self._session.note(
                f"Parameters {listing(left_out)} are not kept: all together need more than "
                f"{size(self._max_bytes)} at a step."
            )
        if kept:
            self.keeper.keep(model, kept, step)


def _bytes(parameter: Parameter) -> int:
    try:
        width = np.dtype(parameter.dtype).itemsize
    except TypeError:  # bfloat16 and narrower floats, which are read as float32
        width = 4
    return width * math.prod(parameter.shape)
