"""What a run of W&B logged step by step: numbers, texts, histograms and media."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.importers.log import BySteps, Faults, Scalars, cleaned, text_column
from bathyscope.importers.reading import is_number
from bathyscope.importers.wandb import messages

#: What W&B adds to every step; steps and times are columns here.
_OWN = ("_step", "_timestamp", "_runtime")
_DEEPEST = 10
#: `names` has no word for what lies in files beside the log.
_MEDIA = "media/"
Columns = dict[str, NDArray[Any]]


class History:
    """Gathers the steps of a run.

    Parameters
    ----------
    faults : Faults
    """

    def __init__(self, faults: Faults) -> None:
        self.scalars = Scalars()
        self.start = math.nan
        self._faults = faults
        self._step = -1
        self._texts: dict[str, list[tuple[int, str]]] = {}
        self._media: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
        self._histograms: dict[str, list[tuple[int, Columns]]] = {}
        self._arrays: dict[str, dict[int, Columns]] = {}

    def take(self, data: bytes) -> None:
        """Add the message of one step.

        Raises
        ------
        ValueError
            If its bytes are none.
        """
        found: dict[str, Any] = {}
        for item in messages.items(data, 1):
            if isinstance(item, messages.Item):
                messages.put(found, item)
            else:
                self._faults.add(f"history: {item}")
        self._step = self._number(found, messages.integer(messages.inner(data, 2), 1))
        time = self._time(found)
        for name, value in found.items():
            if name not in _OWN:
                self._add(name, value, time, 0)

    def _number(self, found: Mapping[str, Any], said: int | None) -> int:
        own = found.get("_step")
        if isinstance(own, float) and own.is_integer() and abs(own) < 2**53:
            own = int(own)
        for step in (own, said):
            if isinstance(step, int) and not isinstance(step, bool) and abs(step) < 2**62:
                return step
        return self._step + 1

    def _time(self, found: Mapping[str, Any]) -> float:
        time, runtime = found.get("_timestamp"), found.get("_runtime")
        if time is not None and is_number(time):
            return float(time)
        if runtime is not None and is_number(runtime):
            return self.start + float(runtime)
        return self.start

    def _add(self, name: str, value: Any, time: float, depth: int) -> None:
        if value is None:
            return
        if isinstance(value, bool) or is_number(value):
            self.scalars.add(name, self._step, float(value), time)
        elif isinstance(value, str):
            self._texts.setdefault(name, []).append((self._step, value))
        elif isinstance(value, dict) and "_type" in value:
            self._typed(name, value)
        elif isinstance(value, dict) and depth < _DEEPEST:
            for key, part in value.items():
                self._add(f"{name}.{key}", part, time, depth + 1)
        elif isinstance(value, list) and value and all(map(is_number, value)):
            array = np.array([float(one) for one in value])
            group = self._arrays.setdefault(names.TENSORS + cleaned(name), {})
            group[max(0, self._step)] = {"tensor": array}
        else:
            self._texts.setdefault(name, []).append((self._step, json.dumps(value)))

    def _typed(self, name: str, value: Mapping[str, Any]) -> None:
        columns = _histogram(value) if value["_type"] == "histogram" else None
        if columns is not None:
            self._histograms.setdefault(name, []).append((self._step, columns))
        else:
            self._media.setdefault(name, []).append((self._step, value))

    def tables(self) -> dict[str, BySteps]:
        """Give texts, histograms and what media there are: one table for all steps of a name."""
        tables: dict[str, BySteps] = {}
        for name, found in self._histograms.items():
            tables[names.HISTOGRAMS + cleaned(name)] = _table(found)
        for name, texts in self._texts.items():
            rows = [(step, {"text": text_column([text])}) for step, text in texts]
            tables[names.TEXT + cleaned(name)] = _table(rows)
        for name, media in self._media.items():
            rows = [(step, _listed(value)) for step, value in media]
            tables[_MEDIA + cleaned(name)] = _table(rows)
        return tables

    def arrays(self) -> dict[str, BySteps]:
        """Give lists of numbers."""
        return dict(self._arrays)


def _table(rows: list[tuple[int, Columns]]) -> BySteps:
    sizes = [len(next(iter(columns.values()))) for _, columns in rows]
    steps = np.array([step for step, _ in rows], np.int64)
    names_of = rows[0][1]
    columns = {name: np.concatenate([columns[name] for _, columns in rows]) for name in names_of}
    return {max(0, int(steps.max())): {"step": np.repeat(steps, sizes), **columns}}


def _histogram(value: Mapping[str, Any]) -> Columns | None:
    """Give the bins of a histogram; None if it is none."""
    counts, edges = value.get("values"), value.get("bins")
    packed = value.get("packedBins")
    if not isinstance(counts, list) or not all(map(is_number, counts)):
        return None
    if isinstance(packed, dict) and all(is_number(packed.get(k)) for k in ("min", "size")):
        edges = [packed["min"] + packed["size"] * index for index in range(len(counts) + 1)]
    if not isinstance(edges, list) or len(edges) != len(counts) + 1:
        return None
    if not all(map(is_number, edges)):
        return None
    limits = np.array([float(edge) for edge in edges])
    heights = np.array([float(count) for count in counts])
    return {"left": limits[:-1], "right": limits[1:], "count": heights}


def _listed(value: Mapping[str, Any]) -> Columns:
    """List files: their kind, place, caption and all that is said of them."""
    paths = _strings(value.get("filenames")) or _strings([value.get("path")]) or [""]
    captions = _strings(value.get("captions")) or _strings([value.get("caption")])
    captions = captions[: len(paths)] + [""] * (len(paths) - len(captions))
    return {
        "type": text_column([str(value["_type"])] * len(paths)),
        "path": text_column(paths),
        "caption": text_column(captions),
        "json": text_column([json.dumps(value)] + [""] * (len(paths) - 1)),
    }


def _strings(found: Any) -> list[str]:
    """Give a list of texts; none if it is anything else."""
    is_one = isinstance(found, list) and all(isinstance(one, str) for one in found)
    return list(found) if is_one else []
