"""What a run was made with: Python, packages, the machine, and the state of the code."""

from __future__ import annotations

import contextlib
import functools
import math
import os
import platform
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bathyscope._errors import RunError
from bathyscope.runs.container import cpu_limit, memory_limits
from bathyscope.runs.gpu import Gpus
from bathyscope.runs.threads import start_thread
from bathyscope.runs.writer import RunWriter

#: ``numpy-2.4.6.dist-info``: name and version are in the folder's name, so that nothing is opened.
_DISTRIBUTION = re.compile(r"(?P<name>[A-Za-z0-9._]+)-(?P<version>[^-]+)\.(dist|egg)-info")
_LONGEST_WAIT_SECS = 5
_SAME_CODE_SECS = 30
_CHANGES = re.compile(r"(\d+) (file|insertion|deletion)")


#: Kind of the event that tells it.
ENVIRONMENT = "environment"


def record_environment(writer: RunWriter) -> threading.Thread | None:
    """Record the environment as an event, in a thread: git and GPU drivers may take their time.

    Returns
    -------
    threading.Thread or None
        To be joined before the writer is finished; None if there can be none, and it is done.
    """
    thread = start_thread("environment", _record, writer)
    if thread is None:
        _record(writer)
    return thread


def _record(writer: RunWriter) -> None:
    # A disk that refuses, or a run that was finished just now, ends no training.
    with contextlib.suppress(RunError):
        writer.log_event(ENVIRONMENT, **environment())


def environment() -> dict[str, Any]:
    """Describe the environment; no environment variable is looked at.

    Returns
    -------
    dict
        ``python``, ``platform``, ``cpus`` and ``memory_bytes`` (what a container, or a scheduler of
        jobs, allows of them), ``gpus`` (names), ``gpu_driver``, ``packages`` (version by name) and
        ``git``: commit, branch, and how much of the code was changed since the commit; None where
        there is no repository.
    """
    gpus, driver = _gpus()
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
        "cpus": _cpus(),
        "memory_bytes": _memory_bytes(),
        "gpus": list(gpus),
        "gpu_driver": driver,
        "packages": packages(),
        "git": _code(),
    }


@functools.cache
def _gpus() -> tuple[tuple[str, ...], str]:
    gpus = Gpus()
    return tuple(gpus.names()), gpus.driver()


def _code() -> dict[str, Any] | None:
    try:
        folder = str(Path.cwd())
    except OSError:  # it was removed
        return None
    return _recent_git_state(folder, int(time.monotonic() // _SAME_CODE_SECS))


@functools.lru_cache(maxsize=1)
def _recent_git_state(folder: str, time_slot: int) -> dict[str, Any] | None:
    """Ask git once for runs that begin one shortly after the other, as the trials of a search."""
    del time_slot
    return git_state(Path(folder))


def _cpus() -> int | None:
    has_affinity = hasattr(os, "sched_getaffinity")
    count = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count()
    limit = cpu_limit()
    return count if limit is None or count is None else min(count, math.ceil(limit.limit))


def _memory_bytes() -> int | None:
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # as on Windows
        return None
    return min([whole, *(group.limit for group in memory_limits())])


def packages() -> dict[str, str]:
    """Give the versions of the installed packages, by name; those found first count."""
    found: dict[str, str] = {}
    for place in sys.path:
        try:
            names = os.listdir(place or ".")  # noqa: PTH208 (names are wanted)
        except OSError:
            continue
        for entry in names:
            match = _DISTRIBUTION.fullmatch(entry)
            if match is not None:
                name = re.sub(r"[-_.]+", "-", match["name"]).lower()
                found.setdefault(name, match["version"])
    return dict(sorted(found.items()))


def git_state(folder: Path) -> dict[str, Any] | None:
    """Give commit, branch and changes of the repository that a folder is in.

    Parameters
    ----------
    folder : pathlib.Path
    """
    commit = _git("rev-parse", "HEAD", folder=folder)
    if commit is None:
        return None
    changes = _git("diff", "HEAD", "--shortstat", "--no-ext-diff", folder=folder)
    untracked = _git("ls-files", "--others", "--exclude-standard", folder=folder)
    return {
        "commit": commit,
        "branch": _git("branch", "--show-current", folder=folder) or "",
        "changed": None if changes is None else _changed(changes),
        "untracked_files": None if untracked is None else len(untracked.splitlines()),
    }


def _changed(text: str) -> dict[str, int]:
    """Read such as `` 2 files changed, 10 insertions(+), 1 deletion(-)``."""
    counts = {what: int(count) for count, what in _CHANGES.findall(text)}
    return {f"{what}s": counts.get(what, 0) for what in ("file", "insertion", "deletion")}


def _git(*arguments: str, folder: Path) -> str | None:
    """Ask git; None if there is none, no repository, or no answer in time."""
    try:
        answer = subprocess.run(
            ["git", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LONGEST_WAIT_SECS,
            check=True,
            cwd=folder,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},  # nothing is written, nor waited for
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()
