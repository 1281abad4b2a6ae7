from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.runs import RunWriter
from bathyscope.views.run_summaries import RunSummaries


def examples() -> dict[str, views.View]:
    rng = np.random.default_rng(0)
    names = [f"sweep-{i:02d}-with-a-long-name" for i in range(14)]
    configs = {
        name: {
            "lr": float(10 ** rng.uniform(-4, -1)),
            "optimizer": {"name": ["adam", "sgd"][i % 2]},
            "path": f"/data/{i}",
        }
        for i, name in enumerate(names)
    }
    last = dict(zip(names, rng.uniform(0.1, 2, 14), strict=True))
    last[names[3]] = float("nan")
    best = {name: value * 0.9 for name, value in last.items()}
    return {
        "a sweep": views.run_summaries(last, best=best, configs=configs, metric="val_loss"),
        "one run": views.run_summaries({"a": 0.5}),
    }


@pytest.fixture
def two_runs(tmp_path: Path) -> Any:
    made = []
    for index, values in enumerate([[3.0, 1.0, 2.0], [5.0, float("nan"), float("inf")]]):
        config = {"model": {"width": 10 * (index + 1)}, "kind": "mlp"}
        with RunWriter(tmp_path / f"run-{index}", config=config) as writer:
            for step, value in enumerate(values):
                writer.log_scalars({"val_loss": value, "accuracy": 1 / value}, step=10 * step)
        made.append(tmp_path / f"run-{index}")
    return bs.compare(made)


def test_last_and_best_are_those_recorded(two_runs: Any) -> None:
    columns = two_runs.run_summaries().columns()
    assert columns["metric"][0] == "val_loss"
    assert columns["best"].tolist() == [1, 5] and columns["best_step"].tolist() == [10, 0]
    assert columns["last"].tolist() == [2, np.inf] and columns["last_step"].tolist() == [20, 20]
    assert columns["config.model.width"].tolist() == [10, 20]
    assert "config.kind" not in columns


def test_higher_may_be_better(two_runs: Any) -> None:
    view = two_runs.run_summaries(metric="accuracy")
    assert view.outcomes.goal == "max"
    assert view.columns()["best"].tolist() == [1.0, 0.2]
    view = two_runs.run_summaries(metric="accuracy", goal="min")
    assert view.columns()["best"].tolist() == [1 / 3, 0.0]


def test_the_best_run_comes_first() -> None:
    view = examples()["a sweep"]
    (mark,) = view.figure().panels[0].marks
    best = mark.columns["best val_loss"]
    assert (np.diff(best[:13]) >= 0).all() and np.isnan(best[13])
    assert mark.ids.kind == "run" and mark.ids.values.tolist() == mark.columns["run"].tolist()


def test_a_metric_no_run_has(two_runs: Any) -> None:
    with pytest.raises(bs.UnknownName, match="val_loss"):
        two_runs.run_summaries(metric="val_los")


def test_runs_without_metrics_are_not_offered(run_writer: Any) -> None:
    run = bs.open(run_writer().path)
    assert list(RunSummaries.compares([run, run])) == []
    with pytest.raises(bs.NotRecorded, match="must hold a metric"):
        bs.compare([run]).run_summaries()


def test_a_folder_of_runs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        RunWriter(tmp_path / name).finish()
    runs = bs.compare(tmp_path)
    assert len(runs) == 2 and "run_summaries" in runs.view_names()
    assert "2 runs: " in repr(runs)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="at least one run; got none"):
        bs.compare(tmp_path / "empty")


def test_logs_of_tensorboard_are_compared_as_they_lie(tmp_path: Path) -> None:
    writers = pytest.importorskip("tensorboard.summary.writer.event_file_writer")
    summaries = pytest.importorskip("tensorboard.compat.proto.summary_pb2")
    events = pytest.importorskip("tensorboard.compat.proto.event_pb2")
    for index in range(2):
        writer = writers.EventFileWriter(str(tmp_path / f"log-{index}"))
        value = summaries.Summary.Value(tag="loss", simple_value=1.0 + index)
        writer.add_event(events.Event(step=3, summary=summaries.Summary(value=[value])))
        writer.close()
    runs = bs.compare(tmp_path)
    assert runs.run_summaries().columns()["last"].tolist() == [1.0, 2.0]
    assert len(bs.compare([tmp_path / "log-0", runs.runs[1]])) == 2
    assert runs.seed_bands("loss").columns()["mean"].tolist() == [1.5]


def test_a_last_value_that_is_nan_is_told_from_none(tmp_path: Path) -> None:
    for name, values in {"a": [1.0, 0.5], "b": [2.0, math.nan], "c": [math.nan]}.items():
        with RunWriter(tmp_path / name) as writer:
            for step, value in enumerate(values, 1):
                writer.log_scalars({"loss": value}, step=step)
    (table,) = bs.compare(tmp_path).run_summaries().figure().panels[0].marks
    assert table.columns["run"].tolist() == ["a", "b", "c"]
    assert np.isnan(table.columns["last loss"]).tolist() == [False, True, True]
    assert "last loss" not in table.dashes
    assert np.isnan(table.columns["at step"]).tolist() == [False, False, True]
    assert "at step" in table.dashes
