"""What recording scalars costs, beside a bare write and beside other recorders.

    python benchmarks/recording.py --quick

Each recorder has a process of its own, in which blocks of its calls alternate with blocks of bare
``os.write`` calls of 32 bytes for each metric, so that a busy machine is as unkind to both. CPU
time is that of all threads and of helper processes; "to close" is that of many calls and of all
that follows until the recorder is closed, such as sealing. Then a process that records is killed
by SIGKILL, with its group, and its points are looked for by the recorder's own reader. Other
recorders are measured where they are installed; with all of them, it takes some minutes even so.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from recorders import Log, installed

BYTES_PER_METRIC = 32
METRICS = (1, 10)
KEPT = 50
#: Calls after which a recorder may be closed; slow ones get there in no time that one has.
ENOUGH = 500_000
#: Seconds for what a recorder does once, beside the program, after it was opened.
SETTLE = 1.0
#: Seconds after which a recorder that is still not closed is given up ("nan").
PATIENCE_SECS = 180


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less than a minute for ours")
    parser.add_argument("--only", help="a recorder whose name holds this")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _child(*arguments.child)
        return
    names = [name for name in installed() if (arguments.only or "").lower() in name.lower()]
    seconds, kills = (1.0, 1) if arguments.quick else (5.0, 5)
    _print_costs(names, seconds)
    _print_losses(names, kills, acknowledged=1000)


def _child(task: str, name: str, metrics: str, seconds: str) -> None:
    values = _values(int(metrics))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Path(os.environ.get("BENCHMARK_FOLDER", folder))
        with installed()[name].open(place) as log:
            if task == "lose":
                _acknowledge(log, values)
            if task == "keep":
                for step in range(KEPT):
                    log(values, step)
                return
            time.sleep(SETTLE)
            before, calls, found = _cpu(), 1, dict[str, float]()
            if task == "cost":
                found = _measure(log, values, float(seconds), place)
            else:
                calls = _log_many(log, values, float(seconds))
        if task == "close":  # nothing else was logged, whose sealing would be counted too
            found = {"closed": (_cpu() - before) / calls}
    print("RESULT " + json.dumps(found), flush=True)


def _start(task: str, name: str, metrics: int = 1, seconds: float = 0) -> list[str]:
    return [sys.executable, __file__, "--child", task, name, str(metrics), str(seconds)]


def _environment(name: str, **more: str) -> dict[str, str]:
    return {**os.environ, **installed()[name].environment, **more}


def _values(metrics: int) -> dict[str, float]:
    return {f"m{k}": 0.1 * k for k in range(metrics)}


# Cost


def _measure(log: Log, values: dict[str, float], seconds: float, folder: Path) -> dict[str, float]:
    bare = _Bare(folder / "bare", len(values))
    log(values, 0)
    calls = _calls_per_block(log, values)
    blocks, step, end = [], 10**6, time.perf_counter() + seconds
    helpers = _helper_cpu()
    while time.perf_counter() < end or len(blocks) < 5:
        floor = _block(bare.log, values, max(calls, 100), 0)
        blocks.append((floor, _block(log, values, calls, step)))
        step += calls
    helper_cpu = (_helper_cpu() - helpers) / (calls * len(blocks))
    floors, owns = zip(*blocks, strict=True)
    floor_wall, floor_cpu = (statistics.median(column) for column in zip(*floors, strict=True))
    wall, _ = (statistics.median(column) for column in zip(*owns, strict=True))
    cpu = statistics.fmean(cpu for _, cpu in owns) + helper_cpu
    found = {"metrics": len(values), "wall": wall, "cpu": cpu}
    return found | {"floor_wall": floor_wall, "floor_cpu": floor_cpu}


def _log_many(log: Log, values: dict[str, float], seconds: float) -> int:
    """Log so often that what closing costs once does not count much; give how often."""
    calls, end = 0, time.process_time() + seconds
    while calls < ENOUGH and time.process_time() < end:
        for _ in range(1000):
            calls += 1
            log(values, 2 * 10**6 + calls)
    return calls


class _Bare:
    """The floor: one write of as many bytes, made beforehand."""

    def __init__(self, path: Path, metrics: int) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._record = bytes(BYTES_PER_METRIC * metrics)

    def log(self, values: dict[str, float], step: int) -> None:
        del values, step
        os.write(self._descriptor, self._record)


def _calls_per_block(log: Log, values: dict[str, float]) -> int:
    """Make blocks so short that few of them are interrupted by other processes."""
    start, calls = time.perf_counter(), 0
    while time.perf_counter() - start < 0.1:
        calls += 1
        log(values, calls)
    return max(1, min(200, calls // 200))


def _block(log: Log, values: dict[str, float], calls: int, step: int) -> tuple[float, float]:
    """Give seconds per call: wall and CPU."""
    steps = range(step, step + calls)
    wall, cpu = time.perf_counter(), time.process_time()
    for one in steps:
        log(values, one)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return wall / calls, cpu / calls


def _cpu() -> float:
    """Give the CPU seconds of this process and of all its helpers, gone or not."""
    gone = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + _helper_cpu() + gone.ru_utime + gone.ru_stime


def _helper_cpu() -> float:
    """Give the CPU seconds of this process's descendants; 0 where the system does not tell."""
    total, waiting = 0.0, [os.getpid()]
    while waiting:
        place = Path(f"/proc/{waiting.pop()}/task")
        for path in place.glob("*/children"):
            with contextlib.suppress(OSError, IndexError):
                for child in path.read_text().split():
                    fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                    total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                    waiting.append(int(child))
    return total


def _print_costs(names: list[str], seconds: float) -> None:
    print(f"{'cost of one call':38} {'metrics':>7} {'us wall':>9} {'us CPU':>9} {'to close':>9} "
          f"{'x bare wall':>12} {'x bare CPU':>11} {'to close':>9}")  # fmt: skip
    for metrics in METRICS:
        for name in names:
            found = _cost(name, metrics, seconds)
            if found is None:
                print(f"{name:38} {metrics:7} did not run")
                continue
            cpu, closed = found["cpu"], found["closed"]
            print(
                f"{name:38} {metrics:7} {found['wall'] * 1e6:9.2f} {cpu * 1e6:9.2f} "
                f"{closed * 1e6:9.2f} {found['wall'] / found['floor_wall']:12.2f} "
                f"{cpu / found['floor_cpu']:11.2f} {closed / found['floor_cpu']:9.2f}",
                flush=True,
            )


def _cost(name: str, metrics: int, seconds: float) -> dict[str, float] | None:
    """Measure calls, and calls until the recorder is closed, each in a process of its own."""
    called = _ask("cost", name, metrics, seconds)
    closed = _ask("close", name, metrics, seconds) or {"closed": math.nan}
    return called and {**called, **closed}


def _ask(task: str, name: str, metrics: int, seconds: float) -> dict[str, float] | None:
    try:
        done = subprocess.run(
            _start(task, name, metrics, seconds),
            env=_environment(name),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECS,
        )
    except subprocess.TimeoutExpired:
        print(f"{name} ({task}) had not ended after {PATIENCE_SECS} s", file=sys.stderr)
        return None
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        print(done.stderr[-300:], file=sys.stderr)
        return None
    return json.loads(lines[0].removeprefix("RESULT "))


# Points lost


def _acknowledge(log: Log, values: dict[str, float]) -> None:
    # What a library prints must not be taken for an acknowledgement.
    said = os.open(os.environ["BENCHMARK_SAID"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for step in range(10**9):
        log(values, step)
        os.write(said, b".")


def _print_losses(names: list[str], kills: int, acknowledged: int) -> None:
    print(f"\n{'after SIGKILL':38} {'acknowledged':>12} {'points lost':>12}")
    for name in names:
        if not _can_be_read(name):
            print(f"{name:38} {'':12} not known: its reader finds no run that was closed either")
            continue
        losses = [_loss(name, acknowledged) for _ in range(kills)]
        said = ", ".join(str(count) for count, _ in losses)
        lost = ", ".join(str(lost) for _, lost in losses)
        print(f"{name:38} {said:>12} {lost:>12}", flush=True)


def _can_be_read(name: str) -> bool:
    """Say whether all points of a run that ended well are found: else a loss means nothing."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        subprocess.run(
            _start("keep", name),
            env=_environment(name, BENCHMARK_FOLDER=folder),
            capture_output=True,
            check=False,
            timeout=120,
        )
        try:
            return set(installed()[name].steps(Path(folder))) == set(range(KEPT))
        except Exception as error:
            print(f"{name}: {error!r}", file=sys.stderr)
            return False


def _loss(name: str, acknowledged: int) -> tuple[int, str]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "run"
        place.mkdir()
        said = Path(folder) / "said"
        said.touch()
        count = _kill_in_the_midst(name, place, said, acknowledged)
        try:
            found = set(installed()[name].steps(place))
        except Exception as error:
            return count, f"not read: {type(error).__name__}"
        return count, str(len(set(range(count)) - found))


def _kill_in_the_midst(name: str, place: Path, said: Path, acknowledged: int) -> int:
    process = subprocess.Popen(
        _start("lose", name),
        env=_environment(name, BENCHMARK_FOLDER=str(place), BENCHMARK_SAID=str(said)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    end = time.monotonic() + 30
    while said.stat().st_size < acknowledged and time.monotonic() < end and process.poll() is None:
        time.sleep(0.001)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return said.stat().st_size


if __name__ == "__main__":
    main()
