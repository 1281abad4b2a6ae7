from __future__ import annotations

import gc
import os
import threading
import time
from pathlib import Path

import pytest

from bathyscope.runs import Run, RunWriter, SystemMetrics
from bathyscope.runs.container import memory_limits
from bathyscope.runs.gpu import Gpus
from bathyscope.runs.machine import LinuxMachine, PsutilMachine
from bathyscope.runs.traffic import Rates, linux_counters

PATIENCE = 60
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


def _wait_until(is_so) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def _samplers() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "bathyscope-system"]


@needs_proc
def test_samples_are_recorded_at_the_step_of_the_training(writer, run):
    step = [7]
    with SystemMetrics(writer, step=lambda: step[0], interval=0.01) as metrics:
        _wait_until(lambda: "system/cpu_percent" in run.scalar_names())
        step[0] = 8
        _wait_until(lambda: run.scalars("system/process/memory_bytes").steps.tolist() == [7, 8])
        assert metrics.start() is metrics
        assert len(_samplers()) == 1
    assert _samplers() == []
    count = len(run.scalars_all("system/memory_percent"))
    for name in ("system/cpu_percent", "system/memory_percent", "system/disk/used_percent"):
        assert (run.scalars_all(name).values >= 0).all()
        assert (run.scalars_all(name).values <= 100).all()
    time.sleep(0.05)
    assert len(run.scalars_all("system/memory_percent")) == count


def _read_after_work(*makers) -> tuple[list[dict[str, float]], float, float]:
    """Read machines after half a second of work; give the least and most CPU percent that was used.

    A busy machine may hold this process up at any place, so no single number is right.
    """
    looks = []

    def look() -> None:
        looks.append((time.monotonic(), time.process_time()))

    look()
    machines = [make() for make in makers]
    look()
    while time.process_time() - looks[-1][1] < 0.5:
        pass
    look()
    readings = [machine.read() for machine in machines]
    look()
    clock, used = zip(*looks, strict=True)
    ticks = 4 / os.sysconf("SC_CLK_TCK")
    least = 100 * (used[2] - used[1] - ticks) / (clock[3] - clock[0])
    most = 100 * (used[3] - used[0] + ticks) / (clock[2] - clock[1])
    return readings, least, most


@needs_proc
def test_the_readings_are_those_of_the_system():
    (found,), least, most = _read_after_work(LinuxMachine)
    assert least <= found["process/cpu_percent"] <= most
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    resident = int(status["VmRSS"].split()[0]) * 1024
    assert found["process/memory_bytes"] == pytest.approx(resident, rel=0.2)
    meminfo = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    free, total = (int(meminfo[name].split()[0]) for name in ("MemAvailable", "MemTotal"))
    shares = [1 - free / total, *(group.used / group.limit for group in memory_limits())]
    assert found["memory_percent"] == pytest.approx(100 * max(shares), abs=5)


@needs_proc
def test_rates_are_what_passed_in_the_time_that_passed():
    """By the system's own counters, whatever else this machine does meanwhile."""
    rates, before, start = Rates(), linux_counters(), time.monotonic()
    assert rates.since_last(before) == {}
    begun = time.monotonic()
    time.sleep(0.2)
    after, ended = linux_counters(), time.monotonic()
    found = rates.since_last(after)
    shortest, longest = ended - begun, time.monotonic() - start
    assert before.keys() == after.keys()
    assert found.keys() == {f"{name}_bytes_per_second" for name in after}
    for name, count in after.items():
        passed = count - before[name]
        assert passed / longest <= found[f"{name}_bytes_per_second"] <= passed / shortest


@needs_proc
def test_bytes_written_to_the_disk_are_counted(tmp_path):
    before = linux_counters()
    if "disk/written" not in before:
        pytest.skip("this system does not say what its disks do")
    with (tmp_path / "data").open("wb") as file:
        file.write(os.urandom(20_000_000))
        file.flush()
        os.fsync(file.fileno())
    written = linux_counters()["disk/written"] - before["disk/written"]
    state = tmp_path.stat()
    if os.major(state.st_dev) == 0:
        pytest.skip("the folder for tests is on no disk")
    assert written >= 20_000_000


def test_counters_that_begin_anew_give_no_rate():
    rates = Rates()
    rates.since_last({"network/sent": 10_000, "disk/read": 5})
    assert rates.since_last({"network/sent": 3, "new": 1}) == {}
    assert list(rates.since_last({"network/sent": 4, "new": 1})) == [
        "network/sent_bytes_per_second",
        "new_bytes_per_second",
    ]


@needs_proc
def test_psutil_says_the_same():
    psutil = pytest.importorskip("psutil")
    (mine, other), least, most = _read_after_work(LinuxMachine, lambda: PsutilMachine(psutil))
    assert mine.keys() == other.keys()
    if not memory_limits():  # of which it knows nothing
        assert mine["memory_percent"] == pytest.approx(other["memory_percent"], abs=5)
    assert mine["process/memory_bytes"] == pytest.approx(other["process/memory_bytes"], rel=0.2)
    assert all(least <= each["process/cpu_percent"] <= most for each in (mine, other))


def test_the_disk_is_the_one_the_run_is_on(writer):
    found = SystemMetrics(writer, step=lambda: 0).read()
    state = os.statvfs(writer.path)
    assert found["system/disk/free_bytes"] == pytest.approx(
        state.f_bavail * state.f_frsize, rel=0.1
    )


def test_gpus_are_read_where_there_are_any():
    gpus = Gpus()
    found = gpus.read()
    assert (len(found) > 0) == (len(gpus) > 0)
    for index in range(len(gpus)):
        assert 0 <= found[f"gpu{index}/utilization_percent"] <= 100
        assert 0 <= found[f"gpu{index}/memory_percent"] <= 100
    assert len(gpus.names()) == len(gpus)
    assert all(gpus.names())
    assert bool(gpus.driver()) == (len(gpus) > 0)


def test_sampling_ends_with_the_writer(run_path):
    finished = RunWriter(run_path)
    SystemMetrics(finished, step=lambda: 0, interval=0.01).start()
    finished.finish()
    _wait_until(lambda: not _samplers())
    forgotten = RunWriter(run_path, resume=True)
    SystemMetrics(forgotten, step=lambda: 0, interval=0.01).start()
    del forgotten
    gc.collect()
    _wait_until(lambda: not _samplers())
    assert Run(run_path).faults() == ()


@pytest.mark.parametrize("interval", [0, -1, float("nan")])
def test_an_interval_that_is_none_is_refused(writer, interval):
    with pytest.raises(ValueError, match="`interval` must be more than 0"):
        SystemMetrics(writer, step=lambda: 0, interval=interval)
