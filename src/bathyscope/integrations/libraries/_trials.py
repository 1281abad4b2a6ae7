"""What searches have in common: each trial is a run of its own beside the search's run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.integrations.recording import Recording


class Trials:
    """The runs of the trials of one search: ``<run>-<key>``, of the group and tag ``<run>``.

    Parameters
    ----------
    run : Recording
        The run of the search.
    """

    def __init__(self, run: Recording) -> None:
        self._run = run
        self._folders: dict[int | str, str] = {}

    def open(self, key: int | str, config: Mapping[str, Any]) -> Recording:
        """Begin the run of a trial, or go on with it."""
        known = self._folders.get(key)
        child = Recording(
            known or f"{self._run.name}-{key}",
            config=config,
            runs_dir=self._run.path.parent,
            resume=known is not None,
            tags=(self._run.name,),
            group=self._run.name,
            strict=self._run.session.guard.strict,
        )
        self._folders[key] = child.name
        return child


def parameter_columns(parameters: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give the columns ``params/...`` of a table with one row per trial."""
    names = dict.fromkeys(name for one in parameters for name in one)
    return {f"params/{name}": _column([one.get(name) for one in parameters]) for name in names}


def _column(values: Sequence[Any]) -> NDArray[Any] | list[str]:
    """Give numbers where all are, else texts; what a trial does not have is NaN, or empty."""
    if all(value is None or isinstance(value, (int, float)) for value in values):
        return np.array([np.nan if value is None else value for value in values], dtype=float)
    return ["" if value is None else str(value) for value in values]
