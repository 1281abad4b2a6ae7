"""How the values of a tensor are spread, step by step: as a heat map and as a ridge of curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope.figures import Axis, Bars, ColorScale, Figure, Ids, Line, Matrix, Note, Panel
from bathyscope.views._rebinning import Bins, as_steps, span_of
from bathyscope.views._stepped import (
    STEP,
    choose_name,
    evenly,
    left_out_text,
    read_stepped,
    recorded_names,
    require_columns,
)
from bathyscope.views._words import check_choice, count_text, nonfinite_counts_text, sentences
from bathyscope.views.base import Offer, RunData, View, register

Style = Literal["both", "heat", "ridge"]
Floats = NDArray[np.float64]

#: Rows of the heat map, all of one height.
ROWS = 96
#: At most so many steps are drawn as columns of the heat map, and as curves of the ridge.
COLUMNS = 240
CURVES = 12
#: How many rows high the highest curve of a ridge is.
_OVERLAP = 1.7
#: Where in its row a curve stands.
_BASE = 0.3
#: The colours end where all but this share of the cells lie, so that a peak does not hide the rest.
_PEAKS = 0.005
_COLUMNS = ("left", "right", "count")
#: A table may hold many tensors, told apart by this column.
_TENSOR = "tensor"
#: Ends its name where a column of it is named.
_END = "\0"
_HOW = "TensorBoard's histograms are imported by `bathyscope import`."


@register(room="parameters", place=50)
@dataclass(frozen=True, eq=False, repr=False)
class Histograms(View):
    """Histograms of one tensor at several steps.

    Parameters
    ----------
    name : str
        What is counted.
    step : array of int64, shape (n_bins,)
        The step each bin belongs to, increasing.
    left, right : array of float64, shape (n_bins,)
        Edges of the bins, which may differ from step to step and in width.
    count : array of float64, shape (n_bins,)
    style : {"both", "heat", "ridge"}
    note : str
        What was left out.
    """

    name: str
    step: NDArray[np.int64]
    left: Floats
    right: Floats
    count: Floats
    style: Style = "both"
    note: str = ""

    @classmethod
    def from_run(
        cls, run: RunData, name: str | None = None, *, style: Style = "both"
    ) -> Histograms:
        """Show the histograms a run recorded of a tensor.

        Parameters
        ----------
        run : Run
        name : str, optional
            By default the first recorded.
        style : {"both", "heat", "ridge"}

        Raises
        ------
        UnknownName, NotRecorded
            If there is no such histogram, or none at all.
        """
        if name is not None and names.HISTOGRAMS + name in run.table_names():
            table, tensor = names.HISTOGRAMS + name, ""
        else:
            found = _recorded(run)
            name = choose_name(run, tuple(found), name, what="histograms", how=_HOW)
            table, tensor = found[name]
        columns = _of_tensor(run, table, tensor) if tensor else read_stepped(run, table, _COLUMNS)
        return _made(name, [columns[key] for key in (STEP, *_COLUMNS)], style, _lost(columns))

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer every tensor of which histograms are recorded."""
        for name in _recorded(run):
            yield Offer(f"Histograms of {name}", {"name": name})

    @property
    def steps(self) -> NDArray[np.int64]:
        """The steps, each once."""
        return np.unique(self.step)

    @property
    def density(self) -> Floats:
        """Share of its step's values per unit, of each bin; infinite for bins without width."""
        starts = np.searchsorted(self.step, self.steps)
        totals = np.add.reduceat(self.count, starts) if len(starts) else np.zeros(0)
        total = np.repeat(totals, np.diff(np.append(starts, len(self.step))))
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.count / total / (self.right - self.left)

    def bins(self, step: int) -> Bins:
        """Give the histogram of a step."""
        at = slice(*np.searchsorted(self.step, [step, step + 1]))
        return Bins(self.left[at], self.right[at], self.count[at])

    @cached_property
    def span(self) -> tuple[float, float, float]:
        """Where the values are drawn: low, high, and the largest share that lies beyond."""
        steps = self.steps[evenly(len(self.steps), COLUMNS)]
        return span_of([self.bins(int(step)) for step in steps])

    def heat(self, at_most: int = COLUMNS) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Bring the histograms onto one grid.

        Returns
        -------
        steps : array of int64, shape (n_steps,)
        edges : array of float64, shape (n_rows + 1,)
            Evenly spaced.
        density : array of float64, shape (n_rows, n_steps)
            Share of the values per unit, the lowest row first.
        """
        steps = self.steps[evenly(len(self.steps), at_most)]
        histograms = [self.bins(int(step)) for step in steps]
        low, high, _ = self.span
        edges = np.linspace(low, high, ROWS + 1)
        columns = [item.counts_on(edges) / (item.total or 1.0) for item in histograms]
        return steps, edges, np.stack(columns, axis=1) / (edges[1] - edges[0])

    def figure(self) -> Figure:
        """Draw one histogram as bars, several as a heat map and a ridge."""
        title = f"Histograms of {self.name}"
        if not len(self.step):
            said = sentences(["No finite values were recorded.", self.note])
            return Figure(title, (Panel((Note(said),)),))
        if len(self.steps) == 1:
            panels = (self._bars_panel(),)
        else:
            heat = (self._heat_panel(),) if self.style != "ridge" else ()
            ridge = (self._ridge_panel(),) if self.style != "heat" else ()
            panels = heat + ridge
        return Figure(title, panels, columns=len(panels), note=self._note())

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per bin and step."""
        return {
            "step": self.step,
            "left": self.left,
            "right": self.right,
            "count": self.count,
            "density": self.density,
        }

    def _bars_panel(self) -> Panel:
        bins = self.bins(int(self.steps[0]))
        low, high, _ = self.span
        edges, density = bins.outline(np.linspace(low, high, ROWS + 1))
        bars = Bars(density, edges=edges)
        return Panel(
            (bars,),
            x=Axis(self.name, domain=(low, high)),
            y=Axis("density"),
            title=f"step {self.steps[0]:,}",
        )

    def _heat_panel(self) -> Panel:
        steps, edges, density = self.heat()
        high = float(np.quantile(density[density > 0], 1 - _PEAKS)) if density.any() else 1.0
        color = ColorScale("sequential", 0.0, high or 1.0, "density")
        centres = (edges[1:] + edges[:-1]) / 2
        mark = Matrix(
            density[::-1].astype(np.float32), color, x=steps.astype(np.float64), y=centres[::-1]
        )
        n_beyond = int((density > high).sum())
        return Panel(
            (mark,),
            x=Axis("step", integers=True),
            y=Axis(self.name),
            title="Heat map",
            note=sentences(
                [
                    left_out_text(len(steps), len(self.steps), "steps"),
                    f"{count_text(n_beyond, 'cell')} lie beyond the colours, "
                    f"up to a density of {density.max():.3g}."
                    if n_beyond
                    else "",
                ]
            ),
        )

    def _ridge_panel(self) -> Panel:
        steps = self.steps[evenly(len(self.steps), CURVES)]
        histograms = [self.bins(int(step)) for step in steps]
        low, high, _ = self.span
        grid = np.linspace(low, high, ROWS + 1)
        outlines = [as_steps(*item.outline(grid)) for item in histograms]
        highest = max(float(density.max()) for _, density in outlines) or 1.0
        marks = []
        for row, (step, (x, density)) in enumerate(zip(steps, outlines, strict=True), start=1):
            curve = row + _BASE - _OVERLAP * density / highest
            base = np.full(len(x), row + _BASE)
            ids = Ids("step", np.array([step]))
            marks.append(Line(x, curve, low=curve, high=base, markers=False, ids=ids))
        # An empty row at the top: the first curve rises into it.
        labels = ("", *(f"{step:,}" for step in steps))
        return Panel(
            tuple(marks),
            x=Axis(self.name, domain=(low, high)),
            y=Axis("step", scale="category", categories=labels),
            title="Ridge",
            note=sentences(
                [
                    left_out_text(len(steps), len(self.steps), "steps"),
                    f"All curves have one scale; the highest density is {highest:.3g}.",
                ]
            ),
        )

    def _note(self) -> str:
        totals = {self.bins(int(step)).total for step in self.steps}
        n_values = count_text(round(totals.pop()), "value") if len(totals) == 1 else ""
        *_, outside = self.span
        return sentences(
            [
                f"{n_values} at {_each(len(self.steps))}." if n_values else "",
                "Density: share of the values per unit, as bins may differ in width. On the common "
                f"grid of {ROWS} rows, the values of a bin are spread evenly over it.",
                f"Not drawn: at most {outside:.2%} of the values of a step, far from the others."
                if outside
                else "",
                self.note,
            ]
        )


def _each(n_steps: int) -> str:
    return "each of " + count_text(n_steps, "step") if n_steps > 1 else "1 step"


def _lost(columns: Mapping[str, NDArray[Any]]) -> str:
    """Say how many values of all steps are in no bin; who recorded them counted those too."""
    counted = ("nans", "positive_infs", "negative_infs", "size")
    if not all(key in columns for key in counted):
        return ""
    _, first = np.unique(columns[STEP], return_index=True)
    nans, above, below, size = (int(columns[key][first].sum()) for key in counted)
    return nonfinite_counts_text(nans, above + below, size)


def _recorded(run: RunData) -> dict[str, tuple[str, str]]:
    """Find what histograms are recorded of: its name, the table, and the tensor in that table."""
    found: dict[str, tuple[str, str]] = {}
    for name in recorded_names(run.table_names(), names.HISTOGRAMS):
        table = names.HISTOGRAMS + name
        columns = run.table(table)
        if _TENSOR not in columns:
            found[name] = (table, "")
            continue
        tensors = dict.fromkeys(str(tensor) for tensor in columns[_TENSOR])
        found |= {f"{name}/{tensor}": (table, tensor) for tensor in tensors}
    return found


def _of_tensor(run: RunData, table: str, tensor: str) -> dict[str, NDArray[Any]]:
    """Read what a table of many tensors holds of one, over all steps, in the order of steps."""
    # There is a picture of each tensor: some runs remember what the table holds of all.
    computed = getattr(run, "computed", None)
    if computed is None:
        found = _by_tensor(run, table, {tensor})
    else:
        found = computed(f"{table} by tensor", lambda: _by_tensor(run, table))
    columns = {
        key.removeprefix(tensor + _END): values
        for key, values in found.items()
        if key.rpartition(_END)[0] == tensor
    }
    order = np.argsort(columns[STEP], kind="stable")
    return {key: values[order] for key, values in columns.items()}


def _by_tensor(run: RunData, table: str, wanted: set[str] | None = None) -> dict[str, NDArray[Any]]:
    r"""Read a table of many tensors over all steps, and put together what it holds of each.

    Returns
    -------
    dict of str to array
        By ``<tensor>\0<column>``.
    """
    parts: dict[str, list[NDArray[Any]]] = {}
    for step in run.table_steps(table):
        columns = {key: np.asarray(values) for key, values in run.table(table, step=step).items()}
        require_columns(run, table, step, columns, needed=(_TENSOR, *_COLUMNS))
        tensors = columns.pop(_TENSOR)
        columns = {STEP: np.full(len(tensors), step, dtype=np.int64), **columns}
        # The bins of a tensor follow each other.
        starts = np.flatnonzero(np.append(True, tensors[1:] != tensors[:-1])[: len(tensors)])
        for start, stop in pairwise([*starts.tolist(), len(tensors)]):
            tensor = str(tensors[start])
            if wanted is None or tensor in wanted:
                for key, values in columns.items():
                    parts.setdefault(f"{tensor}{_END}{key}", []).append(values[start:stop])
    return {
        key: np.concatenate(pieces)
        for key, pieces in parts.items()
        # A column that a step lacks is left out.
        if len(pieces) == len(parts[f"{key.rpartition(_END)[0]}{_END}{STEP}"])
    }


def histograms(
    values: Mapping[int, ArrayLike] | Sequence[ArrayLike],
    *,
    name: str = "values",
    bins: int = 64,
    style: Style = "both",
) -> Histograms:
    """Count the values of a tensor at several steps.

    Parameters
    ----------
    values : mapping of int to array, or sequence of arrays
        The tensor at each step; arrays of a sequence are numbered from 0.
    name : str
        What is counted.
    bins : int
        How many bins of equal width, between the smallest and the largest finite value of a step.
    style : {"both", "heat", "ridge"}

    Raises
    ------
    ValueError
        If there is no step.

    Examples
    --------
    >>> view = histograms({0: [0.0, 1.0, 1.0], 10: [0.0, 0.0, 1.0]}, bins=2)
    >>> view.count.tolist()
    [1.0, 2.0, 2.0, 1.0]
    """
    by_step = values if isinstance(values, Mapping) else dict(enumerate(values))
    if not by_step:
        raise ValueError("`values` must hold at least one step; got none.")
    if bins < 1:
        raise ValueError(f"`bins` must be at least 1; got {bins}.")
    parts: list[tuple[NDArray[np.int64], Floats, Floats, Floats]] = []
    lost = 0
    for step in sorted(by_step):
        array = np.asarray(by_step[step], dtype=np.float64).ravel()
        finite = array[np.isfinite(array)]
        lost += array.size - finite.size
        if finite.size:
            counts, edges = np.histogram(finite, bins=bins)
            at = np.full(len(counts), step, dtype=np.int64)
            parts.append((at, edges[:-1], edges[1:], counts.astype(np.float64)))
    whole = [np.concatenate(column) for column in zip(*parts, strict=True)] or [np.zeros(0)] * 4
    note = f"{count_text(lost, 'value')} not finite." if lost else ""
    return _made(name, whole, style, note)


def _made(name: str, columns: Sequence[NDArray[Any]], style: Style, note: str = "") -> Histograms:
    """Keep the bins that say something, of columns step, left, right and count."""
    check_choice("style", style, ("both", "heat", "ridge"))
    left, right, count = (np.asarray(part, dtype=np.float64) for part in columns[1:])
    usable = np.isfinite([left, right, count]).all(axis=0) & (count > 0) & (right >= left)
    odd = int((~usable & (count != 0)).sum())
    told = f"{count_text(odd, 'bin')} without finite edges and count." if odd else ""
    steps = np.asarray(columns[0], dtype=np.int64)[usable]
    told = sentences([note, told])
    return Histograms(name, steps, left[usable], right[usable], count[usable], style, told)
