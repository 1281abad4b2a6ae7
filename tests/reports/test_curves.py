from __future__ import annotations

from pathlib import Path

import numpy as np

import bathyscope as bs
from bathyscope.figures import Axis, Figure, Ids, Line, Panel
from bathyscope.reports.curves import shortened
from bathyscope.runs import RunWriter


def _figure(*sizes: int) -> Figure:
    rng = np.random.default_rng(0)
    lines = []
    for size in sizes:
        at, values = np.arange(float(size)), rng.normal(size=size)
        values[size // 3] = 99.0
        lines.append(
            Line(at, values, low=values - 1, high=values + 1, ids=Ids("step", at.astype(int)))
        )
    axes = {"x": Axis("step"), "y": Axis("loss")}
    return Figure("loss", tuple(Panel((line,), note="Own words.", **axes) for line in lines))


def test_curves_that_fit_are_left_alone() -> None:
    figure = _figure(1000, 2000)
    assert shortened(figure, most=3000) is figure


def test_long_curves_keep_what_stands_out_and_say_so() -> None:
    figure = shortened(_figure(100_000, 100), most=10_000)
    (long,), (short,) = (panel.marks for panel in figure.panels)
    assert len(long.x) <= 5000 and len(short.x) == 100
    assert long.y.max() == 99.0
    assert np.array_equal(long.ids.values, long.x) and np.allclose(long.high - long.low, 2)
    assert figure.panels[0].note == (
        "Own words. 100,000 points, drawn by the first, last, smallest and largest value in each "
        "of 1,000 columns."
    )
    assert figure.panels[1].note == "Own words."


def test_a_report_of_a_long_training_can_be_opened(tmp_path: Path) -> None:
    count = 1_000_000
    with RunWriter(tmp_path / "run") as writer:
        values = np.random.default_rng(0).normal(size=count)
        writer.log_scalar_columns({f"m{k}": (np.arange(count), values + k) for k in range(3)})
    path = bs.report(tmp_path / "run", tmp_path / "report.html")
    assert path.stat().st_size < 30e6
    assert path.read_text().count("1,000,000 points, drawn by the first, last") == 3
