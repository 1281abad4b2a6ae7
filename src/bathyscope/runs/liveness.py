"""Whether the process that recorded a run still lives."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PROC = Path("/proc")


def this_process() -> dict[str, Any]:
    """Describe this process so that it can be told from a later one with the same id."""
    pid = os.getpid()
    return {
        "pid": pid,
        "host": platform.node(),
        "boot": _boot(),
        "process_started": started(pid),
    }


def is_alive(process: Mapping[str, Any]) -> bool | None:
    """Say whether a described process lives; None where that cannot be told from here."""
    pid = process.get("pid")
    if process.get("host") != platform.node() or not isinstance(pid, int):
        return None
    if process.get("boot") != _boot():
        return False
    if process.get("process_started"):
        return process["process_started"] == started(pid)
    return _answers(pid)


def _boot() -> str:
    """Give what tells one run of the operating system from the next; empty if unknown."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def started(pid: int) -> str:
    """Give when a process started, in ticks since the boot; empty if it is dead or unknown."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    state, start = fields[0], fields[19]
    return "" if state in "ZX" else start


def _answers(pid: int) -> bool | None:
    if os.name != "posix":
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
