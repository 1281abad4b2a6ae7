"""The cells of a table as text, and its bars as shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.marks import Table

DASH = "–"


def is_number(values: NDArray[Any]) -> bool:
    """Whether a column holds numbers, which are right-aligned."""
    return values.dtype.kind in "iuf"


def cell_texts(mark: Table, name: str, most_rows: int) -> list[str]:
    """Write the first cells of a column."""
    values = mark.columns[name][:most_rows]
    spec = mark.formats.get(name, "")
    missing = DASH if name in mark.dashes else "NaN"
    return [_cell(value, spec, missing) for value in values.tolist()]


def _cell(value: Any, spec: str, missing: str) -> str:
    if isinstance(value, float) and not np.isfinite(value):
        return missing if np.isnan(value) else "∞" if value > 0 else "−∞"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return format(value, spec or _general(value)).replace("-", "−")
    return str(value)


def _general(value: float) -> str:
    return ",d" if isinstance(value, int) else ".4g"


def bar_shares(mark: Table, name: str) -> NDArray[np.float64]:
    """Length of each bar: 0 at zero and below, 1 at the largest finite number."""
    values = np.asarray(mark.columns[name], dtype=np.float64)
    finite = np.where(np.isfinite(values), values, 0.0)
    largest = float(finite.max()) if finite.size else 0.0
    return np.clip(finite / largest, 0.0, 1.0) if largest > 0 else np.zeros(len(values))
