from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

from bathyscope.runs import Run, RunWriter, outline_bytes, parquet_points
from bathyscope.runs.query import Query


@pytest.fixture(params=["unsealed", "sealed", "both"])
def asked(request, tmp_path):
    """A run of two sessions that overlap."""
    path = tmp_path / "it's [a] run"
    for session in range(2):
        writer = RunWriter(path, resume=True)
        for step in range(10 * session, 10 * session + 15):
            writer.log_scalars(
                {"loss": session + 1 / (step + 1), "é": math.nan}, step=step, time=step
            )
        writer.log_table("predictions/test", {"sample": [0, 1], "p": [0.5, session]}, step=session)
        writer.log_table("scalars", {"a": ["x"], "step": [7]}, step=session)
        if request.param == "sealed" or (request.param == "both" and session == 0):
            writer.finish()
    return Run(path)


def test_scalars_are_those_that_count(asked):
    found = asked.sql("SELECT step, value, time FROM scalars WHERE metric = 'loss' ORDER BY step")
    series = asked.scalars("loss")
    np.testing.assert_array_equal(found["step"], series.steps)
    np.testing.assert_array_equal(found["value"], series.values)
    np.testing.assert_array_equal(found["time"], series.times)
    counts = asked.sql("SELECT count(*) AS n, count(value) AS known FROM scalars")
    assert [int(counts[name][0]) for name in ("n", "known")] == [50, 50]


def test_all_scalars_say_who_wrote_them(asked):
    found = asked.sql(
        "SELECT writer, count(*) AS n FROM scalars_all GROUP BY writer ORDER BY writer"
    )
    assert found["n"].tolist() == [30, 30]
    assert found["writer"].tolist() == [event["writer"] for event in asked.events()
                                        if event["kind"] in ("started", "resumed")]  # fmt: skip
    nans = asked.sql("SELECT count(*) AS n FROM scalars_all WHERE metric = 'é' AND isnan(value)")
    assert nans["n"].tolist() == [30]


def test_tables_are_asked_by_their_names(asked):
    found = asked.sql(
        'SELECT step, sum(p) AS p FROM "predictions/test" GROUP BY step ORDER BY step'
    )
    assert found["step"].tolist() == [0, 1]
    assert found["p"].tolist() == [0.5, 1.5]
    own = asked.sql('SELECT table_step, step, a FROM "tables/scalars" ORDER BY table_step')
    assert own["table_step"].tolist() == [0, 1]
    assert own["step"].tolist() == [7, 7]
    assert own["a"].tolist() == ["x", "x"]


def test_tables_and_scalars_meet(asked):
    found = asked.sql("""
        SELECT t.step, p, value FROM "predictions/test" AS t
        JOIN scalars AS s ON s.step = t.step AND metric = 'loss' WHERE sample = 1 ORDER BY 1
    """)
    assert found["p"].tolist() == [0, 1]
    assert found["value"].tolist() == [1.0, 0.5]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELEC 1", "must be SQL that DuckDB can run"),
        ("SELECT * FROM scalar", 'There are "scalars", "scalars_all"'),
        ("DROP VIEW scalars", "must be one SELECT, since a run is only read; got DROP"),
        ("COPY (SELECT 1) TO 'x.parquet'", "got COPY"),
        ("SET enable_external_access = true", "got SET"),
        ("SELECT 1; SELECT 2", "got SELECT, SELECT"),
        ("", "got nothing"),
        (
            "SELECT * FROM nope",
            r'not exist! There are .*, "predictions/test", "tables/s',
        ),
        ("SELECT\n nope FROM scalars", r"not found.* \(line 2\) There are"),
    ],
)
def test_what_is_no_question_is_refused(asked, query, message):
    with pytest.raises(ValueError, match=message):
        asked.sql(query)


def test_nothing_beyond_the_run_is_read(asked, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    secret = [0]  # a variable that DuckDB could find
    for source in (f"read_csv('{tmp_path}/secret.csv')", f"'{tmp_path}/secret.csv'", "secret",
                   f"read_csv('{asked.path}/../secret.csv')"):  # fmt: skip
        with pytest.raises(ValueError, match="must be SQL that DuckDB can run"):
            asked.sql(f"SELECT * FROM {source}")
    assert secret == [0]


def test_a_damaged_table_is_left_out_and_named(asked):
    part = min((asked.path / "tables" / "predictions%2ftest").iterdir())
    data = bytearray(part.read_bytes())
    data[30] ^= 1
    part.write_bytes(data)
    assert asked.sql('SELECT DISTINCT step FROM "predictions/test"')["step"].tolist() == [1]
    assert any(part.name in fault for fault in asked.faults())


def test_a_table_that_is_damaged_at_all_steps_is_said_to_be_so(asked):
    for part in (asked.path / "tables" / "predictions%2ftest").iterdir():
        part.write_bytes(b"PAR1")
    with pytest.raises(ValueError, match='Damaged at all steps: "predictions/test"; `faults`'):
        asked.sql('SELECT * FROM "predictions/test"')


def test_tables_can_be_listed(asked):
    expected = ["predictions/test", "scalars", "scalars_all", "tables/scalars", "writers"]
    assert asked.sql("SHOW TABLES")["name"].tolist() == expected
    assert asked.sql("SHOW ALL TABLES")["name"].tolist() == ["everything", *expected]


def test_metrics_become_columns(asked):
    found = asked.sql("PIVOT scalars ON metric USING first(value) GROUP BY step ORDER BY step")
    assert list(found) == ["step", "loss", "é"]
    np.testing.assert_array_equal(found["loss"], asked.scalars("loss").values)


def test_a_question_that_is_no_text_is_refused(asked):
    with pytest.raises(TypeError, match="`query` must be SQL, as text; got list"):
        asked.sql(["SELECT 1"])


def test_tables_of_odd_names_are_asked_and_none_is_taken_for_another(writer, run):
    names = ["it's", 'a "b"', "x", "X", "everything", "points0", "again"]
    for value, name in enumerate(names):
        writer.log_table(name, {"v": [value], "step": [7], "table_step": [8]}, step=1)
    found = run.sql('SELECT v FROM "it\'s" UNION ALL SELECT v FROM "a ""b""" ORDER BY v')
    assert found["v"].tolist() == [0, 1]
    assert run.sql("SELECT * FROM everything") == {
        "table_table_step": [1], "v": [4], "step": [7], "table_step": [8],
    }  # fmt: skip
    writer.log_scalars({"loss": 0.5}, step=1)
    assert run.sql("SELECT v FROM points0 UNION ALL SELECT v FROM again")["v"].tolist() == [5, 6]
    assert run.sql("SELECT value FROM scalars")["value"].tolist() == [0.5]
    with pytest.raises(ValueError, match=r'There are .*"X \(1\)", .*"x \(2\)"'):
        run.sql("SELECT * FROM x")
    assert run.sql('SELECT v FROM "x (2)"')["v"].tolist() == [2]
    assert run.sql('SELECT v FROM "X (1)"')["v"].tolist() == [3]


def test_a_run_without_scalars_can_be_asked(run):
    assert run.sql("SELECT * FROM scalars")["metric"].tolist() == []


def test_the_command_prints_the_answer(asked):
    def bathyscope(*arguments: object) -> str:
        command = [sys.executable, "-m", "bathyscope", "sql", str(asked.path), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    query = "SELECT metric, step, value FROM scalars WHERE step = 2 ORDER BY metric"
    assert bathyscope(query, "--csv") == f"metric,step,value\nloss,2,{1 / 3}\né,2,nan\n"
    assert "0.333333" in bathyscope(query)
    many = bathyscope("SELECT range AS n FROM range(30000)")
    assert [int(line.replace(",", "")) for line in many.split()[1:]] == list(range(200))
    assert bathyscope("SELECT range AS n FROM range(30000)", "--csv").split()[1:] == [
        str(number) for number in range(30000)
    ]


def test_writers_say_which_rank_logged_what(run_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "3")
    for rank in range(3):
        monkeypatch.setenv("RANK", str(rank))
        with RunWriter(run_path, resume=True) as writer:
            writer.log_scalars({"loss": rank + 0.5}, step=rank)
            writer.log_table("writers", {"x": [rank]}, step=rank)
    monkeypatch.delenv("RANK")
    RunWriter(run_path, resume=True).finish()
    run = Run(run_path)
    found = run.sql(
        "SELECT rank, value, host FROM scalars JOIN writers USING (writer) ORDER BY rank"
    )
    assert found["rank"].tolist() == [0, 1, 2]
    assert found["value"].tolist() == [0.5, 1.5, 2.5]
    assert set(found["host"]) == {run.info["host"]}
    found = run.sql("SELECT count(*) AS n, count(rank) AS ranks FROM writers")
    assert (found["n"].tolist(), found["ranks"].tolist()) == ([4], [3])
    assert run.sql('SELECT sum(x) AS s FROM "tables/writers"')["s"].tolist() == [3]


@pytest.mark.parametrize("seed", range(12))
def test_what_counts_in_sql_is_what_counts_in_a_series(seed, run_path, monkeypatch):
    """Of sessions that overlap or not, steps logged twice, in journals and small sealed parts."""
    monkeypatch.setattr(parquet_points, "_ROWS", 9)
    monkeypatch.setattr(outline_bytes, "LEAST_POINTS", 20)
    monkeypatch.setattr("bathyscope.runs.sealed._FEW_ROWS", 0)
    rng = np.random.default_rng(seed)
    for _ in range(rng.integers(1, 5)):
        writer = RunWriter(run_path, resume=True)
        for name in rng.choice(["a", "b", "c", "d"], rng.integers(1, 4), replace=False):
            start, count = rng.integers(0, 100), rng.integers(1, 60)
            steps = start + np.arange(count)
            if rng.random() < 0.3:
                steps = np.sort(rng.choice(steps, count))  # some of them twice
            for step, value in zip(steps.tolist(), rng.random(count), strict=True):
                writer.log_scalars({name: value}, step=step)
        if rng.random() < 0.7:
            writer.finish()
    run = Run(run_path)
    found = run.sql("SELECT * FROM scalars ORDER BY metric, step")
    every = run.scalars_of()
    assert found["step"].tolist() == [step for one in every.values() for step in one.steps]
    assert found["value"].tolist() == [value for one in every.values() for value in one.values]


def test_values_that_nobody_recorded_again_are_counted_without_sorting_them(run_path, monkeypatch):
    """A run that goes on from a checkpoint has a stretch of steps where the later values count."""
    asked = []
    real = Query._view
    monkeypatch.setattr(
        Query, "_view", lambda self, name, select: asked.append(select) or real(self, name, select)
    )
    for first in (0, 30):
        with RunWriter(run_path, resume=True) as writer:
            for step in range(first, first + 40):
                writer.log_scalars({"x": step + first, "y": -step}, step=step)
        run = Run(run_path)
        (count,) = run.sql("SELECT count(*) AS n FROM scalars")["n"].tolist()
        assert count == 2 * (first + 40)
    assert "row_number" not in asked[1]
    assert "step BETWEEN 30 AND 39" in asked[-2]
    assert run.sql("SELECT value FROM scalars WHERE metric = 'x' AND step = 35")["value"] == [65]
