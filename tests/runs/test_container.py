"""Limits of containers: in files laid out as Linux does, and in a group made for real."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
import uuid
from pathlib import Path

import pytest

from bathyscope.runs import container, machine
from bathyscope.runs.container import Cpu, Memory, cpu_limit, memory_limits
from bathyscope.runs.environment import environment
from bathyscope.runs.machine import LinuxMachine

NEW = {
    "memory.max": "4000000000\n", "memory.current": "1500000000\n",
    "memory.stat": "anon 900000000\nfile 600000000\ninactive_file 500000000\n",
    "cpu.max": "50000 100000\n", "cpu.stat": "usage_usec 7500000\nuser_usec 1\n",
}  # fmt: skip
OLD = {
    "memory/memory.limit_in_bytes": "4000000000\n", "memory/memory.usage_in_bytes": "1500000000\n",
    "memory/memory.stat": "inactive_file 1\ntotal_inactive_file 500000000\n",
    "cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n",
    "cpuacct/cpuacct.usage": "7500000000\n",
}  # fmt: skip


@pytest.fixture
def lay_out(tmp_path, monkeypatch):
    """Lay out what Linux shows of groups, and say which one this process is in."""

    def write(said: str, files: dict[str, str]) -> None:
        for name, text in {"proc/self/cgroup": said, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        monkeypatch.setattr(container, "_PROC", tmp_path / "proc")
        monkeypatch.setattr(container, "_GROUPS", tmp_path / "groups")
        monkeypatch.setattr(os, "cpu_count", lambda: 8)

    return write


def below(folder: str, files: dict[str, str]) -> dict[str, str]:
    return {f"groups/{folder}{name}": text for name, text in files.items()}


@pytest.mark.parametrize(
    ("said", "files"),
    [
        # As a container sees itself; as the machine does, the limit two groups further out.
        ("0::/\n", below("", NEW)),
        ("0::/job.slice/step/task\n", below("job.slice/", NEW)),
        # The path is that outside of the container, and is not there within.
        ("0::/docker/0123\n", below("", NEW)),
        ("5:cpu,cpuacct:/docker/0123\n4:memory:/docker/0123\n1:name=systemd:/\n", below("", OLD)),
        ("3:cpuacct:/\n2:cpu:/\n1:memory:/\n0::/\n", below("", OLD)),
    ],
)
def test_limits_are_found_wherever_they_are(lay_out, said, files):
    lay_out(said, files)
    assert memory_limits() == [Memory(1_000_000_000, 4_000_000_000)]
    assert cpu_limit() == Cpu(7.5, 0.5)
    assert environment()["cpus"] == 1
    assert environment()["memory_bytes"] <= 4_000_000_000


@pytest.mark.parametrize(
    ("said", "files"),
    [
        ("0::/\n", {}),
        ("0::/\n", below("", NEW | {"memory.max": "max\n", "cpu.max": "max 100000\n"})),
        ("0::/\n", below("", NEW | {"memory.stat": "half a li", "cpu.stat": ""})),
        ("0::/\n", below("", NEW | {"memory.max": "max", "cpu.max": "800000 100000\n"})),
        (
            "2:cpu:/\n1:memory:/\n",
            below(
                "",
                OLD
                | {
                    "memory/memory.limit_in_bytes": "9223372036854771712\n",
                    "cpu/cpu.cfs_quota_us": "-1\n",
                },
            ),
        ),
    ],
)
def test_where_there_is_no_limit_there_is_none(lay_out, said, files):
    lay_out(said, files)
    assert memory_limits() == []
    assert cpu_limit() is None


def test_of_several_limits_the_nearest_counts(lay_out, monkeypatch):
    inner = NEW | {"memory.max": "100000000000\n", "cpu.max": "300000 100000\n"}
    lay_out("0::/job/step\n", below("job/", NEW) | below("job/step/", inner))
    assert [group.limit for group in memory_limits()] == [100_000_000_000, 4_000_000_000]
    assert cpu_limit() == Cpu(7.5, 0.5)
    if not Path("/proc/meminfo").exists():
        return
    readings = LinuxMachine()
    clock = readings._before.clock
    monkeypatch.setattr(machine.time, "monotonic", lambda: clock + 10)
    lay_out("0::/job/step\n", below("job/", {"cpu.stat": "usage_usec 11500000\n"}))
    found = readings.read()
    assert found["memory_percent"] >= 25
    assert found["cpu_percent"] == pytest.approx(80), "4 of 5 seconds"


WITHIN = """
    import time
    from bathyscope.runs.environment import environment
    from bathyscope.runs.machine import LinuxMachine

    machine, held, start = LinuxMachine(), bytearray(b"x") * 60_000_000, time.monotonic()
    while time.monotonic() - start < 1:
        pass
    found = machine.read()
    print(found["memory_percent"], found["cpu_percent"], environment()["memory_bytes"])
"""


@pytest.fixture
def group():
    """Make a group that may use 300 MB and half a CPU."""
    name = f"bathyscope-{uuid.uuid4().hex[:8]}"
    tops = [Path("/sys/fs/cgroup") / one for one in ("memory", "cpu", "cpuacct")]
    made = []
    try:
        for top in {top.resolve() for top in tops}:
            (top / name).mkdir()
            made.append(top / name)
        (tops[0] / name / "memory.limit_in_bytes").write_text("300000000")
        (tops[1] / name / "cpu.cfs_quota_us").write_text("50000")
        yield made
    except OSError as error:
        pytest.skip(f"no group can be made here: {error}")
    finally:
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()


def test_percentages_are_of_what_a_group_may_use(group):
    enter = "; ".join(f"echo $$ > {folder}/cgroup.procs" for folder in group)
    command = ["sh", "-c", f'{enter}; exec "$@"', "sh", sys.executable, "-c"]
    done = subprocess.run(
        [*command, textwrap.dedent(WITHIN)], capture_output=True, text=True, check=True
    )
    memory, cpu, whole = map(float, done.stdout.split())
    assert whole == pytest.approx(300_000_000, abs=4096 * 16)
    assert 20 < memory < 100, "60 MB and a Python, of 300 MB"
    assert 0 < cpu < 150, "of half a CPU; of the machine it would be a share"
