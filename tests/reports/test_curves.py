from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope.figures import Axis, Figure, Ids, Line, Panel
from bathyscope.reports.curves import shortened
from bathyscope.reports.write import report_page
from bathyscope.runs import Run, RunWriter, parquet_points


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


PEAK = """
    import sys
    from pathlib import Path
    from bathyscope.reports.write import report_page
    from bathyscope.runs import Run

    def peak():
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

    report_page(Run(sys.argv[1]))
    before = peak()
    assert "4,000,000 points; held are" in report_page(Run(sys.argv[2]))
    print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.skipif(parquet_points.COMPILED is None, reason="all is read where nothing is compiled")
def test_a_report_takes_less_memory_than_the_points_of_a_long_metric(
    tmp_path: Path, run_python: Any
) -> None:
    count = 4_000_000  # 96 MB of steps, values and times
    for name, points in (("short", 1000), ("long", count)):
        with RunWriter(tmp_path / name) as writer:
            steps = np.arange(points)
            writer.log_scalar_columns({"val_loss": (steps, np.cos(steps))})
            writer.log_scalar_columns({"epoch": (steps, steps / points)})
    assert float(run_python(PEAK, tmp_path / "short", tmp_path / "long")) < 90


def test_epochs_that_are_not_finite_or_a_great_many_do_not_break_a_page(tmp_path: Path) -> None:
    steps = np.arange(1, 20_001)
    epochs = steps / 100
    epochs[::7] = np.nan
    with RunWriter(tmp_path / "run") as writer:
        writer.log_scalar_columns({"epoch": (steps, epochs), "loss": (steps, epochs)})
    page = report_page(Run(tmp_path / "run"))
    (told,) = re.findall(r'<script type="application/json" id="epochs">(.*?)</script>', page)
    found = json.loads(told, parse_constant=pytest.fail)
    assert len(found) == 5000 and found[0] == [2, 0.02] and found[-1] == [19_999, 199.99]
