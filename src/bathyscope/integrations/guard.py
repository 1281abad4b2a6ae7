"""Recording may fail; training goes on."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

_PACKAGE = str(Path(__file__).resolve().parent.parent) + os.sep


class RecordingWarning(UserWarning):
    """Something could not be recorded; the training it belongs to was not touched."""


class Guard:
    """Turn faults of recording into one warning per call site and an event.

    Parameters
    ----------
    strict : bool, optional
        Raise instead. By default what the environment variable ``BATHYSCOPE_STRICT`` says.
    report : function
        Given the name of the operation and the fault; writes them into the run.
    """

    def __init__(self, *, strict: bool | None, report: Callable[[str, Exception], None]) -> None:
        self.strict = is_strict_environment() if strict is None else strict
        self.count = 0
        self._report = report
        self._seen: set[tuple[str, str, int]] = set()

    @contextmanager
    def __call__(self, operation: str) -> Generator[None]:
        """Run a block whose faults must not reach the training program."""
        try:
            yield
        except Exception as fault:
            self.handle(operation, fault)

    def handle(self, operation: str, fault: Exception) -> None:
        """Count a fault; the first at each call site is warned of and reported."""
        if self.strict:
            raise fault
        self.count += 1
        file, line = _call_site()
        site = (operation, file, line)
        if site in self._seen:
            return
        self._seen.add(site)
        self._write_down(operation, fault)
        _warn(
            f"bathyscope: `{operation}` failed and training goes on without it: "
            f"{type(fault).__name__}: {fault} (said once for this place; "
            "`strict=True` or BATHYSCOPE_STRICT=1 raises instead)",
            file,
            line,
        )

    def _write_down(self, operation: str, fault: Exception) -> None:
        try:
            self._report(operation, fault)
        except Exception:
            # The place where the fault would be written is what failed; the warning remains.
            return


def _warn(text: str, file: str, line: int) -> None:
    """Warn; where that raises, as warnings are made errors or nobody can hear, print or be quiet.

    Who makes warnings errors hunts a mistake of the training's; a full disk must not end it.
    """
    try:
        warnings.warn_explicit(text, RecordingWarning, file, line, registry={})
    except Exception:
        with suppress(Exception):
            print(f"{file}:{line}: {text}", file=sys.stderr)  # noqa: T201 (the last resort)


def is_strict_environment() -> bool:
    """Whether ``BATHYSCOPE_STRICT`` asks that faults of recording be raised."""
    return os.environ.get("BATHYSCOPE_STRICT", "").lower() not in ("", "0", "false", "no")


def _call_site() -> tuple[str, int]:
    """File and line of the nearest caller outside this package."""
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(_PACKAGE) and Path(file).name != "contextlib.py":
            return file, frame.f_lineno
        frame = frame.f_back
    return "<unknown>", 0
