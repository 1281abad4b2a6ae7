from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from bathyscope.runs import Run, RunWriter


def _rows(points) -> list[tuple[str, int, float]]:
    columns = (points.metrics.tolist(), points.steps.tolist(), points.values.tolist())
    return list(zip(*columns, strict=True))


def test_a_poll_gives_only_what_is_new(writer, run):
    cursor = None
    for step in range(50):
        writer.log_scalars({"b": step, "a": -step}, step=99 - step, time=step)
        if step % 3 == 0:
            writer.log_scalars({"a": 0.5}, step=99 - step, time=step)
        points, cursor = run.new_scalars(cursor)
        replaced = [("a", 99 - step, 0.5)] if step % 3 == 0 else []
        expected = sorted([("b", 99 - step, step), ("a", 99 - step, -step)])
        assert sorted(_rows(points)[:2]) == expected
        assert _rows(points)[2:] == replaced
        assert set(points.times) == {step}
        cursor = json.loads(json.dumps(cursor))
    points, after = run.new_scalars(cursor)
    assert (len(points.steps), after) == (0, cursor)


@pytest.mark.parametrize("fresh_reader", [False, True])
def test_every_point_comes_once_across_parts_sealing_and_sessions(
    run_path, monkeypatch, fresh_reader
):
    monkeypatch.setattr("bathyscope.runs.writer.PART_BYTES", 3000)
    monkeypatch.setattr("bathyscope.runs.background.INTERVAL", 0.01)
    logged, seen, cursor, run = Counter(), Counter(), None, None
    for session in range(4):
        writers = [RunWriter(run_path, resume=True) for _ in range(3)]
        for step in range(200):
            for rank, writer in enumerate(writers):
                writer.log_scalars({"x": rank, f"r{rank}": session}, step=step)
                logged.update([("x", step, rank), (f"r{rank}", step, session)])
            if step % 23 == 0:
                run = Run(run_path) if fresh_reader or run is None else run
                points, cursor = run.new_scalars(cursor)
                seen.update(_rows(points))
                assert seen == logged
        for writer in writers[session % 2 :]:  # some die without a word
            writer.finish()
    points, _ = Run(run_path).new_scalars(cursor)
    seen.update(_rows(points))
    assert seen == logged
    again, _ = Run(run_path).new_scalars()
    assert Counter(_rows(again)) == logged


def test_the_order_is_that_of_logging(writer, run):
    for call in range(300):
        writer.log_scalars({"x": call, **({"y": call} if call % 2 else {})}, step=0)
    for _ in range(2):
        points, _ = run.new_scalars()
        xs = points.values[points.metrics == "x"]
        np.testing.assert_array_equal(xs, np.arange(300))
        assert (np.diff(points.values) >= 0).all()
        writer.finish()


def test_news_become_a_frame(writer, run):
    writer.log_scalars({"x": 1.5}, step=3)
    frame = run.new_scalars()[0].to_frame()
    assert frame[["metric", "step", "value"]].values.tolist() == [["x", 3, 1.5]]


@pytest.mark.parametrize("cursor", [7, [1], {"a": "b"}])
def test_a_cursor_that_is_none_is_refused(run, cursor):
    with pytest.raises(TypeError, match="`cursor` must be what the last call"):
        run.new_scalars(cursor)


def test_one_may_begin_with_what_comes_next(writer, run):
    assert run.scalars_cursor() == {}
    for step in range(100):
        writer.log_scalars({"x": step, "y": -step}, step=step)
        if step == 50:
            cursor = run.scalars_cursor()
            assert cursor == run.new_scalars()[1]
    for _ in range(2):
        assert run.new_scalars(cursor)[0].steps.tolist() == [
            s for s in range(51, 100) for _ in "xy"
        ]
        assert run.new_scalars(run.scalars_cursor())[0].steps.tolist() == []
        assert run.scalars_cursor() == run.new_scalars()[1]
        writer.finish()
