"""What a container, or a scheduler of jobs, lets this process use of its machine.

Linux limits groups of processes, one within the other (cgroups, of version 1 or 2). What counts
is the limit that is reached first: at that of the memory a process is killed, whatever the
machine has left.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

_PROC = Path("/proc")
_GROUPS = Path("/sys/fs/cgroup")
#: Version 1 names about twice as many bytes where there is no limit.
_NO_LIMIT = 1 << 62

_Group = TypeVar("_Group")


class Memory(NamedTuple):
    """Bytes a group uses, but for pages of files that can be given back, and may use."""

    used: int
    limit: int


class Cpu(NamedTuple):
    """Seconds of CPUs a group has used, and how many it may use in a second."""

    used: float
    limit: float


def memory_limits() -> list[Memory]:
    """Give the groups around this process whose memory is limited."""
    return list(_read_groups("memory", _memory))


def cpu_limit() -> Cpu | None:
    """Give the group around this process that may use the fewest CPUs; None if it may use all."""
    groups = [group for group in _read_groups("cpu", _cpu) if group.limit < (os.cpu_count() or 1)]
    return min(groups, key=lambda group: group.limit, default=None)


def _read_groups(controller: str, read: Callable[[Path], _Group | None]) -> Iterator[_Group]:
    for folder in _folders(controller):
        try:
            group = read(folder)
        except (OSError, ValueError, LookupError):  # it is not there, or says nothing of this
            continue
        if group is not None:
            yield group


def _folders(controller: str) -> Iterator[Path]:
    """Give the folders of the groups this process is in, the innermost first."""
    try:
        lines = (_PROC / "self/cgroup").read_text().splitlines()
    except OSError:
        return
    for _, controllers, path in (line.split(":", 2) for line in lines):
        if controllers and controller not in controllers.split(","):
            continue
        top = _GROUPS / controller if controllers else _GROUPS
        # Within a container, the path may be that outside of it: then there is only the top.
        own = top / path.strip("/")
        yield from (one for one in (own, *own.parents) if one.is_relative_to(top))


def _memory(folder: Path) -> Memory | None:
    is_new = (folder / "memory.current").exists()
    limit = (folder / ("memory.max" if is_new else "memory.limit_in_bytes")).read_text().strip()
    if limit == "max" or int(limit) >= _NO_LIMIT:
        return None
    used = (folder / ("memory.current" if is_new else "memory.usage_in_bytes")).read_text()
    spare = _table(folder / "memory.stat")["inactive_file" if is_new else "total_inactive_file"]
    return Memory(max(int(used) - spare, 0), int(limit))


def _cpu(folder: Path) -> Cpu | None:
    if (folder / "cpu.max").exists():
        quota, period = (folder / "cpu.max").read_text().split()
    else:
        quota, period = (
            (folder / f"cpu.cfs_{what}_us").read_text().strip() for what in ("quota", "period")
        )
    if quota in ("max", "-1"):
        return None
    return Cpu(_cpu_seconds(folder), int(quota) / int(period))


def _cpu_seconds(folder: Path) -> float:
    if (folder / "cpu.max").exists():
        return _table(folder / "cpu.stat")["usage_usec"] / 1e6
    counted = _GROUPS / "cpuacct" / folder.relative_to(_GROUPS / "cpu")
    return int((counted / "cpuacct.usage").read_text()) / 1e9


def _table(path: Path) -> dict[str, int]:
    words = (line.split() for line in path.read_text().splitlines())
    return {name: int(number) for name, number in words}
