from __future__ import annotations

import math

import numpy as np
import pytest

from bathyscope.runs import Run, RunWriter, outline_bytes, parquet_pages, parquet_points
from bathyscope.runs.summaries import ends_of_pieces


@pytest.mark.parametrize("few", [0, 1 << 16])
@pytest.mark.parametrize("sealed", [False, True])
def test_summaries_say_what_the_series_say(run_path, sealed, few, monkeypatch):
    monkeypatch.setattr("bathyscope.runs.sealed._FEW_ROWS", few)
    rng = np.random.default_rng(3)
    for _session in range(3):
        writer = RunWriter(run_path, resume=True)
        for _ in range(200):
            names = rng.choice(["a", "b", "b/c", "é", "once"], 2, replace=False)
            writer.log_scalars({str(n): rng.normal() for n in names}, step=int(rng.integers(-9, 9)))
        if sealed:
            writer.finish()
    run = Run(run_path)
    found = run.summaries()
    assert tuple(found) == run.scalar_names()
    for name, summary in found.items():
        series = run.scalars(name)
        assert summary == (
            name,
            len(run.scalars_all(name)),
            series.steps[0],
            series.values[0],
            series.steps[-1],
            series.values[-1],
        )


def test_the_latest_session_wins_at_the_ends(run_path):
    for value in (1.0, 2.0):
        writer = RunWriter(run_path, resume=True)
        for step in range(3):
            writer.log_scalars({"x": value + step / 10}, step=step)
    found = Run(run_path).summaries()["x"]
    assert (found.first, found.last, found.n_points) == (2.0, 2.2, 6)


def test_a_last_value_that_is_no_number_is_kept(writer, run):
    writer.log_scalars({"x": 1.0}, step=0)
    writer.log_scalars({"x": math.nan}, step=1)
    assert math.isnan(run.summaries()["x"].last)
    writer.finish()
    assert math.isnan(run.summaries()["x"].last)


def test_a_run_without_scalars_has_no_summaries(run):
    assert run.summaries() == {}


def test_a_hundred_thousand_metrics_fit_into_one_run(writer, run):
    names = [f"layer{k}/weight" for k in range(100_000)]
    for step in range(2):
        writer.log_scalars({name: step + k for k, name in enumerate(names)}, step=step)
    for _ in range(2):
        assert len(run.scalar_names()) == 100_000
        found = run.summaries()
        assert [found[name].last for name in names[:3]] == [1, 2, 3]
        assert run.scalars("layer99999/weight").values.tolist() == [99_999, 100_000]
        writer.finish()


@pytest.mark.parametrize("seed", range(50))
def test_ends_are_found_wherever_the_columns_are_cut(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 9, rng.integers(1, 30))
    metrics = np.repeat(np.arange(len(counts)), counts)
    steps = np.concatenate([np.sort(rng.integers(-3, 4, count)) for count in counts])
    values = rng.normal(size=len(steps))
    cuts = np.sort(rng.integers(0, len(steps) + 1, rng.integers(0, 12)))
    pieces = zip([0, *cuts.tolist()], np.split(steps, cuts), np.split(values, cuts), strict=True)
    found = ends_of_pieces([str(k) for k in range(len(counts))], counts, pieces)
    for k in range(len(counts)):
        mine = metrics == k
        first, last = steps[mine][0], steps[mine][-1]
        assert (found.first_steps[k], found.last_steps[k]) == (first, last)
        assert found.firsts[k] == values[mine][steps[mine] == first][-1]
        assert found.lasts[k] == values[mine][-1]
        assert found.may_repeat[k] == (len(np.unique(steps[mine])) < counts[k])


@pytest.mark.parametrize("seed", range(20))
def test_groups_of_rows_amid_a_metric_are_not_read_for_its_ends(seed, run_path, monkeypatch):
    """Of sealed files whose groups are small; values that share the first step may be in many."""
    monkeypatch.setattr(parquet_points, "_ROWS", 7)
    monkeypatch.setattr("bathyscope.runs.sealed._FEW_ROWS", 0)
    monkeypatch.setattr(outline_bytes, "LEAST_POINTS", 40)
    rng = np.random.default_rng(seed)
    steps = {
        name: np.sort(rng.integers(0, rng.integers(1, 60), rng.integers(1, 90))) for name in "abc"
    }
    writer = RunWriter(run_path)
    writer.log_scalar_columns({k: (at, rng.normal(size=len(at))) for k, at in steps.items()})
    writer.finish()
    run = Run(run_path)
    for name, found in run.summaries().items():
        series = run.scalars(name)
        assert found[1:] == (
            len(steps[name]), series.steps[0], series.values[0], series.steps[-1], series.values[-1]
        )  # fmt: skip


@pytest.mark.skipif(parquet_points.COMPILED is None, reason="DuckDB reads all of it")
@pytest.mark.parametrize(("least", "n_read"), [(1024, 0), (10**9, 4)])
def test_a_long_metric_is_summed_up_from_its_ends(least, n_read, run_path, monkeypatch):
    """From its outline, or from the steps and the values of its first and last group of rows."""
    monkeypatch.setattr(outline_bytes, "LEAST_POINTS", least)
    writer = RunWriter(run_path)
    writer.log_scalar_columns({"loss": (np.arange(1_000_000), np.ones(1_000_000))})
    writer.finish()
    run = Run(run_path)
    run.scalar_names()
    read = []
    real = parquet_pages._read_numbers
    monkeypatch.setattr(
        parquet_pages, "_read_numbers", lambda *about: read.append(about[1:3]) or real(*about)
    )
    assert run.summaries()["loss"].last_step == 999_999
    assert run.scalars_cursor() == {f"{writer.writer}-0": 1_000_000}
    assert len(read) == n_read
