from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.runs import Run, RunWriter
from bathyscope.runs.system import SystemMetrics as Sampler
from bathyscope.views.system_metrics import Reading, SystemMetrics


def examples() -> dict[str, views.View]:
    times = 1.7e9 + np.arange(0, 3600, 10.0)
    rng = np.random.default_rng(0)

    def busy(mean: float) -> Any:
        return np.clip(mean + 10 * rng.normal(size=len(times)), 0, 100)

    one = {
        "cpu_percent": busy(70),
        "memory_percent": busy(40),
        "process/memory_bytes": 2e9 + 1e6 * np.arange(len(times)),
        "disk/read_bytes_per_second": 1e6 * rng.random(len(times)),
    }
    for gpu in range(2):
        one |= {
            f"gpu{gpu}/utilization_percent": busy(90 - 30 * gpu),
            f"gpu{gpu}/memory_bytes": np.full(len(times), 3e10 + gpu * 1e10),
            f"gpu{gpu}/power_watts": 3 * busy(80),
            f"gpu{gpu}/temperature_celsius": 50 + busy(10) / 5,
        }

    def ranks(n_ranks: int) -> Any:
        at = times[::20]
        return SystemMetrics(
            tuple(
                Reading(
                    "process/memory_bytes", np.arange(len(at)), at,
                    2e9 + 1e8 * rng.random(len(at)) + (3e9 if rank == 3 else 0), f"rank {rank}",
                )
                for rank in range(n_ranks)
            )
        )  # fmt: skip

    return {
        "four ranks": ranks(4),
        "many ranks": ranks(24),
        "a machine with two GPUs": views.system_metrics(one, times),
        "one reading": views.system_metrics({"cpu_percent": [370.0]}, [5.0]),
        "not finite": views.system_metrics({"cpu_percent": [1.0, np.nan, 3.0]}, [0, 1, 2]),
    }


def test_units_are_told_by_the_names() -> None:
    figure = examples()["a machine with two GPUs"].figure()
    assert [panel.y.unit for panel in figure.panels] == ["%", "GiB", "MiB/s", "W", "°C"]
    memory = figure.panels[1].marks
    assert [mark.label for mark in memory] == ["process/memory", "gpu0/memory", "gpu1/memory"]
    assert memory[1].y[0] == pytest.approx(3e10 / 2**30)
    assert figure.panels[0].y.domain == (0.0, 100.0)
    assert figure.panels[0].x.unit == "min" and figure.panels[0].marks[0].x[1] == 10 / 60


def test_a_process_may_use_several_cores() -> None:
    panel = examples()["one reading"].figure().panels[0]
    assert panel.y.domain[1] > 370


def test_readings_of_this_machine(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run") as writer, Sampler(writer, step=lambda: 7, interval=0.02):
        end = time.monotonic() + 60
        while "system/memory_percent" not in Run(writer.path).scalar_names():
            assert time.monotonic() < end
            time.sleep(0.01)
    run = bs.open(tmp_path / "run")
    view = run.system_metrics()
    assert "memory_percent" in {reading.name for reading in view.readings}
    columns = view.columns()
    assert (columns["step"] == 7).all()
    assert "metrics" in run.view_names()
    assert list(views.Metrics.offers(run)) == []  # these are no metrics of the training


def test_readings_of_one_step_are_all_drawn(run_writer: Any) -> None:
    writer = run_writer()
    for second in range(5):
        writer.log_scalars({"system/cpu_percent": float(second)}, step=7, time=1e9 + second)
    panel = bs.open(writer.path).system_metrics().figure().panels[0]
    assert panel.marks[0].x.tolist() == [0, 1, 2, 3, 4] and panel.x.unit == "s"
    assert panel.marks[0].y.tolist() == [0, 1, 2, 3, 4]


def test_readings_of_ranks_are_not_mixed(record_ranks: Any) -> None:
    """Each process has a curve of its own, and each machine one, which all its ranks read."""
    logged = {
        rank: {
            "system/process/memory_bytes": [(rank + 1) * 2.0**30] * 2,
            "system/cpu_percent": [10.0 * rank, 10.0 * rank + 5],
            "system/gpu0/power_watts": [100.0 + rank],
        }
        for rank in range(4)
    }
    run = bs.open(record_ranks(logged, host="same").path)
    figure = run.system_metrics().figure()
    curves = {
        panel.title or panel.y.unit: {mark.label: mark.y.tolist() for mark in panel.marks}
        for panel in figure.panels
    }
    assert curves == {
        "%": {"cpu": [0, 5]},
        "process/memory": {f"rank {rank}": [rank + 1] * 2 for rank in range(4)},
        "W": {"gpu0/power": [100]},
    }
    assert "where" in run.system_metrics().columns()


def test_each_machine_has_a_curve(record_ranks: Any) -> None:
    logged = {
        rank: {"system/cpu_percent": [1.0 + rank], "system/gpu0/power_watts": [100.0 + rank]}
        for rank in range(2)
    }
    figure = bs.open(record_ranks(logged).path).system_metrics().figure()
    curves = {
        panel.title: {mark.label: mark.y.tolist() for mark in panel.marks}
        for panel in figure.panels
    }
    assert curves == {
        "cpu": {"node0": [1], "node1": [2]},
        "gpu/power": {"gpu0, node0": [100], "gpu0, node1": [101]},
    }


def test_of_many_ranks_the_one_that_strays_is_named() -> None:
    (panel,) = examples()["many ranks"].figure().panels
    assert "rank 3" in {mark.label for mark in panel.marks if not mark.faint}
    assert sum(mark.faint for mark in panel.marks) == 19


def test_bad_input_is_told(run_writer: Any) -> None:
    with pytest.raises(ValueError, match="at least one value"):
        views.system_metrics({}, [])
    with pytest.raises(ValueError, match=r"`a` must have one value per time, shape \(2,\)"):
        views.system_metrics({"a": [1.0]}, [0, 1])
    with pytest.raises(bs.NotRecorded, match="system=True"):
        bs.open(run_writer().path).system_metrics()
