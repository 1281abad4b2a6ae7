"""Every value of every real log is the one TensorBoard reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bathyscope.importers.tensorboard import RunLog, read


def test_every_value_equals_tensorboards(
    real_log: Path, differences: Callable[[RunLog], list[str]]
) -> None:
    logs = read(real_log)
    assert sum(len(log.files) for log in logs.values()) > 0
    for log in logs.values():
        assert log.faults == ()
        assert differences(log) == [], log.name
