"""How fast TensorBoard logs are read: ours beside TensorBoard's own readers, on one log.

    python benchmarks/reading.py --quick     # 1e6 scalars in 100 tags, twice each
    python benchmarks/reading.py             # 1e7 scalars

Each reader runs in a process of its own, one after the other, in turns. Imports are not counted.
Processor time is compared, which other work on the machine disturbs least; wall time is shown.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import struct
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bathyscope.importers.tensorboard.crc32c import crc32c, masked

N_TAGS = 100


def write_log(path: Path, n_scalars: int) -> None:
    """Write events of one scalar each, tag after tag at every step, as PyTorch's writer does."""
    tags = [f"layer_{tag // 10}/metric_{tag:02d}".encode() for tag in range(N_TAGS)]
    values = np.random.default_rng(0).normal(size=n_scalars).astype(np.float32)
    with path.open("wb") as file:
        file.write(_framed([b"\x09" + bytes(8) + b"\x1a\x0dbrain.Event:2"]))
        for first in range(0, n_scalars, N_TAGS * 1000):
            rows = range(first, min(first + N_TAGS * 1000, n_scalars))
            payloads = [_event(tags[i % N_TAGS], i // N_TAGS, 1.7e9 + i, values[i]) for i in rows]
            file.write(_framed(payloads))


def _event(tag: bytes, step: int, moment: float, number: float) -> bytes:
    value = b"\x0a" + bytes([len(tag)]) + tag + b"\x15" + struct.pack("<f", number)
    summary = b"\x0a" + bytes([len(value)]) + value
    head = b"\x09" + struct.pack("<d", moment) + (b"\x10" + _varint(step) if step else b"")
    return head + b"\x2a" + bytes([len(summary)]) + summary


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _framed(payloads: list[bytes]) -> bytes:
    heads = [struct.pack("<Q", len(payload)) for payload in payloads]
    pairs = zip(_checks(heads), _checks(payloads), heads, payloads, strict=True)
    return b"".join(head + first + payload + last for first, last, head, payload in pairs)


def _checks(pieces: list[bytes]) -> list[bytes]:
    lengths = np.array([len(piece) for piece in pieces], np.int64)
    buffer = np.frombuffer(b"".join(pieces), np.uint8)
    checks = masked(crc32c(buffer, np.cumsum(lengths) - lengths, lengths))
    return [check.tobytes() for check in checks.astype("<u4")]


def _ours(folder: Path) -> Callable[[], Any]:
    from bathyscope.importers.tensorboard import read

    return lambda: sum(len(column) for column in read(folder)["."].scalars.values())


def _accumulator(folder: Path) -> Callable[[], Any]:
    from tensorboard.backend.event_processing import event_accumulator
    from tensorboard.compat import tf

    assert tf.__version__

    def run() -> int:
        sizes = event_accumulator.STORE_EVERYTHING_SIZE_GUIDANCE
        theirs = event_accumulator.EventAccumulator(str(folder), size_guidance=sizes).Reload()
        return sum(len(theirs.Scalars(tag)) for tag in theirs.Tags()["scalars"])

    return run


def _accumulator_alone(folder: Path) -> Callable[[], Any]:
    sys.modules["tensorboard.compat.notf"] = types.ModuleType("tensorboard.compat.notf")
    return _accumulator(folder)


def _tbparse(folder: Path) -> Callable[[], Any]:
    from tbparse import SummaryReader

    return lambda: len(SummaryReader(str(folder), extra_columns={"wall_time"}).scalars)


READERS: dict[str, tuple[str, Callable[[Path], Callable[[], Any]]]] = {
    "bathyscope": ("numpy", _ours),
    "EventAccumulator": ("tensorboard", _accumulator_alone),
    "EventAccumulator on TensorFlow": ("tensorflow", _accumulator),
    "tbparse": ("tbparse", _tbparse),
}


def measure_here(name: str, folder: Path) -> dict[str, float]:
    read = READERS[name][1](folder)
    before = _peak_kib()
    wall, cpu = time.perf_counter(), time.process_time()
    count = read()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    grown = (_peak_kib() - before) / 1024
    return {"wall": wall, "cpu": cpu, "count": count, "memory_mib": grown}


def _peak_kib() -> float:
    """Give the most memory this process held; `getrusage` would count its parent's (Linux)."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return float(next((line.split()[1] for line in lines if line.startswith("VmHWM")), "nan"))


def measure(name: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1e6 scalars instead of 1e7")
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure_here(options.child[0], Path(options.child[1]))))
        return
    n_scalars = 10**6 if options.quick else 10**7
    names = [name for name, (library, _) in READERS.items() if importlib.util.find_spec(library)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.out.tfevents.1"
        write_log(path, n_scalars)
        print(f"{n_scalars} scalars in {N_TAGS} tags, {path.stat().st_size / 1e6:.1f} MB")
        runs = [(name, measure(name, path.parent)) for _ in range(options.turns) for name in names]
    assert {run["count"] for _, run in runs} == {n_scalars}
    show(names, runs)


def show(names: list[str], runs: list[tuple[str, dict[str, float]]]) -> None:
    best = {n: {k: min(run[k] for m, run in runs if m == n) for k in runs[0][1]} for n in names}
    print(f"| {'reader':31}| processor s | wall s | memory MiB | times ours |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, run in best.items():
        ratio = run["cpu"] / best["bathyscope"]["cpu"]
        print(f"| {name:31}| {run['cpu']:11.2f} | {run['wall']:6.2f} "
              f"| {run['memory_mib']:10.0f} | {ratio:10.1f} |")  # fmt: skip


if __name__ == "__main__":
    main()
