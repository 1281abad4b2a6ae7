"""Arrays of any shape that a program recorded under names of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope.figures import Axis, ColorScale, Figure, Line, Matrix, Note, Panel, Table, Tokens
from bathyscope.views import _recorded as recorded
from bathyscope.views._arrange import to_blocks
from bathyscope.views._shown import words_of
from bathyscope.views._stepped import choose_name, unclaimed
from bathyscope.views._words import listing, nonfinite_text, sentences, shape_text
from bathyscope.views.base import Offer, RunData, View, register

#: How many arrays of a group are drawn.
PANELS = 12
#: Larger sheets are drawn in blocks, at most so many a side.
SIDE = 400
_LONGEST_TEXT = 1_000
#: What the graph of TensorFlow is kept under: bytes of a format of its own.
_NO_TENSORS = ("graphs",)
_HOW = "Record them with `run.log_arrays('attention', {'head 0': weights}, step=...)`."


@register(room="features", place=90)
@dataclass(frozen=True, eq=False, repr=False)
class Tensors(View):
    """Arrays of one group at one step.

    Parameters
    ----------
    name : str
        What they are together.
    arrays : mapping of str to array
        Of any shape.
    subject : str
        At which step; part of the title.

    Examples
    --------
    >>> from bathyscope import views
    >>> [panel.title for panel in views.tensors({"attention": np.eye(4)}).figure().panels]
    ['attention: 4 × 4']
    """

    name: str
    arrays: Mapping[str, NDArray[Any]]
    subject: str = ""

    @classmethod
    def from_run(cls, run: RunData, name: str | None = None, *, step: int = -1) -> Tensors:
        """Show arrays a run recorded.

        Parameters
        ----------
        run : Run
        name : str, optional
            A group of arrays; by default the first that has no view of its own.
        step : int
            A recorded step; -1 is the last.

        Raises
        ------
        UnknownName, NotRecorded
            If there is no such group, or none at all.
        """
        own = _groups(run)
        known = own if name is None else (*own, *run.array_groups())
        name = choose_name(run, known, name, what="arrays", how=_HOW)
        step, arrays = recorded.read_arrays(run, name, step)
        return cls(name, arrays, f"step {step:,}")

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer every group of arrays that has no view of its own, at every recorded step."""
        for name in _groups(run):
            yield Offer(f"Arrays: {name}", {"name": name}, run.array_steps(name))

    def figure(self) -> Figure:
        """Draw vectors as curves, others as matrices, and list single numbers."""
        title = f"Arrays: {self.name}" + (f", {self.subject}" if self.subject else "")
        single = {key: array for key, array in self.arrays.items() if array.size == 1}
        others = {key: array for key, array in self.arrays.items() if array.size != 1}
        panels = [_panel(key, array) for key, array in list(others.items())[:PANELS]]
        if single:
            panels.insert(0, _numbers_panel(single))
        left_out = list(others)[PANELS:]
        note = f"Not drawn: {listing(left_out)}." if left_out else ""
        if not panels:
            panels = [Panel((Note("No arrays were recorded."),))]
        return Figure(title, tuple(panels), columns=min(2, len(panels)), note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per entry: the array, where the entry stands in it counted row by row, its value.

        Complex numbers are given by their magnitude.
        """
        parts = [_real(array).ravel() for array in self.arrays.values()]
        sizes = [len(part) for part in parts]
        return {
            "array": np.repeat(np.array(list(self.arrays), dtype=np.str_), sizes),
            "index": np.concatenate([np.arange(size) for size in sizes] or [np.zeros(0, np.int64)]),
            "value": np.concatenate([part.astype(np.float64) for part in parts] or [np.zeros(0)]),
        }


def _groups(run: RunData) -> tuple[str, ...]:
    return unclaimed(run.array_groups(), (*names.ARRAYS_WITH_A_VIEW, *_NO_TENSORS))


def _real(array: NDArray[Any]) -> NDArray[Any]:
    return np.abs(array) if array.dtype.kind == "c" else array


def _panel(key: str, array: NDArray[Any]) -> Panel:
    title = f"{key}: {shape_text(array.shape)}"
    if not array.size:
        return Panel((Note(f"`{key}` has no entries: its shape is {array.shape}."),), title=title)
    text = _text_of(key, array)
    if text is not None:
        return Panel((Tokens((words_of(text[:_LONGEST_TEXT]),)),), title=f"text {key}")
    told = "Complex numbers: their magnitude is drawn." if array.dtype.kind == "c" else ""
    values = _real(array)
    note = sentences([told, nonfinite_text(values)])
    if values.ndim == 1:
        line = Line(np.arange(len(values), dtype=np.float64), values.astype(np.float64))
        return Panel((line,), Axis("index", integers=True), Axis("value"), title=title, note=note)
    return _matrix_panel(values, title, note)


def _matrix_panel(values: NDArray[Any], title: str, note: str) -> Panel:
    sheet = values.reshape(-1, values.shape[-1])
    blocks = to_blocks(sheet if sheet.dtype.kind == "f" else sheet.astype(np.float64), at_most=SIDE)
    finite = sheet[np.isfinite(sheet)] if sheet.dtype.kind == "f" else sheet
    signed = bool(finite.size) and bool(finite.min() < 0)
    color = ColorScale.fit(sheet, kind="signed" if signed else "sequential", label="value")
    mark = Matrix(
        blocks.values.astype(np.float32),
        color,
        x=blocks.centers(1) if blocks.reduced else None,
        y=blocks.centers(0) if blocks.reduced else None,
    )
    rows = "row" if values.ndim == 2 else "all dimensions but the last"
    told = [
        f"Drawn as {shape_text(sheet.shape)}: the first {values.ndim - 1} dimensions in one."
        if values.ndim > 2
        else "",
        f"Each cell stands for {shape_text(blocks.size)} entries and shows the one farthest from 0."
        if blocks.reduced
        else "",
        note,
    ]
    x, y = Axis("column", integers=True), Axis(rows, integers=True)
    return Panel((mark,), x, y, title=title, note=sentences(told))


def _numbers_panel(single: Mapping[str, NDArray[Any]]) -> Panel:
    table = Table(
        {
            "array": np.array(list(single), dtype=np.str_),
            "value": np.array([float(_real(array).ravel()[0]) for array in single.values()]),
        },
        formats={"value": ".6g"},
    )
    return Panel((table,), title="Single numbers")


def _text_of(key: str, array: NDArray[Any]) -> str | None:
    """Read texts of TensorBoard's tensors, which are imported as numbered bytes."""
    if not key.isdecimal() or array.dtype != np.uint8 or array.ndim != 1:
        return None
    try:
        text = array.tobytes().decode()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() or "\n" in text else None


def tensors(values: ArrayLike | Mapping[str, ArrayLike], *, name: str = "arrays") -> Tensors:
    """Show arrays of any shape.

    Parameters
    ----------
    values : array or mapping of str to array
    name : str
        What they are together.

    Raises
    ------
    ValueError
        If an array does not hold numbers.
    """
    given = values if isinstance(values, Mapping) else {name: values}
    arrays = {str(key): np.asarray(array) for key, array in given.items()}
    for key, array in arrays.items():
        if array.dtype.kind not in "biufc":
            raise ValueError(f"`{key}` must hold numbers; got dtype {array.dtype}.")
    return Tensors(name, arrays)
