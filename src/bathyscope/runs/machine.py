"""How busy this machine and this process are: from /proc, elsewhere from psutil if installed."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import time
from pathlib import Path
from typing import Any, NamedTuple

from bathyscope.runs.container import Cpu, cpu_limit, memory_limits
from bathyscope.runs.traffic import Counters, Rates, linux_counters

_PROC = Path("/proc")


class _Counters(NamedTuple):
    """What is counted since the machine, or a process, was started."""

    clock: float
    #: Of all CPUs, in ticks.
    total: int
    idle: int
    #: Of this process, in ticks.
    process: int
    #: Of the container, if it may not use all CPUs.
    container: Cpu | None


class LinuxMachine:
    """Readings from /proc: a few small files, no library.

    Where a container or a job may use only a part of the machine, that is what percentages of CPU
    and memory are of.
    """

    def __init__(self) -> None:
        self._ticks = os.sysconf("SC_CLK_TCK")
        self._page = os.sysconf("SC_PAGE_SIZE")
        self._before = self._counters()
        self._rates = Rates()
        self._rates.since_last(linux_counters())

    def read(self) -> dict[str, float]:
        """Give percentages and rates since the last reading, and bytes now."""
        before, now = self._before, self._counters()
        self._before = now
        found = {"memory_percent": self._memory_percent()} | _cpu_percent(before, now)
        if now.clock > before.clock:
            used = (now.process - before.process) / self._ticks
            found["process/cpu_percent"] = 100 * used / (now.clock - before.clock)
        resident = int((_PROC / "self/statm").read_text().split()[1])
        found["process/memory_bytes"] = float(resident * self._page)
        return found | self._rates.since_last(linux_counters())

    def _counters(self) -> _Counters:
        ticks = [int(word) for word in _first_line("stat").split()[1:9]]
        mine = (_PROC / "self/stat").read_text().rpartition(")")[2].split()
        return _Counters(
            clock=time.monotonic(),
            total=sum(ticks),
            idle=ticks[3] + ticks[4],
            process=int(mine[11]) + int(mine[12]),
            container=cpu_limit(),
        )

    def _memory_percent(self) -> float:
        """Give the share in use of the machine's memory, or of a limit that is nearer."""
        lines = (line.split() for line in (_PROC / "meminfo").read_text().splitlines())
        kib = {words[0].rstrip(":"): int(words[1]) for words in lines}
        shares = [1 - kib["MemAvailable"] / kib["MemTotal"]]
        shares += [group.used / group.limit for group in memory_limits()]
        return 100 * max(shares)


def _cpu_percent(before: _Counters, now: _Counters) -> dict[str, float]:
    if before.container and now.container and now.clock > before.clock:
        used = now.container.used - before.container.used
        return {"cpu_percent": 100 * used / (now.container.limit * (now.clock - before.clock))}
    total, idle = now.total - before.total, now.idle - before.idle
    return {"cpu_percent": 100 * (1 - idle / total)} if total > 0 else {}


def _first_line(name: str) -> str:
    with (_PROC / name).open() as file:
        return file.readline()


class PsutilMachine:
    """The same readings from psutil, where there is no /proc."""

    def __init__(self, psutil: Any) -> None:
        self._psutil = psutil
        self._process = psutil.Process()
        self._rates = Rates()
        self.read()

    def read(self) -> dict[str, float]:
        """Give percentages and rates since the last reading, and bytes now."""
        found = {
            "memory_percent": float(self._psutil.virtual_memory().percent),
            "cpu_percent": float(self._psutil.cpu_percent()),
            "process/cpu_percent": float(self._process.cpu_percent()),
            "process/memory_bytes": float(self._process.memory_info().rss),
        }
        return found | self._rates.since_last(self._counters())

    def _counters(self) -> Counters:
        network = self._psutil.net_io_counters(pernic=True)
        real = [of for name, of in network.items() if not name.lower().startswith("lo")]
        found: Counters = {}
        if real:
            found["network/received"] = sum(of.bytes_recv for of in real)
            found["network/sent"] = sum(of.bytes_sent for of in real)
        disks = self._psutil.disk_io_counters()
        if disks is not None:
            found |= {"disk/read": disks.read_bytes, "disk/written": disks.write_bytes}
        return found


def this_machine() -> LinuxMachine | PsutilMachine | None:
    """Give what can read this machine, if anything can."""
    if (_PROC / "self/stat").exists() and (_PROC / "meminfo").exists():
        return LinuxMachine()
    if importlib.util.find_spec("psutil") is not None:
        return PsutilMachine(importlib.import_module("psutil"))
    return None


def disk_readings(place: Path) -> dict[str, float]:
    """Give how full the disk is that a folder is on."""
    usage = shutil.disk_usage(place)
    return {
        "disk/free_bytes": float(usage.free),
        "disk/used_percent": 100 * usage.used / max(usage.total, 1),
    }
