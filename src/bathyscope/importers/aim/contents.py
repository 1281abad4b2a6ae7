"""What a run of Aim's holds: sequences of numbers, texts and distributions, and its settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bathyscope import _names as names
from bathyscope.importers.log import (
    BySteps,
    Columns,
    Faults,
    Scalars,
    cleaned,
    free_name,
    shortened,
    text_column,
)
from bathyscope.importers.reading import is_number
from bathyscope.runs.secrets import command_without_secrets

#: Aim's name of what is known of the machine; its environment variables may hold secrets.
_SYSTEM_SETTINGS = "__system_params"
_SYSTEM_METRIC = "__system__"
_SUBSET = "subset"
_NUMBERS = ("float", "float64", "int", "number")
_DEEPEST = 20
#: Where sequences of the second version lie; they are sorted by a hash of the step.
_PLACES = {1: ("seqs", "chunks"), 2: ("seqs", "v2", "chunks")}


def told_of(tree: Any, key: str) -> Mapping[str, Any]:
    """Give what Aim tells of a run: ``attrs``, ``contexts``, ``traces``, ``end_time``."""
    try:
        found = tree.subtree(("meta", "chunks", key)).collect() if tree is not None else {}
    except KeyError:  # the run has only begun
        return {}
    return found if isinstance(found, Mapping) else {}


def metric_name(name: str, context: Mapping[str, Any]) -> str:
    """Name a sequence as other tools do: ``val/loss``; what else its context says stands behind.

    Parameters
    ----------
    name : str
    context : mapping
        Such as ``{"subset": "val", "fold": 2}``, which makes ``val/loss [fold=2]`` of ``loss``.
    """
    rest = dict(context)
    subset = rest.pop(_SUBSET) if isinstance(rest.get(_SUBSET), str) else ""
    if name.startswith(_SYSTEM_METRIC):
        name = names.SYSTEM + name.removeprefix(_SYSTEM_METRIC)
    name = f"{subset}/{name}" if subset else name
    said = ", ".join(f"{key}={rest[key]}" for key in sorted(rest, key=str))
    return cleaned(f"{name} [{said}]" if said else name)


class Contents:
    """Gathers what is read of a run.

    Parameters
    ----------
    told : mapping
        What `told_of` gave.
    faults : Faults
    """

    def __init__(self, told: Mapping[str, Any], faults: Faults) -> None:
        self._told = told
        self._faults = faults
        self._scalars = Scalars()
        self._epochs: dict[int, tuple[float, float]] = {}
        self._tables: dict[str, dict[int, dict[str, Any]]] = {}
        self._left_out: Counter[str] = Counter()
        self._names: dict[str, None] = {}

    # Reading

    def take(self, tree: Any, key: str) -> None:
        """Read the values of all sequences.

        Parameters
        ----------
        tree : TreeView
            Aim's, of the container of values.
        key : str
            The hash of the run.
        """
        for context, name, trace in self._traces():
            label = free_name(metric_name(name, self._context(context)), self._names)
            self._names[label] = None
            kind = str(trace.get("dtype", "float"))
            place = (*_PLACES.get(trace.get("version", 1), _PLACES[1]), key, context, name)
            try:
                self._take(label, kind, tree.subtree(place))
            except Exception as error:  # whatever Aim's decoder says
                what = f"{type(error).__name__}: {error}"
                self._faults.add(f"`{shortened(label)}`: Aim cannot read it ({what})")

    def _traces(self) -> Iterator[tuple[Any, str, Mapping[str, Any]]]:
        for context, sequences in dict(self._told.get("traces") or {}).items():
            for name, trace in dict(sequences).items():
                yield context, str(name), trace

    def _context(self, number: Any) -> Mapping[str, Any]:
        found = dict(self._told.get("contexts") or {}).get(number)
        return found if isinstance(found, Mapping) else {}

    def _take(self, label: str, kind: str, series: Any) -> None:
        if kind in _NUMBERS:
            self._take_numbers(label, series)
        elif kind in ("aim.text", "list(aim.text)"):
            self._take_texts(names.TEXT + label, series)
        elif kind == "aim.log_line":
            lines = series.array("val").values_list()
            self._tables["console"] = {0: {"line": text_column([line.data for line in lines])}}
        elif kind == "aim.distribution":
            self._take_distributions(names.HISTOGRAMS + label, series)
        else:
            self._left_out[kind.removeprefix("list(").rstrip(")").removeprefix("aim.")] += 1

    def _take_numbers(self, label: str, series: Any) -> None:
        values = series.array("val")
        columns = [series.array(name).values_list() for name in ("time", "epoch")]
        has_steps = "step" in set(series.keys())
        steps = series.array("step").values_list() if has_steps else list(values.keys())
        points = list(zip(steps, values.values_list(), *columns, strict=False))
        if len({len(steps), *map(len, columns)}) > 1:
            self._faults.add(f"`{shortened(label)}`: its last points are being written")
        for step, value, time, epoch in sorted(points, key=_by_step):
            if not (isinstance(step, int) and is_number(value)):
                point = f"`{shortened(str(value))}` at step {shortened(str(step))}"
                self._faults.add(f"`{shortened(label)}`: {point} is no number")
                continue
            when = float(time) if is_number(time) else 0.0
            self._scalars.add(label, step, float(value), when)
            if is_number(epoch):
                self._epochs.setdefault(step, (float(epoch), when))

    def _take_texts(self, label: str, series: Any) -> None:
        for step, said in series.array("val").items():
            texts = said if isinstance(said, (list, tuple)) else [said]
            column = text_column([str(text.data) for text in texts])
            self._tables.setdefault(label, {})[step] = {"text": column}

    def _take_distributions(self, label: str, series: Any) -> None:
        for step, found in series.array("val").items():
            counts, edges = found.to_np_histogram()
            self._tables.setdefault(label, {})[step] = {
                "left": edges[:-1].astype(np.float64),
                "right": edges[1:].astype(np.float64),
                "count": counts.astype(np.float64),
            }

    # What was read

    def scalars(self) -> Columns:
        """Give the metrics; with ``epoch`` where Aim was told of it."""
        if names.EPOCH not in self._names:
            for step, (epoch, when) in sorted(self._epochs.items()):
                self._scalars.add(names.EPOCH, step, epoch, when)
        return self._scalars.columns()

    def tables(self) -> dict[str, BySteps]:
        """Give texts, histograms and what was printed."""
        return dict(self._tables)

    def config(self) -> dict[str, Any]:
        """Give the settings, without what Aim itself notes of the machine."""
        settings = dict(self._told.get("attrs") or {})
        return {
            cleaned(str(name)): plain(value)
            for name, value in settings.items()
            if name != _SYSTEM_SETTINGS
        }

    def about(self) -> dict[str, Any]:
        """Give what Aim notes of the machine, without environment variables."""
        found = dict(self._told.get("attrs") or {}).get(_SYSTEM_SETTINGS)
        if not isinstance(found, Mapping):
            return {}
        command = [str(part) for part in found.get("arguments") or ()]
        told = {
            "command": " ".join(command_without_secrets(command)),
            "git": plain(found.get("git_info")),
            "packages": plain(found.get("packages")),
        }
        return {name: value for name, value in told.items() if value}

    def notes(self) -> tuple[str, ...]:
        """Say what was left out."""
        counts = ", ".join(f"{count} of {kind}s" for kind, count in sorted(self._left_out.items()))
        return (f"Not read of Aim's sequences: {counts}.",) if counts else ()


def _by_step(point: tuple[Any, ...]) -> int:
    return point[0] if isinstance(point[0], int) else 0


def plain(value: Any, depth: int = 0) -> Any:
    """Give a setting as JSON can hold it; what Aim has objects for, as text."""
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        return {cleaned(str(key)): plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner, depth + 1) for inner in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return cleaned(str(value))
