from __future__ import annotations

import time
from pathlib import Path

import pytest

from bathyscope.integrations.recording import Recording
from bathyscope.runs import Run, SystemMetrics

PATIENCE = 60


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_recording_samples_the_machine_if_asked(tmp_path, monkeypatch):
    quick = lambda writer, *, step: SystemMetrics(writer, step=step, interval=0.01)  # noqa: E731
    monkeypatch.setattr("bathyscope.integrations.recording.SystemMetrics", quick)
    with Recording("a", runs_dir=tmp_path, system=True) as run:
        run.log({"loss": 1.0}, step=5)
        reader, end = Run(run.path), time.monotonic() + PATIENCE
        while not ("system/cpu_percent" in reader.scalar_names()
                   and reader.scalars("system/cpu_percent").steps[-1] == 5):  # fmt: skip
            assert time.monotonic() < end
            time.sleep(0.01)
    assert Run(run.path).status == "finished"


def test_by_default_nothing_is_sampled(tmp_path):
    with Recording("a", runs_dir=tmp_path) as run:
        run.log({"loss": 1.0})
    assert Run(run.path).scalar_names() == ("loss",)
