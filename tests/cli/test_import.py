"""``bathyscope import`` as a person types it."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np

from bathyscope.importers.tensorboard.crc32c import crc32c, masked
from bathyscope.runs import Run


def record(payload: bytes) -> bytes:
    head = struct.pack("<Q", len(payload))
    return head + check(head) + payload + check(payload)


def check(data: bytes) -> bytes:
    whole = np.frombuffer(data, np.uint8)
    return masked(crc32c(whole, np.array([0]), np.array([len(data)]))).astype("<u4").tobytes()


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bathyscope", "import", *map(str, arguments)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_a_log_becomes_a_run(tmp_path: Path) -> None:
    value = b"\x0a\x04loss" + b"\x15" + struct.pack("<f", 0.5)
    summary = b"\x0a" + bytes([len(value)]) + value
    event = (
        b"\x09" + struct.pack("<d", 9.0) + b"\x10\x07" + b"\x2a" + bytes([len(summary)]) + summary
    )
    log = tmp_path / "logs" / "first"
    log.mkdir(parents=True)
    (log / "events.out.tfevents.1").write_bytes(record(event) + record(event)[:20])
    done = command(tmp_path / "logs", "--into", tmp_path / "runs")
    assert done.returncode == 0, done.stderr
    assert "first (1 metrics)" in done.stdout
    assert "left out: events.out.tfevents.1: bytes" in done.stderr
    assert Run(tmp_path / "runs" / "first").scalars("loss").values.tolist() == [0.5]


def test_a_folder_without_logs_is_one_line(tmp_path: Path) -> None:
    done = command(tmp_path, "--into", tmp_path / "runs")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: `logdir` must be a folder with event files")
    assert done.stderr.count("\n") == 1
