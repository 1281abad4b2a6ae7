"""The journal: every scalar, appended by one write before the call returns.

`frames` says what its bytes are, `replay` reads it.
"""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bathyscope.runs.appending import APPENDER, PLAIN, Appender
from bathyscope.runs.files import AppendedFile, close_or_refuse, closed_error
from bathyscope.runs.frames import LONGEST_PAYLOAD, MOST_VALUES, define, header, lay_out
from bathyscope.runs.naming import check_name


class JournalWriter:
    """Appends scalars to one new journal file.

    Parameters
    ----------
    path : pathlib.Path
        Must not exist yet.
    """

    def __init__(self, path: Path, *, appender: type[Appender] = APPENDER) -> None:
        self.path = path
        self._file = AppendedFile(path)
        self._numbers: dict[str, int] = {}
        self._next_number = 0
        self._appender = appender(self._file.descriptor, self._numbers, PLAIN)
        # Reentrant: a signal handler may log while its thread is logging.
        self._lock = threading.RLock()
        #: `Appender.append_values`, which the training loop calls first.
        self.quick = self._appender.append_values

    def append(self, values: Mapping[str, Any], step: int, time_us: int | None = None) -> None:
        """Append the values of one step; they outlive the process once this returns."""
        try:
            if not self.quick(values, step, time_us):
                self._append_any(values, step, now_us() if time_us is None else time_us)
        except OSError as error:
            raise self._file.refusal(error) from error

    def _append_any(self, values: Mapping[str, Any], step: int, time_us: int) -> None:
        """Append values that are new or not plain, or say what is wrong with them."""
        if not isinstance(values, Mapping):
            raise TypeError(
                f"`values` must be a mapping of names to numbers; got {type(values).__name__}. "
                'Use a dict such as {"loss": 0.5}.'
            )
        names = tuple(values)
        if not names:
            return
        _check_names(names)
        with self._lock:
            fresh = self._number_new(names)
            layout = lay_out([fresh.get(name, self._numbers.get(name, -1)) for name in names])
            try:
                moved = layout.pack(step, time_us, *values.values())
            except Exception as error:
                raise _why_not(values, step, error) from error
            if not self._appender.append(self._header() + define(fresh) + layout.record(moved)):
                raise closed_error()
            self._numbers.update(fresh)

    def _number_new(self, names: tuple[str, ...]) -> dict[str, int]:
        """Number the metrics that have no number yet; a number is never given twice."""
        fresh: dict[str, int] = {}
        for name in names:
            if name not in self._numbers:
                fresh[name] = self._next_number
                self._next_number += 1
        return fresh

    def _header(self) -> bytes:
        return b"" if self._file.size() else header()

    def size(self) -> int:
        """Give how many bytes were written."""
        return self._file.size()

    def is_deleted(self) -> bool:
        """Whether the file has no name any more, so that nobody can read it."""
        return self._file.is_deleted()

    def close(self) -> None:
        """Close once no value is being written; later ones are refused."""
        # The disk is not waited for: mostly the journal is sealed next, and then removed.
        descriptor = self._appender.detach()
        self._file.detach()
        if descriptor >= 0:
            close_or_refuse(self.path, descriptor)

    def abandon(self) -> None:
        """Let go of the file in a forked child: it is its parent's."""
        self._appender.abandon()
        self._file.close()


def now_us() -> int:
    """Give the microseconds since 1970."""
    return time.time_ns() // 1000


def _check_names(names: tuple[str, ...]) -> None:
    if len(names) > MOST_VALUES:
        raise ValueError(
            f"`values` must hold at most {MOST_VALUES} metrics; got {len(names)}. "
            "Log them in several calls."
        )
    for name in names:
        check_name(name, what="The name of a metric")
        if len(name.encode()) > LONGEST_PAYLOAD // 4:
            raise ValueError(
                f"The name of a metric must be shorter than {LONGEST_PAYLOAD // 4} bytes; "
                f"got {len(name.encode())}."
            )


def _why_not(values: Mapping[str, Any], step: object, error: Exception) -> Exception:
    """Find what could not be packed, and say it."""
    return step_error(step) or _value_error(values) or error


def step_error(step: object) -> Exception | None:
    """Build the error for a step that is none; None if it is one."""
    try:
        struct.pack("<q", step)
    except struct.error:
        return ValueError(
            "`step` must be a whole number between -2**63 and 2**63 - 1; "
            f"got {step!r} ({type(step).__name__}). Use the number of optimizer steps done."
        )
    return None


def _value_error(values: Mapping[str, Any]) -> Exception | None:
    for name, value in values.items():
        try:
            struct.pack("<d", value)
        except Exception:
            if isinstance(value, int):
                return ValueError(
                    f"The value of `{name}` must fit a double, below 1.8e308; got a whole "
                    f"number of {value.bit_length()} bits."
                )
            return TypeError(
                f"The value of `{name}` must be one number; got {_short(value)} "
                f"({type(value).__name__}). Use `log_arrays` for arrays."
            )
    return None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
