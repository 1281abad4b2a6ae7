"""What the tests of all readers share: real logs, and the comparison of a log with a run of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope.importers import Log, LogRun, write_log
from bathyscope.runs import Run

#: A point as another reader has it: metric, step, value.
Point = tuple[str, int, float]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real logs; tests that want it are skipped where there is none."""
    place = os.environ.get("BATHYSCOPE_DATA")
    if not place or not Path(place).is_dir():
        pytest.skip("BATHYSCOPE_DATA names no folder")
    return Path(place)


@pytest.fixture(scope="session")
def points_of() -> Callable[[Log], list[Point]]:
    """Give every point of a log, sorted, NaN as text so that it equals itself."""

    def give(log: Log) -> list[Point]:
        return sorted(
            (name, step, str(value))
            for name, column in log.scalars.items()
            for step, value in zip(column.steps.tolist(), column.values.tolist(), strict=True)
        )

    return give


@pytest.fixture
def imported(tmp_path: Path) -> Callable[[Log], Run]:
    """Make a run of a log, and check that it says what the log itself says when asked."""

    def make(log: Log) -> Run:
        run = Run(write_log(log, tmp_path / "imported"))
        assert_same(LogRun(log), run)
        return run

    return make


def assert_same(log: LogRun, run: Run) -> None:
    """Compare answer by answer."""
    assert log.scalar_names() == run.scalar_names()
    assert log.name == run.name
    assert log.tags == run.tags
    assert log.group == run.group
    np.testing.assert_equal(log.config, run.config)
    for name in log.scalar_names():
        for ours, theirs in (
            (log.scalars(name), run.scalars(name)),
            (log.scalars_all(name), run.scalars_all(name)),
        ):
            np.testing.assert_array_equal(ours.steps, theirs.steps)
            np.testing.assert_array_equal(ours.values, theirs.values)
            np.testing.assert_allclose(ours.times, theirs.times, rtol=0, atol=1e-6)
    np.testing.assert_equal(log.summaries(), run.summaries())
    assert log.table_names() == run.table_names()
    for name in log.table_names():
        assert log.table_steps(name) == run.table_steps(name)
        same_columns(log.table(name), run.table(name))
    assert log.array_groups() == run.array_groups()
    for group in log.array_groups():
        assert log.array_steps(group) == run.array_steps(group)
        same_columns(log.arrays(group), run.arrays(group))
    faults = [event["message"] for event in run.events("fault")]
    assert list(log.faults()) == faults
    assert len(log.events("note")) <= len(run.events("note"))
    assert run.faults() == ()


def same_columns(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert list(ours) == list(theirs)
    for name, column in ours.items():
        np.testing.assert_array_equal(column, theirs[name])
