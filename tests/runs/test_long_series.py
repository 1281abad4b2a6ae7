"""Outlines, and metrics that are read where they are looked at: against all of their points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bathyscope._errors import NotRecorded
from bathyscope.runs import Run, RunWriter, long_series, outline_bytes, parquet_points
from bathyscope.runs.outline import BLOCK, join_outlines, outline_of

compiled = pytest.mark.skipif(parquet_points.COMPILED is None, reason="was not compiled here")
KINDS = (np.nan, np.inf, -np.inf)


def are_equal(one, other):
    pairs = zip(one, other, strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def points(seed: int, n: int, *, odd: float = 0.0, start: int = -50):
    """Make points at steps with gaps, some of them not finite."""
    rng = np.random.default_rng(seed)
    steps = start + np.cumsum(rng.integers(1, 5, n))
    values = rng.normal(size=n).cumsum()
    is_odd = rng.random(n) < odd
    values[is_odd] = rng.choice(KINDS, is_odd.sum())
    return steps, values


@given(st.integers(0, 3 * BLOCK + 1), st.sampled_from([0.0, 0.01, 0.5, 1.0]), st.integers(0, 99))
@settings(deadline=None, max_examples=150)
def test_an_outline_holds_what_stands_out_of_each_block(n, odd, seed):
    steps, values = points(seed, n, odd=odd)
    found = outline_of(steps, values)
    assert found.starts.tolist() == [*range(0, n, BLOCK), n]
    odd_points = []
    for k, start in enumerate(range(0, n, BLOCK)):
        block = values[start : start + BLOCK]
        at = steps[start : start + BLOCK]
        assert found.steps[k, [0, 3]].tolist() == [at[0], at[-1]]
        assert np.all(np.diff(found.steps[k]) >= 0)
        places = np.searchsorted(at, found.steps[k])
        assert np.array_equal(found.values[k], block[places], equal_nan=True)
        finite = block[np.isfinite(block)]
        if len(finite):
            held = found.values[k][np.isfinite(found.values[k])]
            assert (held.min(), held.max()) == (finite.min(), finite.max())
        for kind in KINDS:
            is_kind = np.isnan(block) if np.isnan(kind) else block == kind
            odd_points += [(at[i], block[i]) for i in np.flatnonzero(is_kind)[:1]]
    odd_points.sort(key=lambda point: point[0])
    assert found.odd_steps.tolist() == [step for step, _ in odd_points]
    assert np.array_equal(found.odd_values, [value for _, value in odd_points], equal_nan=True)


@given(st.lists(st.integers(1, 700), min_size=1, max_size=4), st.integers(0, 99))
@settings(deadline=None, max_examples=50)
def test_outlines_are_written_and_read_and_joined(sizes, seed):
    parts = [points(seed + k, n, odd=0.02, start=10_000 * k) for k, n in enumerate(sizes)]
    outlines = {2 * k: outline_of(*part) for k, part in enumerate(parts)}
    counts = [n for n in sizes for _ in range(2)]
    found = outline_bytes.outlines_from_bytes(outline_bytes.outlines_to_bytes(outlines), counts)
    assert found.keys() == outlines.keys()
    for key, one in outlines.items():
        assert are_equal(found[key], one)
    joined = join_outlines([*found.values()])
    assert joined.starts[-1] == sum(sizes)
    assert len(joined.starts) == len(joined.steps) + 1
    steps = np.concatenate([part[0] for part in parts])
    assert np.array_equal(steps[joined.starts[:-1]], joined.steps[:, 0])


@pytest.mark.parametrize("data", [b"", b"\0" * 8, b"\x02\0\0\0\0\0\0\0{}"])
def test_outlines_that_are_none_are_refused(data):
    from bathyscope._errors import DamagedFile

    with pytest.raises(DamagedFile, match="its outlines cannot be read"):
        outline_bytes.outlines_from_bytes(data, [100])
    whole = outline_bytes.outlines_to_bytes({0: outline_of(np.arange(600), np.ones(600))})
    with pytest.raises(DamagedFile, match="3 blocks, where 1 are needed"):
        outline_bytes.outlines_from_bytes(whole, [100])


def record(path, *, sizes, odd=0.001, journal=0, seed=0):
    """Record a metric part by part beside another; give all of its points."""
    writer = RunWriter(path)
    every, start = [], 0
    for k, n in enumerate(sizes):
        steps, values = points(seed + k, n, odd=odd, start=start)
        other = np.arange(n // 2), np.ones(n // 2)
        writer.log_scalar_columns({"a": other, "loss": (steps, values), "z": other})
        every.append((steps, values))
        start = int(steps[-1])
    for step in range(start + 1, start + 1 + journal):
        writer.log_scalars({"loss": step / 7}, step=step)
        every.append(([step], [step / 7]))
    return tuple(np.concatenate(column) for column in zip(*every, strict=True))


@compiled
@pytest.mark.parametrize("seed", range(4))
def test_what_is_looked_at_is_what_was_recorded(run_path, seed):
    steps, values = record(run_path, sizes=[130_000, 40, 5_000], journal=300, seed=seed)
    found = Run(run_path).long_scalars("loss")
    assert found is not None
    assert len(found) == len(steps)
    whole = outline_of(steps, values)
    assert found.nbytes < 0.05 * (steps.nbytes + values.nbytes)
    is_odd = ~np.isfinite(values)
    assert set(whole.odd_steps) <= set(found.outline.odd_steps) <= set(steps[is_odd])
    rng = np.random.default_rng(seed)
    for _ in range(20):
        cuts = np.sort(rng.integers(0, len(steps) + 1, 2 * rng.integers(1, 4)))
        stretches = [slice(a, b) for a, b in cuts.reshape(-1, 2).tolist()]
        rows = np.concatenate([np.arange(one.start, one.stop) for one in stretches])
        got = found.read(stretches)
        assert np.array_equal(got[0], steps[rows])
        assert np.array_equal(got[1], values[rows], equal_nan=True)
        step = int(rng.integers(steps[0] - 5, steps[-1] + 5))
        for side in ("left", "right"):
            assert found.row(step, side) == np.searchsorted(steps, step, side)


@compiled
def test_no_points_are_read_of_which_the_outline_was_written(run_path, monkeypatch):
    from bathyscope.runs import parquet_pages

    record(run_path, sizes=[20_000, 30_000])
    run = Run(run_path)
    run.scalar_names()
    monkeypatch.setattr(parquet_pages, "_read_numbers", None)
    assert len(run.long_scalars("loss")) == 50_000


@compiled
def test_files_from_before_outlines_give_the_same(run_path, tmp_path, monkeypatch):
    record(run_path, sizes=[20_000, 30_000])
    monkeypatch.setattr(outline_bytes, "LEAST_POINTS", 10**9)
    record(tmp_path / "older", sizes=[20_000, 30_000])
    new, old = Run(run_path).long_scalars("loss"), Run(tmp_path / "older").long_scalars("loss")
    assert are_equal(new.outline, old.outline)


@compiled
@pytest.mark.parametrize("place", [None, b"7", b"x y", b"-9 5", b"3 99999999", b"99999999 9"])
def test_outlines_that_cannot_be_read_are_passed_over(place, run_path, monkeypatch):
    """The points say all of it; only metadata that are no numbers are damage."""
    monkeypatch.setattr(outline_bytes, "outlines_to_bytes", lambda outlines: b"no outlines")
    if place is not None:
        writes = parquet_points._write_outlines
        monkeypatch.setattr(
            parquet_points, "_write_outlines", lambda *given: dict.fromkeys(writes(*given), place)
        )
    steps, values = record(run_path, sizes=[20_000])
    run = Run(run_path)
    if place in (b"7", b"x y"):
        assert "it cannot be read" in run.faults()[0]
        return
    assert are_equal(run.long_scalars("loss").outline, outline_of(steps, values))
    assert run.summaries()["loss"].last_step == steps[-1]


@compiled
def test_parts_are_put_in_the_order_of_their_steps(run_path):
    writer = RunWriter(run_path)
    writer.log_scalar_columns({"loss": (np.arange(2000, 4000), np.ones(2000))})
    writer.log_scalar_columns({"loss": (np.arange(0, 2000), np.zeros(2000))})
    found = Run(run_path).long_scalars("loss")
    assert np.array_equal(found.read([slice(0, 4000)])[0], np.arange(4000))


@compiled
@pytest.mark.parametrize("seed", range(40))
def test_of_steps_that_were_recorded_again_the_later_values_count(seed, run_path, monkeypatch):
    """Sessions that go on from any step, or lie anywhere, as parts and as a journal at last."""
    monkeypatch.setattr(outline_bytes, "LEAST_POINTS", 500)
    rng = np.random.default_rng(seed)
    writer = RunWriter(run_path)
    for k in range(rng.integers(2, 6)):
        at = int(rng.integers(0, 3_000))
        steps, values = points(seed + k, int(rng.integers(1, 1_500)), odd=0.01, start=at)
        writer.log_scalar_columns({"a": (steps[:9], values[:9]), "loss": (steps, values)})
    for step in range(int(rng.integers(0, 5_000)), 5_000, 50):
        writer.log_scalars({"loss": step / 3}, step=step)
    run = Run(run_path)
    expected, found = run.scalars("loss"), run.long_scalars("loss")
    got = found.read([slice(0, len(found))])
    assert np.array_equal(got[0], expected.steps)
    assert np.array_equal(got[1], expected.values, equal_nan=True)
    blocks = zip(found.outline.starts[:-1].tolist(), found.outline.starts[1:].tolist(), strict=True)
    for k, (start, stop) in enumerate(blocks):
        assert 0 < stop - start <= BLOCK
        alone = outline_of(expected.steps[start:stop], expected.values[start:stop])
        assert np.array_equal(found.outline.steps[k], alone.steps[0])
    places = np.flatnonzero(~np.isfinite(expected.values))
    assert set(found.outline.odd_steps) <= set(expected.steps[places])


@compiled
def test_what_was_recorded_later_may_lie_between_two_blocks(run_path):
    writer = RunWriter(run_path)
    apart = np.concatenate([np.arange(2 * BLOCK), 10_000 + np.arange(2 * BLOCK)])
    writer.log_scalar_columns({"loss": (apart, np.ones(len(apart)))})
    writer.log_scalar_columns({"loss": (np.arange(2_000, 3_000), np.zeros(1_000))})
    found = Run(run_path).long_scalars("loss")
    steps, _ = found.read([slice(0, len(found))])
    assert np.array_equal(steps, np.sort(np.concatenate([apart, np.arange(2_000, 3_000)])))


@compiled
@pytest.mark.parametrize(
    ("again", "most"), [(range(500, 700), 100), ([1, 1], 10**9)], ids=["too many", "in one part"]
)
def test_others_of_which_steps_came_again_have_to_be_read_whole(again, most, run_path, monkeypatch):
    monkeypatch.setattr(long_series, "_MOST_AGAIN", most)
    writer = RunWriter(run_path)
    writer.log_scalar_columns({"loss": (np.arange(2000), np.ones(2000))})
    writer.log_scalar_columns({"loss": (np.array(again), np.zeros(len(again)))})
    run = Run(run_path)
    assert run.long_scalars("loss") is None
    assert run.scalars("loss").values.sum() == 2000 - len(set(again))


def test_a_metric_that_is_not_there_is_refused(run_path):
    record(run_path, sizes=[100])
    with pytest.raises(NotRecorded, match="Did you mean `loss`"):
        Run(run_path).long_scalars("los")
