"""How fast runs are read, and in how much memory: long series, many metrics, many runs.

    python benchmarks/runs.py --quick     # a tenth of the points, metrics and runs
    python benchmarks/runs.py             # 1e7 points, 10,000 metrics, 10,000 runs
    python benchmarks/runs.py --huge      # also 1e8 points in one run (ten minutes, 2 GB of disk)

Each question is asked in a process of its own: at first, and again (the best of five). Wall time
is what a person waits; CPU time is what other work on the machine disturbs least. Memory is what
the process took more at most than before the question.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bathyscope.reports.write import report_page
from bathyscope.runs import Run, RunWriter, claim, list_runs, manifest

AGAIN = 5
REPORT = "report"
ANY = "SELECT metric, min(value) AS best FROM scalars_all GROUP BY metric"
QUESTIONS: dict[str, Callable[[Run], Any]] = {
    "one metric": lambda run: run.scalars(run.scalar_names()[-1]),
    "what stands out of one metric": lambda run: run.long_scalars(run.scalar_names()[-1]),
    "10,000 points amid one metric": lambda run: _amid(run, run.scalar_names()[-1]),
    "first and last values": lambda run: run.summaries(),
    "names": lambda run: run.scalar_names(),
    "what is new (nothing)": lambda run: run.new_scalars(run.scalars_cursor()),
    "sql: best of each metric": lambda run: run.sql(ANY),
    "sql: how many values count": lambda run: run.sql("SELECT count(*) AS n FROM scalars"),
    REPORT: report_page,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less than a minute")
    parser.add_argument("--huge", action="store_true", help="also 1e8 points in one run")
    parser.add_argument("--ask", nargs=2, metavar=("RUN", "QUESTION"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.ask:
        print(json.dumps(_answer(*chosen.ask)))
        return
    share = 10 if chosen.quick else 1
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'':58} {'s wall':>8} {'s CPU':>8} {'MB':>7}")
        _long_series(Path(folder) / "long", 10_000_000 // share)
        _many_metrics(Path(folder) / "wide", 10_000 // share, 100)
        _many_metrics(Path(folder) / "wider", 100_000 // share, 2)
        if chosen.huge:
            _huge(Path(folder) / "huge")
            _longest(Path(folder) / "longest")
        _at_once(Path(folder), 1_000_000 // share)
        _many_runs(Path(folder) / "runs", 10_000 // share)


def _long_series(path: Path, count: int) -> None:
    values = np.random.default_rng(0).random(count, np.float32).astype(float).tolist()
    recorded = RunWriter(path)
    for step, value in enumerate(values):
        recorded.log_scalars({"loss": value}, step=step)
    _ask(path, f"{count:,} points, from journals and sealed parts", ["one metric"])
    recorded.finish()
    _ask(path, f"{count:,} points, sealed", ["one metric", "first and last values"])
    _size(path, count)


def _many_metrics(path: Path, metrics: int, calls: int) -> None:
    names = [f"layer{k}/norm" for k in range(metrics)]
    with RunWriter(path) as recorded:
        for step in range(calls):
            recorded.log_scalars({name: step + k / 7 for k, name in enumerate(names)}, step=step)
    _ask(path, f"{metrics:,} metrics", ["names", "first and last values", "one metric"])


def _huge(path: Path) -> None:
    names, calls = [f"layer{k}/norm" for k in range(100)], 1_000_000
    rng = np.random.default_rng(0)
    start = time.process_time()
    with RunWriter(path) as recorded:
        for step in range(calls):
            if step % 1000 == 0:
                rows = rng.normal(size=(1000, 100)).astype(np.float32).astype(float).tolist()
            recorded.log_scalars(dict(zip(names, rows[step % 1000], strict=True)), step=step)
    print(f"{'1e8 points recorded and sealed':58} {'':8} {time.process_time() - start:8.1f}")
    _ask(path, "1e8 points of 100 metrics", list(QUESTIONS))
    _size(path, 100 * calls)


def _longest(path: Path) -> None:
    rng, each = np.random.default_rng(0), 5_000_000
    start = time.process_time()
    with RunWriter(path) as recorded:
        for first in range(0, 100_000_000, each):
            values = rng.normal(size=each).astype(np.float32).astype(float)
            recorded.log_scalar_columns({"loss": (np.arange(first, first + each), values)})
    spent = time.process_time() - start
    print(f"{'1e8 points of one metric recorded at once':58} {'':8} {spent:8.1f}")
    _ask(path, "1e8 points of one metric", list(QUESTIONS))
    _size(path, 100_000_000)


def _amid(run: Run, name: str) -> Any:
    series = run.long_scalars(name)
    assert series is not None
    middle = len(series) // 2
    return series.read([slice(middle, middle + 10_000)])


def _at_once(folder: Path, count: int) -> None:
    """Compare whole series recorded at once with as many calls."""
    values = np.random.default_rng(0).random(count)

    def one_by_one() -> None:
        with RunWriter(folder / "single") as recorded:
            for step, value in enumerate(values.tolist()):
                recorded.log_scalars({"loss": value}, step=step)

    def at_once() -> None:
        with RunWriter(folder / "once") as recorded:
            recorded.log_scalar_columns({"loss": (np.arange(count), values)})

    single, once = _cpu(one_by_one), min(_cpu(at_once, folder / "once") for _ in range(3))
    print(f"{f'{count:,} points recorded, each by a call':58} {'':8} {single:8.3f}")
    print(f"{f'the same at once: {single / once:.1f} times as fast':58} {'':8} {once:8.3f}")


def _cpu(do: Callable[[], Any], remove: Path | None = None) -> float:
    if remove is not None and remove.exists():
        remove.rename(remove.with_name(f"{remove.name}-{time.monotonic_ns()}"))
    start = time.process_time()
    do()
    return time.process_time() - start


def _many_runs(folder: Path, count: int) -> None:
    for module in (manifest, claim):
        module.git_commit = lambda: "0" * 40  # asking git ten thousand times takes minutes
    packages = {f"package{k}": "1.2.3" for k in range(150)}
    for index in range(count):
        config = {"lr": 0.1 / (index + 1), "batch": 32, "optimizer": {"name": "adam"}}
        recorded = RunWriter(folder / f"run{index}", config=config, tags=["a"])
        recorded.log_event("environment", packages=packages)
        recorded.finish()
    walls, cpus = zip(*(_time(lambda: list_runs(folder)) for _ in range(AGAIN)), strict=True)
    print(f"{f'list {count:,} runs':58} {min(walls):8.3f} {min(cpus):8.3f}")


def _ask(path: Path, what: str, questions: list[str]) -> None:
    for question in questions:
        done = subprocess.run(
            [sys.executable, __file__, "--ask", str(path), question],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        for when, (wall, cpu, megabytes) in json.loads(done.stdout).items():
            shown = f"{what}: {question}{when}"
            print(f"{shown:58} {wall:8.3f} {cpu:8.3f} {megabytes:7.0f}", flush=True)


def _answer(path: str, question: str) -> dict[str, tuple[float, float, float]]:
    """Ask in this process: at first, and again."""
    import duckdb

    duckdb.connect().close()
    run, ask = Run(path), QUESTIONS[question]
    before = _peak_megabytes()
    wall, cpu = _time(lambda: ask(run))
    found = {"": (wall, cpu, _peak_megabytes() - before)}
    if question == REPORT:  # which keeps nothing, and takes a while
        return found
    walls, cpus = zip(*(_time(lambda: ask(run)) for _ in range(AGAIN)), strict=True)
    return {**found, ", again": (min(walls), min(cpus), _peak_megabytes() - before)}


def _peak_megabytes() -> float:
    """Give the most this process took; unlike ``ru_maxrss`` without what its parent did."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return float("nan")
    (kib,) = (int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return kib / 1024


def _size(path: Path, count: int) -> None:
    size = sum(file.stat().st_size for file in (path / "scalars").iterdir())
    print(f"{'bytes for each point':58} {size / count:8.2f}")


def _time(ask: Callable[[], Any]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    ask()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
