from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Bars, Line, Matrix, Note
from bathyscope.reports.read_once import ReadOnce
from bathyscope.views._rebinning import Bins, span_of
from bathyscope.views.histograms import COLUMNS, CURVES, ROWS, Histograms


def _spreading(n_steps: int) -> dict[int, Any]:
    rng = np.random.default_rng(0)
    return {10 * i: rng.normal(0.02 * i, 0.1 + 0.02 * i, size=3000) for i in range(n_steps)}


def _unlike_bins() -> Histograms:
    """Bins that grow by a tenth, as TensorBoard's first writers made them."""
    limits = 1e-3 * 1.1 ** np.arange(80)
    limits = np.concatenate([-limits[::-1], limits])
    rows = []
    for step in range(0, 40, 4):
        values = np.random.default_rng(step).normal(size=2000) * (1 + step / 20)
        counts, _ = np.histogram(values, bins=limits)
        at = np.full(len(counts), step)
        rows.append((at, limits[:-1], limits[1:], counts.astype(float)))
    columns = [np.concatenate(part) for part in zip(*rows, strict=True)]
    return Histograms("dense/kernel", *columns)


def examples() -> dict[str, views.View]:
    far = _spreading(12)
    far[50] = np.append(far[50], [80.0, -60.0])
    broken = _spreading(4)
    broken[20] = np.full(30, np.nan)
    broken[10][:7] = np.inf
    return {
        "spreading": views.histograms(_spreading(20), name="dense/kernel"),
        "unlike bins": _unlike_bins(),
        "one step": views.histograms({7: _spreading(1)[0]}),
        "far values": views.histograms(far, name="a/very/long/name/of/a/layer/kernel"),
        "equal values": views.histograms({0: np.zeros(9), 5: [0.0, 0.0, 1.0], 9: np.ones(4)}),
        "not finite": views.histograms(broken),
        "nothing finite": views.histograms({0: [np.nan]}),
    }


def test_counts_are_those_of_numpy() -> None:
    values = _spreading(3)
    view = views.histograms(values, bins=20)
    for step, array in values.items():
        counts, edges = np.histogram(array, bins=20)
        bins = view.bins(step)
        filled = counts > 0
        assert np.array_equal(bins.count, counts[filled])
        assert np.array_equal(bins.left, edges[:-1][filled])


def test_density_is_that_of_numpy_and_integrates_to_one() -> None:
    edges = np.array([0.0, 0.1, 0.5, 2.0, 2.5])
    values = np.random.default_rng(1).uniform(0, 2.5, size=400)
    counts, _ = np.histogram(values, bins=edges)
    view = Histograms("x", np.zeros(4, dtype=np.int64), edges[:-1], edges[1:], counts.astype(float))
    expected, _ = np.histogram(values, bins=edges, density=True)
    assert np.allclose(view.density, expected)
    for grid in (np.linspace(0, 2.5, 30), np.linspace(0, 2.5, 6)):
        at, density = view.bins(0).outline(grid)
        assert np.isclose(np.sum(np.diff(at) * density), 1.0)


def test_bins_are_drawn_as_they_are_unless_one_is_too_narrow() -> None:
    bins = Bins(np.array([0.0, 2.0]), np.array([1.0, 4.0]), np.array([1.0, 3.0]))
    edges, density = bins.outline(np.linspace(0, 4, 5))
    assert edges.tolist() == [0, 1, 2, 4] and density.tolist() == [0.25, 0, 0.375]
    grid = np.linspace(0, 4, 3)
    edges, density = bins.outline(grid)
    assert edges is grid and density.tolist() == [0.125, 0.375]


def test_a_common_grid_loses_no_count() -> None:
    view = _unlike_bins()
    steps, edges, density = view.heat()
    assert len(edges) == ROWS + 1 and np.allclose(np.diff(edges), edges[1] - edges[0])
    low, high, outside = span_of([view.bins(int(step)) for step in steps])
    shares = density.sum(axis=0) * (edges[1] - edges[0])
    assert (shares >= 1 - outside - 1e-12).all() and (shares <= 1 + 1e-12).all()
    assert (low, high) == (edges[0], edges[-1])


def test_a_bin_is_spread_evenly_over_the_grid() -> None:
    bins = Bins(np.array([0.0, 1.0]), np.array([1.0, 3.0]), np.array([4.0, 2.0]))
    assert bins.counts_on(np.array([0.0, 0.25, 1.0, 2.0, 3.0])).tolist() == [1, 3, 1, 1]


def test_counts_below_an_edge_are_added_up_bin_by_bin() -> None:
    rng = np.random.default_rng(0)
    edges = np.sort(rng.normal(size=21))
    left, right, count = edges[:-1], edges[1:].copy(), rng.integers(0, 9, 20).astype(float)
    right[[4, 9]] = left[[4, 9]]  # equal values
    right[12] -= (right[12] - left[12]) / 2  # a gap
    shuffled = rng.permutation(20)
    bins = Bins(left[shuffled], right[shuffled], count[shuffled])
    grid = np.concatenate([np.linspace(-4, 4, 57), left])
    expected = np.zeros(len(grid))
    for low, high, n in zip(left, right, count, strict=True):
        share = (grid > low) if low == high else np.clip((grid - low) / (high - low), 0, 1)
        expected += n * share
    assert np.allclose(bins.below(grid), expected)


def test_equal_values_stay_in_their_place() -> None:
    bins = Bins(np.array([0.5, 1.0]), np.array([0.5, 1.0]), np.array([3.0, 5.0]))
    assert bins.counts_on(np.array([0.0, 0.5, 0.75, 1.0])).tolist() == [0, 3, 5]


def test_rows_of_the_heat_map_lie_where_the_values_do() -> None:
    panel = views.histograms({0: np.zeros(5), 1: np.full(5, 2.0)}, style="heat").figure().panels[0]
    (mark,) = panel.marks
    assert isinstance(mark, Matrix) and mark.y is not None
    assert mark.y[0] > mark.y[-1]  # large values at the top
    highest = mark.y[mark.values.argmax(axis=0)]
    assert abs(highest[0]) <= 0.5 + 1e-9 and abs(highest[1] - 2) <= 0.5 + 1e-9


def test_what_is_not_drawn_is_told() -> None:
    many = views.histograms(_spreading(600))
    heat, ridge = many.figure().panels
    assert f"{COLUMNS} of 600 steps" in heat.note and f"{CURVES} of 600 steps" in ridge.note
    assert heat.marks[0].x[[0, -1]].tolist() == [0, 5990]
    far = examples()["far values"].figure()
    assert "of the values of a step" in far.note
    low, high = far.panels[1].x.domain
    assert -5 < low < high < 5
    assert "7 values not finite" not in far.note
    assert "37 values not finite" in examples()["not finite"].figure().note


def test_one_step_is_a_bar_chart_of_densities() -> None:
    view = views.histograms({7: [0.0, 0.0, 1.0, 4.0]}, bins=4)
    (panel,) = view.figure().panels
    (bars,) = panel.marks
    assert isinstance(bars, Bars) and panel.title == "step 7"
    assert bars.edges.tolist() == [0, 1, 2, 3, 4]
    assert bars.heights.tolist() == [0.5, 0.25, 0, 0.25]


def test_curves_of_a_ridge_share_one_scale() -> None:
    view = views.histograms({0: np.linspace(0, 1, 100), 1: np.linspace(0, 2, 100)}, bins=10)
    first, second = view.figure().panels[1].marks
    assert isinstance(first, Line) and first.low is not None and first.high is not None
    rise = [float((line.high - line.low).max()) for line in (first, second)]
    assert rise[0] == pytest.approx(2 * rise[1])
    assert [line.ids.values.tolist() for line in (first, second)] == [[0], [1]]


def test_values_in_no_bin_are_counted(tmp_path: Path) -> None:
    with bs.record("run", runs_dir=tmp_path) as run:
        run.log_histogram("some", [1.0, 2.0, np.nan, np.inf, -np.inf], step=1)
        run.log_histogram("some", [1.0, np.nan], step=2)
        run.log_histogram("none", [np.nan, np.nan], step=1)
    opened = bs.open(run.path)
    told = "Not finite: 2 NaN and 2 infinite of 7 values."
    assert opened.histograms("some").figure().note.endswith(told)
    (panel,) = opened.histograms("none").figure().panels
    assert isinstance(panel.marks[0], Note)
    assert panel.marks[0].text == "No finite values were recorded. Not finite: 2 NaN of 2 values."


def test_a_run_with_one_table_for_all_steps_and_with_one_for_each(run_writer: Any) -> None:
    writer = run_writer()
    rows = {"left": [0.0, 1.0], "right": [1.0, 2.0], "count": [3.0, 1.0]}
    writer.log_table("histograms/a", {"step": [5, 5], **rows}, step=5)
    for step in (1, 2):
        writer.log_table("histograms/b", rows, step=step)
    run = bs.open(writer.path)
    assert [offer.title for offer in Histograms.offers(run)] == [
        "Histograms of a",
        "Histograms of b",
    ]
    assert run.histograms("a").steps.tolist() == [5]
    assert run.histograms("b").columns()["count"].tolist() == [3, 1, 3, 1]
    with pytest.raises(bs.UnknownName, match="histograms"):
        run.histograms("c")


def test_a_table_of_many_tensors(run_writer: Any) -> None:
    writer = run_writer()
    for step in (1, 2):
        rows = {"left": [0.0, 1.0], "right": [1.0, 2.0], "count": [3.0 * step, 1.0]}
        writer.log_table("histograms/weight", {"tensor": ["a/kernel", "b/bias"], **rows}, step=step)
    run = bs.open(writer.path)
    titles = [offer.title for offer in Histograms.offers(run)]
    assert titles == ["Histograms of weight/a/kernel", "Histograms of weight/b/bias"]
    view = run.histograms("weight/a/kernel")
    assert view.count.tolist() == [3, 6] and view.left.tolist() == [0, 0]


def test_a_run_without_histograms_says_so(run_writer: Any) -> None:
    run = bs.open(run_writer().path)
    with pytest.raises(bs.NotRecorded, match="must hold histograms"):
        run.histograms()


def test_a_table_of_many_tensors_is_read_once_for_the_pictures_of_all(
    run_writer: Any, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    tensors = ("kernel", "hidden/kernel", "hidden/bias")
    with run_writer("many") as writer:
        for step in (20, 5, 10):
            table = {
                "tensor": np.repeat(tensors, 4),
                "left": np.tile([0.0, 1.0, 2.0, 3.0], 3),
                "right": np.tile([1.0, 2.0, 3.0, 4.0], 3),
                "count": rng.integers(1, 9, 12),
            }
            # What not all steps hold is left out.
            more = {} if step == 5 else {"nans": np.ones(12, np.int64)}
            writer.log_table("histograms/weight", {**table, **more}, step=step)
    run = bs.open(writer.path)
    remembered: Any = ReadOnce(run)
    for tensor in tensors:
        expected = Histograms.from_run(run, f"weight/{tensor}")
        for step in (5, 10, 20):
            table = run.table("histograms/weight", step=step)
            counts = table["count"][table["tensor"] == tensor]
            assert expected.bins(step).count.tolist() == counts.tolist()
        found = Histograms.from_run(remembered, f"weight/{tensor}")
        for name, column in expected.columns().items():
            assert np.array_equal(found.columns()[name], column)
        # All other steps were read for the first of them.
        monkeypatch.setattr(
            remembered, "table", lambda name, step=-1: run.table(name) if step == -1 else None
        )
