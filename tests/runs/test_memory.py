"""What reading takes of memory is bounded by what is asked for, not by what the run holds."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from bathyscope.runs import RunWriter, parquet_points

METRICS, POINTS = 20, 400_000

ASKING = """
    import sys
    from pathlib import Path
    import bathyscope as bs
    import duckdb, pandas
    from bathyscope.runs import Run

    def peak():
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

    def amid(series):
        return series.read([slice(200_000, 201_000)])

    duckdb.connect().close()
    run, question = Run(sys.argv[1]), sys.argv[2]
    run.scalar_names()
    before = peak()
    answers = {
        "summaries": lambda: run.summaries(),
        "one metric": lambda: run.scalars("m3").to_frame(),
        "amid": lambda: amid(run.long_scalars("m3")),
        "news": lambda: run.new_scalars(run.scalars_cursor()),
        "count": lambda: run.sql("SELECT count(*) AS n FROM scalars")["n"].tolist(),
        "best": lambda: run.sql("SELECT metric, min(value) AS v FROM scalars GROUP BY metric"),
    }
    answer = answers[question]()
    print(peak() - before)
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory):
    """A run of 8e6 points, of which a stretch was recorded again: 190 MB once it is read."""
    path = tmp_path_factory.mktemp("large") / "run"
    rng = np.random.default_rng(0)
    for first, count in ((0, POINTS - 10_000), (POINTS - 20_000, 20_000)):
        with RunWriter(path, resume=True) as writer:
            steps = np.arange(first, first + count)
            for k in range(METRICS):
                writer.log_scalar_columns({f"m{k}": (steps, rng.normal(size=count))})
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.skipif(parquet_points.COMPILED is None, reason="DuckDB takes memory of its own")
@pytest.mark.parametrize(
    ("question", "megabytes"),
    [("summaries", 40), ("one metric", 60), ("amid", 40), ("news", 20), ("count", 120),
     ("best", 160)],
)  # fmt: skip
def test_an_answer_takes_little_more_than_its_own_memory(run_python, large, question, megabytes):
    assert float(run_python(ASKING, large, question)) < megabytes
