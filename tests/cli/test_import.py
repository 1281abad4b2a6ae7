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
    assert "first (1 metric)" in done.stdout
    assert "left out: events.out.tfevents.1: bytes" in done.stderr
    assert Run(tmp_path / "runs" / "first").scalars("loss").values.tolist() == [0.5]


def test_a_folder_without_logs_is_one_line(tmp_path: Path) -> None:
    done = command(tmp_path, "--into", tmp_path / "runs")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: PATH must be a log, or a folder with logs; ")
    assert done.stderr.count("\n") == 1


def test_logs_of_several_tools_are_imported_together(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    (logs / "hf" / "checkpoint-2").mkdir(parents=True)
    (logs / "training.csv").write_text("epoch,loss\n0,0.5\n1,oops\n")
    state = '{"log_history": [{"loss": 0.25, "step": 2}], "global_step": 2}'
    (logs / "hf" / "checkpoint-2" / "trainer_state.json").write_text(state)
    (logs / "broken.wandb").write_bytes(b":W&Bnonsense")
    done = command(logs, "--to", tmp_path / "runs")
    assert done.returncode == 0, done.stderr
    assert "hf (1 metric)" in done.stdout
    assert "training (2 metrics)" in done.stdout
    assert "2 runs in" in done.stdout
    assert "left out: line 3, column `loss`: `oops` is no number" in done.stderr
    assert "Refused   `" in done.stderr
    assert "must be a log of W&B" in done.stderr
    assert Run(tmp_path / "runs" / "hf").scalars("loss").values.tolist() == [0.25]


def test_a_format_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "any.name").write_text("epoch,loss\n0,0.5\n")
    done = command(tmp_path / "any.name", "--from", "keras", "--to", tmp_path / "runs")
    assert done.returncode == 0, done.stderr
    done = command(tmp_path / "any.name", "--from", "wandb", "--to", tmp_path / "runs")
    assert done.stderr.startswith("Error: PATH must hold a log of W&B; there is none at")
    done = command(tmp_path / "any.name", "--from", "kreas", "--to", tmp_path / "runs")
    assert done.stderr.startswith("Error: There is no format `kreas`. Did you mean `keras`")


def test_a_log_is_inspected_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "training.csv"
    path.write_text("epoch,loss\n0,0.5\n1,0.25\nx,1\n")
    done = subprocess.run(
        [sys.executable, "-m", "bathyscope", "inspect", str(path)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("training  running")
    assert "0.25" in done.stdout
    assert "Warning: line 4: `x` is no epoch" in done.stdout
