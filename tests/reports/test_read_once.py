from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope.reports import write
from bathyscope.reports.read_once import ReadOnce
from bathyscope.runs import Run, RunWriter

N_STEPS, N_SAMPLES = 8, 40


@pytest.fixture
def run(tmp_path: Path) -> Run:
    rng = np.random.default_rng(0)
    with RunWriter(tmp_path / "run") as writer:
        for step in range(N_STEPS):
            columns = {
                "sample": np.arange(N_SAMPLES),
                "true": rng.integers(0, 3, N_SAMPLES),
                "predicted": rng.integers(0, 3, N_SAMPLES),
                "confidence": rng.random(N_SAMPLES),
                "loss": rng.random(N_SAMPLES),
            }
            writer.log_table("predictions/test", columns, step=step)
    return Run(tmp_path / "run")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the steps of the tables that are read from the disk."""
    found: list[int] = []
    table = Run.table

    def noted(run: Run, name: str, *, step: int = -1) -> Any:
        found.append(step)
        return table(run, name, step=step)

    monkeypatch.setattr(Run, "table", noted)
    return found


def test_a_report_reads_each_table_once_and_says_the_same(run: Run, asked: list[int]) -> None:
    once = write.report_page(run)
    assert len(set(asked)) >= N_STEPS
    # Headlines, which ask the run itself, read the last one; all pictures together each one once.
    assert max(asked.count(step) for step in range(N_STEPS - 1)) == 1
    asked.clear()
    with pytest.MonkeyPatch.context() as plain:
        plain.setattr(write, "ReadOnce", lambda run: run)
        assert write.report_page(run) == once
    assert max(asked.count(step) for step in range(N_STEPS)) > 5, "and without, again and again"


def test_no_more_is_kept_than_there_is_room_for(run: Run, asked: list[int]) -> None:
    one = sum(column.nbytes for column in run.table("predictions/test", step=0).values())
    asked.clear()
    kept = ReadOnce(run, most_bytes=2 * one)
    for step in (0, 1, 0, 2, 0, 1):
        found = kept.table("predictions/test", step=step)
        with pytest.raises(ValueError, match="read-only"):
            found["loss"][0] = 1.0
    assert asked == [0, 1, 2, 1], "that which was asked for longest ago goes first"
    assert kept.table_names() == ("predictions/test",)
