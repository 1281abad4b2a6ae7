"""What XGBoost and LightGBM measured: the dict they call ``evals_result``, or its JSON file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bathyscope._errors import DamagedFile
from bathyscope.importers.log import Faults, Log, Scalars
from bathyscope.importers.reading import add_points, begins_json, is_number, modified, read_json

TITLE = "results of boosting"
FILES = ("*evals_result*.json", "*evals_log*.json", "*eval_results*.json")
_NOTE = "A step is the number of boosting rounds done. The results say no times."


def sniff(path: Path) -> bool:
    """Say whether a JSON file holds results by data and metric."""
    if not begins_json(path):
        return False
    try:
        return _is_results(read_json(path))
    except DamagedFile:
        return False


def read(path: Path) -> Log:
    """Read a JSON file of results.

    Raises
    ------
    DamagedFile
        If it holds none.
    """
    found = read_json(path)
    if not _is_results(found):
        raise DamagedFile(
            f"`{path}` must hold results by data and metric, such as "
            '{"train": {"rmse": [1.5, 1.2]}}; it does not.'
        )
    return _results(found, path, modified(path))


def from_evals_result(results: Mapping[str, Any], *, name: str = "boosting") -> Log:
    """Take what ``evals_result`` of XGBoost or LightGBM, or LightGBM's ``cv``, gives.

    Parameters
    ----------
    results : mapping
        ``{"train": {"rmse": [...]}, ...}``, or ``{"valid l2-mean": [...], ...}``.
    name : str
    """
    if not _is_results(results):
        raise ValueError(
            '`results` must be of the form {"train": {"rmse": [1.5, 1.2]}}; '
            f"got {type(results).__name__}."
        )
    return _results(results, Path(name), 0.0)


def _is_results(found: Any) -> bool:
    if not isinstance(found, Mapping) or not found:
        return False
    return all(
        isinstance(metrics, Mapping)
        and metrics
        and all(_is_series(series) for series in metrics.values())
        for metrics in found.values()
    ) or _is_of_cv(found)


def _is_of_cv(found: Mapping[Any, Any]) -> bool:
    ends = ("-mean", "-stdv", "-std")
    return all(str(name).endswith(ends) and _is_series(s) for name, s in found.items())


def _is_series(series: Any) -> bool:
    return isinstance(series, (list, tuple)) and all(
        is_number(one) or one is None or isinstance(one, (list, tuple)) for one in series[:1]
    )


def _results(found: Mapping[str, Any], path: Path, time: float) -> Log:
    faults, scalars = Faults(), Scalars()
    if _is_of_cv(found):
        columns = {str(name): series for name, series in found.items()}
    else:
        columns = {
            f"{data}/{metric}": series
            for data, metrics in found.items()
            for metric, series in metrics.items()
        }
    for name, series in columns.items():
        steps = range(1, len(series) + 1)
        add_points(scalars, name, steps, series, time=time, faults=faults)
    return Log(
        path.stem,
        path,
        TITLE,
        scalars.columns(),
        tags=("boosting",),
        created=time or math.nan,
        notes=(_NOTE,),
        faults=faults.told(),
        files=(path,) if time else (),
    )
