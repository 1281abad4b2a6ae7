"""What system metrics hold on this machine, and what sampling them costs.

    python benchmarks/system_metrics.py --quick     # half a minute
    python benchmarks/system_metrics.py             # a minute and a half

Prints one sample, the environment that a run records, the cost of one sample by source, and how
much slower a busy loop runs beside a thread that samples. Needs nothing but bathyscope; GPUs
appear where NVIDIA's driver is installed.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bathyscope.runs import Run, RunWriter, SystemMetrics
from bathyscope.runs.environment import environment
from bathyscope.runs.gpu import Gpus
from bathyscope.runs.machine import disk_readings, this_machine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less than a minute")
    seconds = 2.0 if parser.parse_args().quick else 30.0
    with tempfile.TemporaryDirectory() as folder:
        _show_environment()
        with RunWriter(Path(folder) / "run") as writer:
            _show_sample(SystemMetrics(writer, step=lambda: 0))
        _show_costs(Path(folder))
        _show_slowdown(Path(folder), seconds)


def _show_environment() -> None:
    start = time.perf_counter()
    found = environment()
    took = time.perf_counter() - start
    count = len(found.pop("packages"))
    for name, value in found.items():
        print(f"{name:16} {value}")
    print(f"{'packages':16} {count}")
    print(f"asked in {1000 * took:.0f} ms, in a thread beside the training\n")


def _show_sample(metrics: SystemMetrics) -> None:
    time.sleep(1)  # rates are since the last reading
    for name, value in sorted(metrics.read().items()):
        print(f"{name:44} {value:20,.2f}")
    print()


def _show_costs(folder: Path) -> None:
    machine, gpus = this_machine(), Gpus()
    sources: dict[str, Callable[[], object]] = {"disk": lambda: disk_readings(folder)}
    if machine is not None:
        sources["CPU, memory, bytes"] = machine.read
    if len(gpus):
        sources[f"{len(gpus)} GPU(s)"] = gpus.read
    print(f"{'one sample':20} {'ms wall':>10} {'ms CPU':>10}")
    for name, read in sources.items():
        wall, cpu = _cost(read)
        print(f"{name:20} {1000 * wall:10.3f} {1000 * cpu:10.3f}")
    print()


def _cost(read: Callable[[], object], *, times: int = 200) -> tuple[float, float]:
    walls: list[float] = []
    cpu = time.process_time()
    for _ in range(times):
        start = time.perf_counter()
        read()
        walls.append(time.perf_counter() - start)
    return statistics.median(walls), (time.process_time() - cpu) / times


def _show_slowdown(folder: Path, seconds: float) -> None:
    """Let the process's own CPU time say what the sampling thread takes beside a loop.

    Every interval is given as long as it takes to be sampled at least twice.
    """
    for interval in (10.0, 1.0, 0.1):
        with (
            RunWriter(folder / f"every{interval}") as writer,
            SystemMetrics(writer, step=lambda: 0, interval=interval),
        ):
            process, thread = time.process_time(), time.thread_time()
            end = time.monotonic() + max(seconds, 2.5 * interval)
            while time.monotonic() < end:
                pass
            loop = time.thread_time() - thread
            rest = time.process_time() - process - loop
        metrics = Run(folder / f"every{interval}").summaries()
        samples = max((metric.n_points for metric in metrics.values()), default=0)
        print(
            f"every {interval:4} s: {1e3 * rest:8.2f} ms CPU of other threads in "
            f"{loop:.1f} s of the loop ({100 * rest / loop:.3f} %), "
            f"{samples} samples of {len(metrics)} metrics"
        )


if __name__ == "__main__":
    main()
