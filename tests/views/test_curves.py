"""Metrics of more points than a picture holds, against the same with every point."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text

import bathyscope as bs
from bathyscope.figures import mpl
from bathyscope.figures.decimate import BY_EXTREMES
from bathyscope.figures.mpl import line as mpl_line
from bathyscope.runs.long_series import LongSeries
from bathyscope.views import _curves
from bathyscope.views._epochs import epochs_at
from bathyscope.views._outcomes import outcomes_of
from bathyscope.views._smoothing import MovingAverage, smoothed
from bathyscope.views.metrics import Metrics

COUNT, PIECE, COLUMNS = 20_000, 3000, 40


@pytest.fixture
def few_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_curves, "MOST_HELD", 10_000)
    monkeypatch.setattr(_curves, "FEW", 1000)
    monkeypatch.setattr(_curves, "LEAST_COLUMNS", 8)
    monkeypatch.setattr(_curves, "PIECE", PIECE)
    monkeypatch.setattr(_curves, "COLUMNS", COLUMNS)


@pytest.fixture
def recorded(run_writer: Any) -> tuple[Any, np.ndarray, np.ndarray]:
    """A run of one long metric with what is odd in it, in two sealed parts, and its points."""
    return _recorded(run_writer, is_odd=True)


def _recorded(run_writer: Any, *, is_odd: bool) -> tuple[Any, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    steps = np.cumsum(rng.integers(1, 40, COUNT))
    values = rng.normal(2.0, 1.0, COUNT)
    values[[4000, 15_000]] = 99.0, -99.0
    if is_odd:
        values[[7000, 7001, 12_345]] = np.nan, np.inf, -np.inf
    with run_writer("long") as writer:
        for part in (slice(0, 12_000), slice(12_000, COUNT)):
            writer.log_scalar_columns({"loss": (steps[part], values[part])})
        writer.log_scalar_columns({"epoch": (steps[::1000], steps[::1000] / steps[-1])})
    return bs.open(writer.path), steps, values


def _line(view: Metrics, place: int = 0) -> Any:
    return view.figure().panels[0].marks[place]


@pytest.mark.usefixtures("few_are_held")
@pytest.mark.parametrize("is_odd", [True, False])
@pytest.mark.parametrize("smoothing", [0, 0.9])
@pytest.mark.parametrize("is_read_in_pieces", [True, False])
def test_a_long_curve_has_the_extremes_of_every_column(
    run_writer: Any,
    is_odd: bool,
    smoothing: float,
    is_read_in_pieces: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, steps, values = _recorded(run_writer, is_odd=is_odd)
    if not is_read_in_pieces:  # as of another tool's log, or where nothing was compiled
        monkeypatch.setattr(type(run), "long_scalars", lambda *_: None)
    line = _line(Metrics.from_run(run, "loss", x="step", smoothing=smoothing))
    assert len(line.x) < 8 * COLUMNS
    rows = np.searchsorted(steps, line.x)
    assert np.array_equal(steps[rows], line.x) and np.array_equal(
        values[rows], line.y, equal_nan=True
    )
    finite, held = np.isfinite(values), np.isfinite(line.y)
    # A column ends where a block of recorded points does, of 256 if it was outlined.
    width = np.ptp(steps) / COLUMNS + (steps[256:] - steps[:-256]).max()
    for part in np.array_split(np.arange(COUNT)[finite], 100):
        near = held & (line.x >= steps[part[0]] - width) & (line.x <= steps[part[-1]] + width)
        assert line.y[near].max() >= values[part].max()
        assert line.y[near].min() <= values[part].min()
    assert {99.0, -99.0} <= set(line.y.tolist())
    assert np.isnan(line.y).any() == is_odd and line.x[[0, -1]].tolist() == steps[[0, -1]].tolist()


@pytest.mark.usefixtures("few_are_held")
def test_what_is_said_and_averaged_is_of_all_points(recorded: Any) -> None:
    run, steps, values = recorded
    view = Metrics.from_run(run, "loss", smoothing=0.95)
    raw, smooth = view.figure().panels[0].marks
    expected = smoothed(values, 0.95)
    rows = np.searchsorted(steps, view.series[0].steps)
    assert np.allclose(smooth.y, expected[rows], rtol=1e-12, equal_nan=True)
    assert np.nanmax(smooth.y[np.isfinite(smooth.y)]) == pytest.approx(
        expected[np.isfinite(expected)].max(), rel=1e-12
    )
    known = run.scalars("epoch")
    assert np.allclose(raw.x, epochs_at(steps[rows], known.steps, known.values))
    note = view.figure().panels[0].note
    first = f"the first at step {steps[7000]:,}."
    assert f"not finite: 1 NaN and 2 infinite of 20,000 values, {first}" in note
    assert "20,000 points; held are those that stand out" in note


@pytest.mark.usefixtures("few_are_held")
def test_the_numbers_of_a_long_curve_are_all_its_points(recorded: Any) -> None:
    run, steps, values = recorded
    frame = Metrics.from_run(run, "loss", smoothing=0.5).to_frame()
    assert np.array_equal(frame["step"], steps)
    assert np.array_equal(frame["value"], values, equal_nan=True)
    assert np.array_equal(frame["smoothed"], smoothed(values, 0.5), equal_nan=True)
    assert np.array_equal(frame["time"], run.scalars("loss").times)


@pytest.mark.usefixtures("few_are_held")
def test_on_a_logarithmic_axis_the_smallest_value_that_can_be_drawn_is_held(recorded: Any) -> None:
    run, _, values = recorded
    view = Metrics.from_run(run, "loss", log=True)
    drawn = values > 0
    assert np.nanmin(_line(view).y) == values[drawn].min()
    hidden = int((values <= 0).sum())
    assert f"{hidden:,} values at or below 0 cannot be drawn" in view.figure().panels[0].note


@pytest.mark.usefixtures("few_are_held")
@pytest.mark.parametrize("style", ["scatter", "both"])
@pytest.mark.parametrize("smoothing", [0, 0.9])
def test_a_long_scatter_holds_points_that_lie_evenly_and_those_that_stand_out(
    recorded: Any, style: Any, smoothing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, steps, values = recorded
    monkeypatch.setattr(_curves, "SCATTERED", 5000)
    panel = (
        Metrics.from_run(run, "loss", x="step", style=style, smoothing=smoothing).figure().panels[0]
    )
    drawn = panel.marks[0]
    assert {*steps[:3000:4].tolist(), *steps[12_000::4].tolist()} <= set(drawn.x.tolist())
    rows = np.searchsorted(steps, drawn.x)
    assert np.array_equal(values[rows], drawn.y, equal_nan=True)
    assert len(rows) < COUNT // 2 and {99.0, -99.0} <= set(drawn.y.tolist())
    assert "20,000 points; held are one in 4, and those that stand out" in panel.note


@pytest.mark.usefixtures("few_are_held")
def test_points_of_a_long_curve_lie_where_they_were_recorded(recorded: Any) -> None:
    run, _, values = recorded
    every = run.scalars("loss")
    view = Metrics.from_run(run, "loss", x="time")
    (held,) = view.series
    assert len(held.steps) < 8 * COLUMNS and {99.0, -99.0} <= set(held.values.tolist())
    rows = np.searchsorted(every.steps, held.steps)
    assert np.array_equal(held.times, every.times[rows])
    assert np.array_equal(held.values, values[rows], equal_nan=True)
    assert len(_line(view).x) == len(held.steps)


def test_a_picture_of_a_long_curve_says_once_by_what_it_is_drawn(
    recorded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _, _ = recorded
    monkeypatch.setattr(_curves, "MOST_HELD", 10_000)
    monkeypatch.setattr(_curves, "FEW", 1000)
    monkeypatch.setattr(mpl_line, "FULL_POINTS", 100)
    monkeypatch.setattr(mpl_line, "COLUMNS", 20)
    panel = mpl.draw(Metrics.from_run(run, "loss").figure())
    words = " ".join(text.get_text() for text in panel.figure.findobj(Text))
    assert " ".join(words.split()).count(BY_EXTREMES) == 1


@pytest.mark.usefixtures("few_are_held")
def test_many_curves_share_what_one_may_hold(run_writer: Any) -> None:
    steps = np.arange(4000)
    with run_writer("wide") as writer:
        for number in range(4):
            writer.log_scalar_columns({f"m{number}": (steps, np.sin(steps + number))})
    run = bs.open(writer.path)
    assert len(_line(Metrics.from_run(run, "m0")).x) == 4000
    figure = Metrics.from_run(run).figure()
    assert len(figure.panels) == 4
    for panel in figure.panels:
        assert len(panel.marks[0].x) < 4 * COLUMNS
        assert f"in each of {COLUMNS // 4} columns" in panel.note


@pytest.mark.usefixtures("few_are_held")
def test_no_more_than_a_piece_is_read_at_once(
    recorded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _, _ = recorded
    if run.long_scalars("loss") is None:
        pytest.skip("reading in pieces needs the compiled reader")
    read, counts = LongSeries.read, []

    def counted(self: LongSeries, stretches: Any) -> Any:
        counts.append(sum(one.stop - one.start for one in stretches))
        return read(self, stretches)

    whole = type(run).scalars
    monkeypatch.setattr(LongSeries, "read", counted)
    monkeypatch.setattr(
        type(run), "scalars", lambda self, name: None if name == "loss" else whole(self, name)
    )
    Metrics.from_run(run, "loss", smoothing=0.9).figure()
    assert max(counts) == PIECE and sum(counts) == COUNT


@pytest.mark.usefixtures("few_are_held")
def test_outcomes_of_a_long_metric_are_those_of_all_points(recorded: Any) -> None:
    run, steps, values = recorded
    out = outcomes_of([run], "loss")
    finite = np.where(np.isfinite(values), values, np.inf)
    assert (out.best[0], out.best_step[0]) == (finite.min(), steps[finite.argmin()])
    assert (out.last[0], out.last_step[0], out.count[0]) == (values[-1], steps[-1], COUNT)


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.99, 0.999999])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_an_average_of_pieces_is_that_of_the_whole(weight: float, size: int) -> None:
    values = np.random.default_rng(0).normal(5.0, 1.0, 10_000)
    values[[0, 50, 51]] = np.nan, np.inf, -np.inf
    average = MovingAverage(weight)
    pieces = [average.of(values[start : start + size]) for start in range(0, len(values), size)]
    expected = smoothed(values, weight)
    assert np.allclose(np.concatenate(pieces), expected, rtol=1e-12, equal_nan=True)
