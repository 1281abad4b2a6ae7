"""Curves of any length: against all of their points."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bathyscope.runs import Run, RunWriter, Series
from bathyscope.server.curve import curve, extremes, points_by_column
from bathyscope.server.series import KeptSeries


def kept(values, steps=None) -> KeptSeries:
    values = np.asarray(values, dtype=np.float64)
    steps = np.arange(len(values)) if steps is None else np.asarray(steps)
    return KeptSeries(Series("x", steps.astype(np.int64), values, np.zeros(len(values))))


@pytest.mark.parametrize("gaps", [False, True])
def test_each_column_keeps_its_first_smallest_largest_and_last_point(rng, gaps) -> None:
    n, columns = 100_000, 130  # not so many points in a column that blocks stand for them
    steps = np.cumsum(rng.integers(1, 9, n)) if gaps else np.arange(n)
    values = rng.normal(size=n).cumsum()
    found = curve(kept(values, steps), first=None, last=None, columns=columns)
    assert (found["raw"], found["count"], found["total"]) == (False, n, n)
    assert len(found["step"]) <= 4 * columns
    assert np.all(np.diff(found["step"]) > 0)
    at = np.searchsorted(steps, found["step"])
    assert np.array_equal(values[at], found["value"])
    # Independent: every column by itself, by the definition.
    edges = np.linspace(steps[0], steps[-1], columns + 1)
    edges[-1] += 1  # the last column holds its end
    for low, high in itertools.pairwise(edges):
        inside = (steps >= low) & (steps < high)
        if inside.any():
            sent = (found["step"] >= low) & (found["step"] < high)
            assert found["value"][sent].min() == values[inside].min()
            assert found["value"][sent].max() == values[inside].max()
            assert found["step"][sent][0] == steps[inside][0]
            assert found["step"][sent][-1] == steps[inside][-1]


def series_of_any_density(seed):
    """Make steps that lie close together here and far apart there, and values of every kind."""
    rng = np.random.default_rng(seed)
    gaps = np.repeat(10 ** rng.integers(0, 4, 40), rng.integers(1, 4_000, 40))
    steps = np.cumsum(rng.integers(1, gaps + 1)) - 5_000
    values = rng.normal(size=len(steps)).cumsum()
    is_odd = rng.random(len(steps)) < rng.choice([0, 1e-4, 0.2])
    values[is_odd] = rng.choice([np.nan, np.inf, -np.inf], is_odd.sum())
    return steps, values


def check_columns(seen, steps, values, *, columns, low, high):
    """Look at every column by itself, by the definition."""
    inside = (steps >= low) & (steps <= high)
    rows = slice(int(inside.argmax()), int(inside.argmax() + inside.sum()))
    about = points_by_column(seen, rows, (low, high), columns)
    ideal = np.linspace(low, high, columns + 1)[1:-1]
    assert np.all(np.abs(about.edges - ideal) <= (high - low) / columns / 8 + 1)
    got_steps, got_values = extremes(*about)
    assert np.all(np.diff(got_steps) > 0)
    at = np.searchsorted(steps, got_steps)
    assert np.array_equal(steps[at], got_steps)
    assert np.array_equal(values[at], got_values, equal_nan=True)
    n_odd = 0
    for begin, end in itertools.pairwise([low, *np.sort(about.edges).tolist(), high + 1]):
        here = (steps >= begin) & (steps < end)
        sent = (got_steps >= begin) & (got_steps < end)
        if not here.any():
            continue
        assert got_steps[sent][[0, -1]].tolist() == steps[here][[0, -1]].tolist()
        finite, held = values[here & np.isfinite(values)], got_values[sent]
        if len(finite):
            held = held[np.isfinite(held)]
            assert (held.min(), held.max()) == (finite.min(), finite.max())
        for is_kind in (np.isnan, np.isposinf, np.isneginf):
            first = steps[here & is_kind(values)][:1]
            assert set(first) <= set(got_steps[sent])
            n_odd += len(first)
    assert len(got_steps) <= 4 * columns + n_odd


@pytest.mark.parametrize("seed", range(6))
def test_each_column_holds_what_stands_out_however_dense_it_is(seed, tmp_path) -> None:
    steps, values = series_of_any_density(seed)
    writer = RunWriter(tmp_path / "run")
    cuts = np.random.default_rng(seed).integers(0, len(steps), 2)
    for part in np.split(np.arange(len(steps)), np.sort(cuts)):
        writer.log_scalar_columns({"x": (steps[part], values[part])})
    read = Run(tmp_path / "run").long_scalars("x")
    every = kept(values, steps)
    for seen in [every] if read is None else [every, read]:  # None where nothing was compiled
        for columns, first, last in ((50, 0.0, 1.0), (120, 0.2, 0.9), (7, 0.5, 0.6)):
            low = int(steps[int(first * (len(steps) - 1))]) - 3
            high = int(steps[int(last * (len(steps) - 1))]) + 3
            check_columns(seen, steps, values, columns=columns, low=low, high=high)


def test_the_same_is_sent_of_what_is_read_and_of_what_is_kept(rng, tmp_path) -> None:
    steps, values = series_of_any_density(3)
    writer = RunWriter(tmp_path / "run")
    writer.log_scalar_columns({"x": (steps, values)})
    read = Run(tmp_path / "run").long_scalars("x")
    if read is None:
        pytest.skip("was not compiled here")
    for columns in (1, 10, 500, 8192):
        ends = [None, *np.sort(rng.integers(steps[0], steps[-1], 2)).tolist(), None]
        for first, last in itertools.pairwise(ends):
            one, other = (
                curve(seen, first=first, last=last, columns=columns)
                for seen in (read, kept(values, steps))
            )
            for key, found in one.items():
                assert np.array_equal(found, other[key], equal_nan=key == "value")


def test_one_spike_among_ten_million_points_is_sent() -> None:
    values = np.zeros(10_000_000)
    values[7_654_321] = 1.0
    found = curve(kept(values), first=None, last=None, columns=1000)
    assert 7_654_321 in found["step"]
    near = curve(kept(values), first=7_654_300, last=7_654_399, columns=1000)
    assert near["raw"]
    assert near["step"].tolist() == list(range(7_654_300, 7_654_400))


def test_values_that_are_not_finite_are_sent_one_of_each_kind_per_column(rng) -> None:
    values = rng.normal(size=50_000)
    values[[1_000, 1_001, 20_000, 40_000]] = [np.nan, np.inf, -np.inf, np.nan]
    found = curve(kept(values), first=None, last=None, columns=50)
    assert {1_000, 1_001, 20_000, 40_000} <= set(found["step"].tolist())
    nothing_finite = curve(kept(np.full(9_999, np.nan)), first=None, last=None, columns=10)
    assert np.isnan(nothing_finite["value"]).all()
    assert nothing_finite["domain"] == {"step": [0, 9998], "value": None}


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        (10, 19, 10),
        (10.5, 11.4, 1),
        (-5, 3, 4),
        (99, 500, 1),
        (200, 300, 0),
        (30, 20, 0),
        (-1e300, 1e300, 100),
    ],
)
def test_a_range_holds_the_points_within_it(first, last, count) -> None:
    found = curve(kept(np.arange(100.0)), first=first, last=last, columns=100)
    assert (found["count"], found["total"], found["raw"]) == (count, 100, True)
    assert all(first <= step <= last for step in found["step"])


def test_few_points_and_none_are_given_as_they_are() -> None:
    one = curve(kept([3.0], [5]), first=None, last=None, columns=1)
    assert (one["step"].tolist(), one["value"].tolist(), one["raw"]) == ([5], [3.0], True)
    none = curve(kept([]), first=None, last=None, columns=100)
    assert (none["count"], none["domain"]) == (0, {"step": None, "value": None})


def test_points_of_one_step_only(rng) -> None:
    values = rng.normal(size=1000)
    found = curve(kept(values, np.full(1000, 7)), first=None, last=None, columns=3)
    assert found["value"].max() == values.max()


@pytest.mark.parametrize("columns", [0, -1, 10_000])
def test_a_width_that_no_screen_has_is_refused(columns) -> None:
    with pytest.raises(ValueError, match="`width` must be between 1 and"):
        curve(kept([1.0]), first=None, last=None, columns=columns)


def test_over_http_it_is_what_was_recorded(server, arrays) -> None:
    page = f"/api/runs/{server.runs()['first']['id']}"
    found = arrays(server.ask(f"{page}/curve?metric=loss&from=5&to=8&width=300").body)
    assert found["step"].tolist() == [5, 6, 7, 8]
    assert np.allclose(found["value"], 1 / np.arange(6, 10))
    assert (found["count"], found["total"], found["raw"]) == (4, 30, True)
    for query, words in (
        ("metric=los", "Did you mean `loss`"),
        ("metric=loss&from=x", "`from` must be a finite number"),
        ("metric=loss&to=nan", "`to` must be a finite number"),
        ("metric=loss&width=0", "`width` must be between"),
        ("metric=loss&smoothing=1", "`smoothing` must be between 0 and 0.99"),
    ):
        answer = server.ask(f"{page}/curve?{query}")
        assert answer.status in (400, 404)
        assert words in answer.json["error"]


def test_long_metrics_are_not_sent_whole(own, wait_for, arrays) -> None:
    import bathyscope as bs

    server, folder = own
    run = bs.record("long", runs_dir=folder)
    n = 200_001
    for step in range(n):
        run.log({"loss": step / n}, step=step)
    run.finish()
    row = wait_for(server.runs, lambda rows: rows.get("long", {}).get("status") == "finished")
    page = f"/api/runs/{row['long']['id']}"
    found = arrays(server.ask(f"{page}/scalars?metric=loss").body)
    assert found["metrics"]["loss"]["count"] == n
    assert len(found["metrics"]["loss"]["value"]) == 0
    assert "curve" not in found["metrics"]["loss"]
    seen = arrays(server.ask(f"{page}/curve?metric=loss&width=500").body)
    told = arrays(server.ask(f"{page}/scalars?metric=loss&width=500").body)["metrics"]["loss"]
    assert told["count"] == n
    for key, value in seen.items():
        if key != "blobs":
            assert np.array_equal(told["curve"][key], value), key
    assert (seen["total"], seen["raw"]) == (n, False)
    assert seen["step"][[0, -1]].tolist() == [0, n - 1]


def averages_of_all(values, weight):
    """Go through all points, one after another."""
    found, average, share = [], 0.0, 0.0
    for value in values:
        if np.isfinite(value):
            average = weight * average + (1 - weight) * value
            share = weight * share + (1 - weight)
        found.append(average / share if np.isfinite(value) else value)
    return np.array(found)


@pytest.mark.parametrize("weight", [0.3, 0.9, 0.99])
@pytest.mark.parametrize("ends", [(None, None), (5_000, 41_000), (30_000, 30_040)])
def test_the_average_of_a_part_is_that_of_all_points(rng, tmp_path, weight, ends) -> None:
    steps = np.cumsum(rng.integers(1, 4, 30_000))
    values = rng.normal(size=len(steps)).cumsum()
    values[[0, 7, 15_000]] = np.nan, np.inf, np.nan
    writer = RunWriter(tmp_path / "run")
    writer.log_scalar_columns({"x": (steps, values)})
    expected = averages_of_all(values, weight)
    every = kept(values, steps)
    read = Run(tmp_path / "run").long_scalars("x")
    for seen in [every] if read is None else [every, read]:
        found = curve(seen, first=ends[0], last=ends[1], columns=100, smoothing=weight)["smooth"]
        low, high = steps[0] if ends[0] is None else ends[0], ends[1] or steps[-1]
        inside = steps[(steps >= low) & (steps <= high)]
        assert found["step"][[0, -1]].tolist() == inside[[0, -1]].tolist()
        assert len(found["step"]) == min(len(inside), 100)
        at = np.searchsorted(steps, found["step"])
        np.testing.assert_allclose(found["value"], expected[at], rtol=1e-6, atol=1e-6)


def test_the_clock_tells_times_between_which_all_others_lie(rng) -> None:
    n = 5_000
    times = 1e9 + np.cumsum(rng.random(n))
    seen = KeptSeries(Series("x", np.arange(n) * 2, rng.normal(size=n), times))
    clock = curve(seen, first=4_000, last=8_000, columns=50, timed=True)["clock"]
    assert clock["step"].tolist() == sorted({*clock["step"].tolist()})
    assert {0, 4_000, 8_000, 2 * (n - 1)} <= set(clock["step"].tolist())
    assert np.array_equal(clock["time"], times[clock["step"] // 2])
    assert "clock" not in curve(seen, first=None, last=None, columns=50)
    nothing = curve(kept([]), first=None, last=None, columns=50, smoothing=0.5, timed=True)
    assert len(nothing["smooth"]["step"]) == len(nothing["clock"]["step"]) == 0
