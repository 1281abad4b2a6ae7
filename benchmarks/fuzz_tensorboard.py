"""Reads damaged TensorBoard logs by the million: no crash, no hang, no memory beyond a bound.

    python benchmarks/fuzz_tensorboard.py --quick            # 5,000 inputs
    python benchmarks/fuzz_tensorboard.py --inputs 1000000
    python benchmarks/fuzz_tensorboard.py --files --inputs 1000000    # every input a file
    python benchmarks/fuzz_tensorboard.py --plain            # without the compiled code

An input is an event with bytes changed, cut, doubled or put in, whose checksums are mended, so
that the damage reaches the decoders behind them; or a log that is damaged anywhere. A file holds
up to 200 damaged events among whole ones; with --files one, and few whole ones. All of it is read:
every scalar, every item, every fault. One file in 20 is also asked all that a run answers, and read
a few bytes at a time. One in 200 is read with its memory watched, and of none may the process ask
for more than the bound (on Linux). The seed of a file that fails is told; --seed reads it again.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import os
import signal
import struct
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np

from bathyscope import BathyscopeError
from bathyscope.importers.tensorboard import ahead, batch, read, records, source
from bathyscope.importers.tensorboard.source import TensorBoardRun

#: Seconds of the processor one file may take.
LONGEST = 20
#: Bytes of memory per byte of the file, beside what an empty log takes: one number of a few bytes
#: may stand for 2^24 (`tensors.py`), an image of a few bytes for 2^26 pixels (`pictures.py`).
MULTIPLE, BESIDE = 64, 4 * 2**26
WATCHED, AS_A_RUN, HURRIED = 200, 20, 100


def varint(number: int) -> bytes:
    number &= 2**64 - 1
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def part(number: int, content: bytes | int | float) -> bytes:
    """Write one field of a protocol buffer."""
    if isinstance(content, bytes):
        return varint(number << 3 | 2) + varint(len(content)) + content
    if isinstance(content, float):
        return varint(number << 3 | 1) + struct.pack("<d", content)
    return varint(number << 3) + varint(content)


def event(step: int, *values: bytes) -> bytes:
    return part(1, 1.7e9 + step) + part(2, step) + part(5, b"".join(part(1, v) for v in values))


def tensor(kind: int, sizes: tuple[int, ...], held: bytes) -> bytes:
    shape = b"".join(part(2, part(1, size)) for size in sizes)
    return part(1, kind) + part(2, shape) + held


def of_plugin(tag: bytes, plugin: bytes, held: bytes, content: bytes = b"") -> bytes:
    metadata = part(1, part(1, plugin) + part(2, content)) + part(2, tag)
    return part(1, tag) + part(9, metadata) + part(8, held)


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060"
    "00000004000137ea7c4a0000000049454e44ae426082"
)


def whole_log() -> list[bytes]:
    """Give the payloads of a log with every kind of event."""
    simple = [event(s, part(1, b"loss") + b"\x15" + struct.pack("<f", s / 3)) for s in range(40)]
    numbers = [
        event(s, of_plugin(b"acc", b"scalars", tensor(1, (), part(4, struct.pack("<f", s)))))
        for s in range(20)
    ]
    buckets = np.arange(9.0).tobytes()
    histo = part(1, -1.0) + part(2, 2.0) + part(6, buckets) + part(7, buckets)
    texts = part(8, b"4") + part(8, b"2") + part(8, PNG)
    session = part(3, part(1, part(1, b"rate") + part(2, part(2, 0.5))))
    layout = part(2, part(1, b"t") + part(2, part(1, b"c") + part(2, part(1, b"loss"))))
    node = part(1, b"dense/kernel") + part(2, b"MatMul") + part(3, b"dense/x")
    keras = b'{"class_name": "Sequential", "config": {"layers": []}}'
    rich = [
        event(1, part(1, b"h") + part(5, histo)),
        event(2, of_plugin(b"h2", b"histograms", tensor(2, (3, 3), part(4, buckets)))),
        event(3, part(1, b"i") + part(4, part(1, 4) + part(2, 2) + part(3, 3) + part(4, PNG))),
        event(4, of_plugin(b"i2", b"images", tensor(7, (3,), texts))),
        event(5, part(1, b"a") + part(6, part(4, b"RIFF0000WAVE"))),
        event(6, of_plugin(b"a2", b"audio", tensor(7, (1, 2), part(8, b"RIFF") + part(8, b"l")))),
        event(7, of_plugin(b"t", b"text", tensor(7, (1,), part(8, b"said")))),
        event(8, of_plugin(b"p", b"pr_curves", tensor(1, (6, 1), part(5, bytes(24))))),
        event(9, of_plugin(b"s", b"hparams", tensor(1, (), part(4, bytes(4))), session)),
        event(10, of_plugin(b"l", b"custom_scalars", tensor(7, (), part(8, layout)))),
        event(11, of_plugin(b"m", b"mesh", tensor(1, (1, 2, 3), part(4, bytes(24))))),
        event(12, of_plugin(b"x", b"mine", tensor(9, (100,), part(10, 7)))),
        event(13, of_plugin(b"k", b"graph_keras_model", tensor(7, (), part(8, keras)))),
        part(4, part(1, node) + part(1, part(1, b"dense/x") + part(2, b"Placeholder"))),
        part(7, part(1, 1)) + part(2, 15),
        part(8, part(1, b"batch") + part(2, b"stats")),
    ]
    return [part(1, 1.7e9) + part(3, b"brain.Event:2"), *simple, *rich, *numbers]


def framed(payloads: list[bytes], known: dict[bytes, bytes]) -> bytes:
    """Put payloads into records; those of ``known`` are made already."""
    return b"".join(known.get(payload) or _frame(payload) for payload in payloads)


def _frame(payload: bytes) -> bytes:
    head = struct.pack("<Q", len(payload))
    return head + _check(head) + payload + _check(payload)


def _table() -> list[int]:
    row = list(range(256))
    for _ in range(8):
        row = [value >> 1 ^ (0x82F63B78 if value & 1 else 0) for value in row]
    return row


TABLE = _table()


def _check(data: bytes) -> bytes:
    """Give the masked CRC32C, byte by byte: the pieces are short and differ in length."""
    check = 0xFFFFFFFF
    for byte in data:
        check = check >> 8 ^ TABLE[(check ^ byte) & 0xFF]
    check ^= 0xFFFFFFFF
    return struct.pack("<I", ((check >> 15 | check << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def damaged(data: bytes, rng: np.random.Generator, *, times: int) -> bytes:
    """Change, cut, double or put in some bytes."""
    changed = bytearray(data)
    for _ in range(times):
        if not changed:
            break
        at = int(rng.integers(len(changed)))
        span = int(rng.integers(1, 12))
        match int(rng.integers(6)):
            case 0:
                changed[at] ^= 1 << int(rng.integers(8))
            case 1:
                changed[at : at + span] = rng.bytes(span)
            case 2:
                del changed[at : at + span]
            case 3:
                changed[at:at] = changed[at : at + 4 * span]
            case 4:
                changed[at : at + span] = bytes([int(rng.choice([0, 255, 128, 127]))]) * span
            case _:
                changed[at : at + 9] = varint(int(rng.choice([2**31, 2**40, 2**63, 2**64 - 1])))
    return bytes(changed)


def one_file(known: dict[bytes, bytes], seed: int, *, small: bool = False) -> tuple[bytes, int]:
    """Make a damaged log; give how many damaged inputs it holds.

    Each damaged event with mended checksums is an input of its own: records are read one by one.
    Bytes that are damaged anywhere are one input.
    """
    payloads = list(known)
    rng = np.random.default_rng(seed)
    n_whole = int(rng.integers(0, 6) if small else rng.integers(1, 40))
    chosen = [payloads[i] for i in rng.integers(len(payloads), size=n_whole)]
    if rng.random() < 0.25 and chosen:
        return damaged(framed(chosen, known), rng, times=int(rng.integers(1, 6))), 1
    n_damaged = 1 if small else int(rng.choice([1, 4, 200]))
    for _ in range(n_damaged):
        victim = payloads[int(rng.integers(len(payloads)))]
        place = int(rng.integers(len(chosen) + 1))
        chosen.insert(place, damaged(victim, rng, times=int(rng.integers(1, 4))))
    return framed(chosen, known), n_damaged


def look_at_all(path: Path) -> None:
    """Read all a log holds; what is refused must be refused in words."""
    (log,) = read(path).values()
    assert isinstance(log.faults, tuple)
    for column in log.scalars.values():
        assert len(column.values) == len(column.steps) == len(column.times) > 0
    for column in (column for tags in log.items.values() for column in tags.values()):
        for index in range(len(column)):
            with contextlib.suppress(ValueError):
                column.value(index)


def look_as_a_run(path: Path) -> None:
    """Ask everything a run answers."""
    run = TensorBoardRun(path)
    n_points = 0
    for name in run.scalar_names():
        assert np.all(np.diff(run.scalars(name).steps) > 0)
        n_points += len(run.scalars_all(name))
    points, cursor = run.new_scalars()
    assert len(points.steps) >= n_points
    assert not len(run.new_scalars(cursor)[0].steps)
    assert set(run.summaries()) == set(run.scalar_names())
    for names, steps_of, get in (
        (run.table_names(), run.table_steps, run.table),
        (run.array_groups(), run.array_steps, run.arrays),
    ):
        for name in names:
            for step in steps_of(name):
                with contextlib.suppress(BathyscopeError):
                    get(name, step=step)
    assert isinstance(run.events(), list)
    assert isinstance(run.config, dict)
    assert isinstance(run.faults(), tuple)
    assert run.status


def look_in_pieces(path: Path) -> None:
    """Read a log a few bytes at a time, and by and by: it must hold what it holds read at once."""
    at_once = TensorBoardRun(path)
    before = records.BLOCK, ahead.FEWEST, source.TURN_SECS
    records.BLOCK, ahead.FEWEST, source.TURN_SECS = 128, 0, 0.0
    try:
        in_pieces = TensorBoardRun(path)
        in_pieces.read_gradually()
        in_pieces.read_all()
        assert _contents(in_pieces) == _contents(at_once)
    finally:
        records.BLOCK, ahead.FEWEST, source.TURN_SECS = before


def _contents(run: TensorBoardRun) -> Any:
    points = {name: run.scalars_all(name) for name in run.scalar_names()}
    columns = {
        name: (s.steps.tobytes(), s.values.tobytes(), s.times.tobytes())
        for name, s in points.items()
    }
    steps = {name: run.table_steps(name) for name in run.table_names()}
    groups = {name: run.array_steps(name) for name in run.array_groups()}
    return columns, repr(run.summaries()), steps, groups, run.faults()


def peak_of(path: Path) -> int:
    """Give how many bytes reading a log takes at most."""
    tracemalloc.start()
    try:
        look_at_all(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def limit_memory(longest: int) -> None:
    """Let the process ask for no more than what it has and what a file of this size may take."""
    status = Path("/proc/self/status")
    if not status.exists():
        return
    import resource

    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmData"))
    most = int(line.split()[1]) * 1024 + BESIDE + MULTIPLE * longest
    resource.setrlimit(resource.RLIMIT_DATA, (most, resource.RLIM_INFINITY))


def fuzz(n_inputs: int, first: int, *, every: int = 10_000, small: bool = False) -> dict[str, Any]:
    """Read so many inputs; give what was found."""
    known = {payload: framed([payload], {}) for payload in whole_log()}
    began, slowest, largest = time.perf_counter(), 0.0, 0
    seed, n_read, told = first, 0, every
    with tempfile.TemporaryDirectory(dir=_fast_folder()) as folder:
        path = Path(folder) / "x.tfevents.1"
        while n_read < n_inputs:
            if (seed - first) % HURRIED == 0:  # a hang is told, with where it is, and ends this
                faulthandler.dump_traceback_later(HURRIED * LONGEST, exit=True)
            data, n_damaged = one_file(known, seed, small=small)
            path.write_bytes(data)
            start = time.process_time()
            try:
                if seed % WATCHED == 0:
                    peak = peak_of(path)
                    largest = max(largest, peak)
                    assert peak <= BESIDE + MULTIPLE * len(data), f"{peak} bytes"
                else:
                    look_at_all(path)
                if seed % AS_A_RUN == 0:
                    look_as_a_run(path)
                    look_in_pieces(path)
            except BaseException:
                print(f"seed {seed} fails", flush=True)
                raise
            slowest = max(slowest, time.process_time() - start)
            assert slowest < LONGEST, f"seed {seed} took {slowest:.1f} s"
            seed, n_read = seed + 1, n_read + n_damaged
            if n_read >= told:
                print(f"{n_read} inputs, slowest file {slowest:.2f} s", flush=True)
                told += every
    faulthandler.cancel_dump_traceback_later()
    secs = time.perf_counter() - began
    return {"inputs": n_read, "files": seed - first, "secs": secs, "slowest file": slowest,
            "most memory of a watched file, MiB": largest / 2**20}  # fmt: skip


def _fast_folder() -> str | None:
    shared = Path("/dev/shm")
    return str(shared) if shared.is_dir() and os.access(shared, os.W_OK) else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="5,000 inputs")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first file")
    parser.add_argument("--files", action="store_true", help="one damaged input in each file")
    parser.add_argument("--plain", action="store_true", help="without the compiled code")
    options = parser.parse_args()
    if options.plain:
        batch.compiled = records.compiled = None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    limit_memory(1 << 20)
    n_inputs = 5000 if options.quick else options.inputs
    found = fuzz(n_inputs, options.seed, small=options.files)
    print(", ".join(f"{name}: {value:,.6g}" for name, value in found.items()))


if __name__ == "__main__":
    main()
