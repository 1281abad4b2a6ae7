"""What histograms and saved arrays cost, beside fast-histogram, NumPy and a bare write.

    python benchmarks/tensors.py --quick

Calls alternate in one process; medians of CPU time, which other programs disturb least.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bathyscope.runs import RunWriter
from bathyscope.runs.distribution import COMPILED, distribution_of

BINS = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less than a minute")
    turns = 30 if parser.parse_args().quick else 300
    _measure_histograms(turns)
    with tempfile.TemporaryDirectory() as folder:
        for size in (10_000, 100_000, 1_000_000, 10_000_000):
            _measure_arrays(Path(folder), size, max(5, min(turns, 10**8 // size)))


def _measure_histograms(turns: int) -> None:
    values = np.random.default_rng(0).normal(size=10**6).astype(np.float32)
    span = float(values.min()), float(values.max())
    ways: dict[str, Callable[[], Any]] = {
        f"bathyscope, moments and histogram{'' if COMPILED else ', in Python'}": lambda: (
            distribution_of(values, bins=BINS)
        ),
        "NumPy, the same moments": lambda: _moments(values),
        "NumPy, the histogram": lambda: np.histogram(values, BINS, span),
    }
    if importlib.util.find_spec("fast_histogram"):
        from fast_histogram import histogram1d

        ways["fast-histogram, given the span"] = lambda: histogram1d(values, BINS, span)
    print(f"{'1e6 float32, ' + str(BINS) + ' bins':48} {'ms CPU':>9}")
    for name, secs in _alternate(ways, turns).items():
        print(f"{name:48} {secs * 1e3:9.2f}")


def _moments(values: np.ndarray[Any, Any]) -> tuple[Any, ...]:
    return (
        np.isfinite(values).all(),
        np.count_nonzero(values),
        values.min(),
        values.max(),
        values.mean(dtype=np.float64),
        values.std(dtype=np.float64),
    )


def _measure_arrays(folder: Path, size: int, turns: int) -> None:
    values = np.random.default_rng(0).normal(size=size).astype(np.float32)
    writer = RunWriter(folder / f"run{size}")
    steps, numbers = iter(range(10**9)), iter(range(10**9))

    def write() -> None:
        descriptor = os.open(folder / f"bare{size}-{next(numbers)}", os.O_WRONLY | os.O_CREAT)
        os.write(descriptor, values)
        os.close(descriptor)

    def log() -> None:
        writer.log_arrays("weights", {"w": values}, step=next(steps))

    found = _alternate({"log_arrays": log, "a new file, one write": write}, turns)
    ours, bare = found.values()
    print(
        f"log_arrays, {4 * size:>10,} bytes {ours * 1e6:9.0f} us CPU, a new file with one write "
        f"{bare * 1e6:9.0f} us: x {ours / bare:.2f}"
    )


def _alternate(ways: dict[str, Callable[[], Any]], turns: int) -> dict[str, float]:
    secs: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, way in ways.items():
            start = time.process_time()
            way()
            secs[name].append(time.process_time() - start)
    return {name: statistics.median(found) for name, found in secs.items()}


if __name__ == "__main__":
    main()
