from __future__ import annotations

from pathlib import Path

import numpy as np

import bathyscope as bs
from bathyscope.figures import mpl
from bathyscope.reports.compare import comparison, comparisons
from bathyscope.runs import RunWriter


def _runs(folder: Path, n: int = 3) -> tuple[bs.subjects.Run, ...]:
    for index in range(n):
        config = {"lr": 0.1 * (1 + index // 2), "seed": index % 2}
        with RunWriter(folder / f"run-{index}", config=config) as writer:
            for step in range(5):
                writer.log_scalars({"loss": np.exp(-step) + index}, step=step)
    return bs.compare(folder).runs


def test_what_several_runs_can_show_together(tmp_path: Path) -> None:
    runs = _runs(tmp_path)
    found = comparisons(runs)
    names = [entry.view.view_name for entry in found]
    assert {"metrics", "seed_bands", "run_summaries", "hyperparameters"} <= set(names)
    assert len({(e.view.view_name, e.offer.title) for e in found}) == len(found)
    for entry in found:
        figure = comparison(entry, runs)
        assert figure.title == entry.offer.title
        assert not any("could not be made" in str(mark) for p in figure.panels for mark in p.marks)
        mpl.draw(figure)


def test_one_damaged_run_is_said_in_the_picture(tmp_path: Path) -> None:
    runs = _runs(tmp_path)
    entry = next(e for e in comparisons(runs) if e.view.view_name == "run_summaries")
    figure = comparison(entry, [*runs, None])  # type: ignore[list-item]
    assert "could not be made" in figure.panels[0].marks[0].text
