"""How many bytes pass through this machine's network interfaces and disks in a second."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
_SYS = Path("/sys")
#: /proc/diskstats counts in these, whatever the disk's own are.
_SECTOR_BYTES = 512

Counters = dict[str, int]


class Rates:
    """Turns counters of bytes into bytes per second since the last reading."""

    def __init__(self) -> None:
        self._before: Counters = {}
        self._clock = time.monotonic()

    def since_last(self, now: Counters) -> dict[str, float]:
        """Give the rates; nothing at first, and of counters that began anew."""
        clock = time.monotonic()
        before, self._before = self._before, now
        passed, self._clock = clock - self._clock, clock
        if passed <= 0:
            return {}
        return {
            f"{name}_bytes_per_second": (count - before[name]) / passed
            for name, count in now.items()
            if before.get(name, count + 1) <= count
        }


def linux_counters() -> Counters:
    """Give the bytes that passed since the machine was started; what cannot be read is left out."""
    found: Counters = {}
    for source in (_network, _disks):
        try:
            found.update(source())
        except (OSError, ValueError, IndexError):  # as in some containers
            continue
    return found


def _network() -> Counters:
    lines = (_PROC / "net/dev").read_text().splitlines()[2:]
    rows = {name.strip(): rest.split() for name, _, rest in (line.partition(":") for line in lines)}
    chosen = [rows[name] for name in _real(rows, "class/net") if name != "lo"]
    if not chosen:
        return {}
    return {
        "network/received": sum(int(row[0]) for row in chosen),
        "network/sent": sum(int(row[8]) for row in chosen),
    }


def _disks() -> Counters:
    lines = (_PROC / "diskstats").read_text().splitlines()
    rows = {words[2]: words for words in (line.split() for line in lines)}
    whole = [name for name in rows if (_SYS / "block" / name).exists()]
    chosen = [rows[name] for name in _real(whole, "block") if not _is_in_memory(name)]
    if not chosen:
        return {}
    return {
        "disk/read": _SECTOR_BYTES * sum(int(row[5]) for row in chosen),
        "disk/written": _SECTOR_BYTES * sum(int(row[9]) for row in chosen),
    }


def _real(names: Iterable[str], kind: str) -> list[str]:
    """Give those with a device behind them: bridges and partitions would count bytes twice."""
    known = list(names)
    real = [name for name in known if os.path.exists(_SYS / kind / name / "device")]  # noqa: PTH110
    return real or known


def _is_in_memory(name: str) -> bool:
    return name.startswith(("loop", "ram", "zram"))
