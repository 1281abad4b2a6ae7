"""SQL over other tools' logs gives what their arrays hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import bathyscope as bs
from bathyscope._errors import NotRecorded
from bathyscope.cli.sql import command
from bathyscope.importers import Log, LogRun, open_log, write_log
from bathyscope.importers.log import Column
from bathyscope.runs import Run

NAN, INF = float("nan"), float("inf")


def column(*points: tuple[int, float, float]) -> Column:
    steps, values, times = zip(*points, strict=True)
    return Column(np.array(steps, np.int64), np.array(values, float), np.array(times, float))


def log_of(path: Path, **scalars: Column) -> Log:
    texts = np.array(["it's", "é"], dtype=object)
    tables = {
        "about": {0: {"name": texts, "value": np.array([1.5, NAN])}},
        "scalars": {3: {"Step": np.array([7], np.int64)}, 9: {"Step": np.array([8], np.int64)}},
    }
    return Log("one", path, "It's a tool", scalars, tables=tables)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    repeated = column((3, 1.0, 9.0), (1, NAN, 2.0), (3, -INF, 1.0), (2, 0.1, 0.5))
    return log_of(tmp_path, loss=repeated, **{"é 'x'": column((0, 5.0, 1.0))})


def test_scalars_are_those_that_count(log: Log) -> None:
    run = LogRun(log)
    found = run.sql("SELECT * FROM scalars WHERE metric = 'loss' ORDER BY step")
    series = run.scalars("loss")
    np.testing.assert_array_equal(found["step"], series.steps)
    np.testing.assert_array_equal(found["value"], series.values)
    np.testing.assert_array_equal(found["time"], series.times)
    assert set(found["writer"]) == {"It's a tool"}
    every = run.sql("SELECT value, time FROM scalars_all WHERE metric = 'loss' ORDER BY step, time")
    assert every["time"].tolist() == [2.0, 0.5, 1.0, 9.0]
    counts = run.sql(
        "SELECT metric, count(*) AS n, count(value) AS known FROM scalars_all GROUP BY 1 ORDER BY 1"
    )
    assert counts["metric"].tolist() == ["loss", "é 'x'"]
    assert counts["n"].tolist() == counts["known"].tolist() == [4, 1]


def test_a_log_answers_as_the_run_that_is_made_of_it(log: Log, tmp_path: Path) -> None:
    opened, run = LogRun(log), Run(write_log(log, tmp_path / "run"))
    for query in (
        "SELECT metric, step, value, round(time * 1e6) AS us FROM scalars ORDER BY ALL",
        "SELECT metric, step, value FROM scalars_all ORDER BY ALL",
        "SELECT metric, min(value) AS best FROM scalars GROUP BY metric ORDER BY 1",
        "SELECT * FROM about ORDER BY ALL",
        'SELECT * FROM "tables/scalars" ORDER BY ALL',
    ):
        ours, theirs = opened.sql(query), run.sql(query)
        assert list(ours) == list(theirs)
        for name, values in ours.items():
            assert values.dtype == theirs[name].dtype
            np.testing.assert_array_equal(values, theirs[name])


@settings(max_examples=12, deadline=None)
@given(
    points=st.dictionaries(
        st.sampled_from(["a", "b", "c"]),
        st.lists(st.tuples(st.integers(-2, 3), st.floats(width=64), st.floats(0, 1e9)), min_size=1),
    )
)
def test_every_point_is_answered(tmp_path_factory: Any, points: dict[str, list[Any]]) -> None:
    log = log_of(Path(), **{name: column(*rows) for name, rows in points.items()})
    run = LogRun(log)
    found = run.sql("SELECT metric, step, value FROM scalars ORDER BY metric, step")
    last = {name: {step: value for step, value, _ in rows} for name, rows in points.items()}
    expected = [
        (name, step, last[name][step]) for name in sorted(last) for step in sorted(last[name])
    ]
    rows = zip(found["metric"], found["step"].tolist(), found["value"].tolist(), strict=True)
    np.testing.assert_equal(list(rows), expected)
    n_all = run.sql("SELECT count(*) AS n FROM scalars_all")["n"].tolist()
    assert n_all == [sum(map(len, points.values()))]


def test_tables_are_asked_by_their_names(log: Log) -> None:
    run = LogRun(log)
    found = run.sql("SELECT * FROM about")
    assert found["step"].tolist() == [0, 0]
    assert found["name"].tolist() == ["it's", "é"]
    np.testing.assert_array_equal(found["value"], [1.5, NAN])
    own = run.sql('SELECT table_step, "Step" FROM "tables/scalars" ORDER BY 1')
    assert (own["table_step"].tolist(), own["Step"].tolist()) == ([3, 9], [7, 8])


def test_a_log_without_anything_can_be_asked(tmp_path: Path) -> None:
    run = LogRun(Log("none", tmp_path, "tool", {}))
    assert run.sql("SELECT * FROM scalars")["metric"].tolist() == []
    assert run.sql("SELECT count(*) AS n FROM scalars_all")["n"].tolist() == [0]


def test_nothing_but_the_log_is_read(log: Log, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    run = LogRun(log)
    for source in (f"read_csv('{tmp_path}/secret.csv')", f"'{tmp_path}/secret.csv'", "log"):
        with pytest.raises(ValueError, match="must be SQL that DuckDB can run"):
            run.sql(f"SELECT * FROM {source}")
    with pytest.raises(ValueError, match='There are "scalars", "scalars_all"'):
        run.sql("SELECT * FROM scalar")
    with pytest.raises(ValueError, match="must be one SELECT"):
        run.sql("DROP VIEW scalars")


def test_several_metrics_are_given_at_once(log: Log) -> None:
    run = LogRun(log)
    assert list(run.scalars_of()) == ["loss", "é 'x'"]
    found = run.scalars_of(["loss", "loss"])
    np.testing.assert_array_equal(found["loss"].values, run.scalars("loss").values)
    with pytest.raises(NotRecorded, match="Did you mean `loss`"):
        run.scalars_of(["loss", "los"])


def test_the_command_asks_logs_as_they_lie(tmp_path: Path) -> None:
    state = {"log_history": [{"loss": 0.5, "step": 1}, {"loss": NAN, "step": 2}], "global_step": 2}
    (tmp_path / "trainer_state.json").write_text(json.dumps(state))
    (tmp_path / "training.csv").write_text("epoch,loss\n0,0.5\n1,0.25\n")
    query = "SELECT step, value FROM scalars WHERE metric = 'loss' ORDER BY step"
    for file, answer in (
        ("trainer_state.json", "1,0.5\n2,nan\n"),
        ("training.csv", "1,0.5\n2,0.25\n"),
    ):
        done = CliRunner().invoke(command, [str(tmp_path / file), query, "--csv"])
        assert done.exit_code == 0, done.output
        assert done.output == "step,value\n" + answer
    assert bs.open(tmp_path / "training.csv").sql(query)["value"].tolist() == [0.5, 0.25]
    assert open_log(tmp_path / "training.csv").sql(query)["value"].tolist() == [0.5, 0.25]
