"""How fast runs are read: long series, many metrics, many runs.

    python benchmarks/runs.py --quick     # a tenth of the points, metrics and runs
    python benchmarks/runs.py             # 1e7 points, 10,000 metrics, 10,000 runs

Wall time is what a person waits; CPU time is what other work on the machine disturbs least.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bathyscope.runs import Run, RunWriter, list_runs, manifest, writer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less than a minute")
    share = 10 if parser.parse_args().quick else 1
    print(f"{'':52} {'s wall':>8} {'s CPU':>8}")
    with tempfile.TemporaryDirectory() as folder:
        _long_series(Path(folder) / "long", 10_000_000 // share)
        _many_metrics(Path(folder) / "wide", 10_000 // share, 100)
        _many_runs(Path(folder) / "runs", 10_000 // share)


def _long_series(path: Path, count: int) -> None:
    values = np.random.default_rng(0).random(count, np.float32).astype(float).tolist()
    recorded = RunWriter(path)
    for step, value in enumerate(values):
        recorded.log_scalars({"loss": value}, step=step)
    _time(f"{count:,} points, from journals and sealed parts", lambda: Run(path).scalars("loss"))
    recorded.finish()
    run = Run(path)
    _time(f"{count:,} points, sealed", lambda: run.scalars("loss"))
    _time(f"{count:,} points, sealed, again", lambda: run.scalars("loss"))
    size = sum(file.stat().st_size for file in (path / "scalars").iterdir())
    print(f"{'bytes for each point':52} {size / count:8.2f}")


def _many_metrics(path: Path, metrics: int, calls: int) -> None:
    names = [f"layer{k}/norm" for k in range(metrics)]
    with RunWriter(path) as recorded:
        for step in range(calls):
            recorded.log_scalars({name: step + k / 7 for k, name in enumerate(names)}, step=step)
    run = Run(path)
    _time(f"first and last values of {metrics:,} metrics", run.summaries)
    _time("all values of one of them", lambda: run.scalars(names[-1]))


def _many_runs(folder: Path, count: int) -> None:
    for module in (manifest, writer):
        module.git_commit = lambda: None  # asking git ten thousand times takes minutes
    for index in range(count):
        config = {"lr": 0.1 / (index + 1), "batch": 32, "optimizer": {"name": "adam"}}
        RunWriter(folder / f"run{index}", config=config, tags=["a"]).finish()
    _time(f"list {count:,} runs", lambda: list_runs(folder))


def _time(what: str, ask: Callable[[], Any]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    ask()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{what:52} {wall:8.3f} {cpu:8.3f}", flush=True)


if __name__ == "__main__":
    main()
