"""The journal: every scalar, appended by one write before the call returns.

::

    header   8s magic | u32 version | u32 crc32 of the 12 bytes before
    record   4s sync  | u32 crc32 of the rest | u32 length of payload | u32 kind | payload
    NAME     u32 number | the metric's name in UTF-8
    VALUES   u32 number of a metric ... | i64 step | i64 microseconds since 1970 | f64 value ...

All little-endian. The sync bytes never occur in UTF-8, so a reader finds the next record after
damage. A name is written twice, so that one damaged byte does not lose it. `replay` reads it.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from bathyscope.runs.files import AppendedFile, sync_and_close
from bathyscope.runs.naming import check_name

MAGIC = b"BSJOURNL"
VERSION = 1
SYNC = b"\xff\xfeBS"
NAME = 1
VALUES = 2
HEADER = struct.Struct("<8sII")
RECORD = struct.Struct("<4sIII")
NUMBER = struct.Struct("<I")
MOMENT_BYTES = 16
VALUE_BYTES = 12
LONGEST_PAYLOAD = 1 << 24
MOST_VALUES = 1 << 20

_FRAME = struct.Struct("<II")
_MOST_LAYOUTS = 4096


class _Layout(NamedTuple):
    """What is the same in all records of one sequence of metrics."""

    fixed: bytes  # length, kind and numbers
    fixed_check: int
    pack: Callable[..., bytes]  # step, time, values
    pack_start: Callable[[bytes, int, bytes], bytes]  # sync, checksum, fixed

    def record(self, moved: bytes) -> bytes:
        """Give the whole record around the packed step, time and values."""
        return self.pack_start(SYNC, crc32(moved, self.fixed_check), self.fixed) + moved


class JournalWriter:
    """Appends scalars to one new journal file.

    Parameters
    ----------
    path : pathlib.Path
        Must not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = AppendedFile(path)
        self._numbers: dict[str, int] = {}
        self._next_number = 0
        self._layouts: dict[tuple[str, ...], _Layout] = {}
        self._single_layouts: dict[str, _Layout] = {}
        # Reentrant: a signal handler may log while its thread is logging.
        self._lock = threading.RLock()
        self._acquire, self._release = self._lock.acquire, self._lock.release

    def append(self, values: Mapping[str, Any], step: int, time_us: int) -> None:
        """Append the values of one step; they outlive the process once this returns."""
        # Called in the training loop: calls are spared here, and nothing is checked twice.
        # `_Layout.record`, `AppendedFile.append` and the lock's `with` are written out.
        try:
            if len(values) == 1:
                ((name, value),) = values.items()
                fixed, fixed_check, pack, pack_start = self._single_layouts[name]
                moved = pack(step, time_us, value)
            else:
                fixed, fixed_check, pack, pack_start = self._layouts[tuple(values)]
                moved = pack(step, time_us, *values.values())
            record = pack_start(SYNC, crc32(moved, fixed_check), fixed) + moved
        except Exception:
            record = None
        if record is None:
            self._append_new(values, step, time_us)
            return
        self._acquire()
        try:
            written = os.write(self._file.descriptor, record)
            if written != len(record):
                self._file.append_rest(record, written)
        except OSError as error:
            raise self._file.refusal(error) from error
        finally:
            self._release()

    def _append_new(self, values: Mapping[str, Any], step: int, time_us: int) -> None:
        """Append values of metrics that were not logged together before, or say what is wrong."""
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
            numbers = [fresh[name] if name in fresh else self._numbers[name] for name in names]
            layout = _make_layout(numbers)
            try:
                moved = layout.pack(step, time_us, *values.values())
            except Exception as error:
                raise _why_not(values, step, error) from error
            self._file.append(self._header() + _define(fresh) + layout.record(moved))
            self._remember(names, layout, fresh)

    def _remember(self, names: tuple[str, ...], layout: _Layout, fresh: Mapping[str, int]) -> None:
        self._numbers.update(fresh)
        if len(names) == 1:
            self._single_layouts[names[0]] = layout
            return
        if len(self._layouts) >= _MOST_LAYOUTS:
            self._layouts.clear()
        self._layouts[names] = layout

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

    def close(self) -> None:
        """Close once no value is being written; later ones are refused."""
        with self._lock:
            descriptor = self._file.detach()
        sync_and_close(descriptor)  # nobody who logs waits for the disk

    def abandon(self) -> None:
        """Let go of the file in a forked child: it is its parent's."""
        self._file.close()


def header() -> bytes:
    """Give the first 16 bytes of a journal."""
    start = HEADER.pack(MAGIC, VERSION, 0)[:12]
    return start + NUMBER.pack(crc32(start))


def _frame(kind: int, payload: bytes) -> bytes:
    body = _FRAME.pack(len(payload), kind) + payload
    return SYNC + NUMBER.pack(crc32(body)) + body


def _define(fresh: Mapping[str, int]) -> bytes:
    records = (_frame(NAME, NUMBER.pack(k) + name.encode()) for name, k in fresh.items())
    return b"".join(record * 2 for record in records)


def _make_layout(numbers: list[int]) -> _Layout:
    count = len(numbers)
    frame = _FRAME.pack(MOMENT_BYTES + VALUE_BYTES * count, VALUES)
    fixed = frame + struct.pack(f"<{count}I", *numbers)
    return _Layout(
        fixed,
        crc32(fixed),
        struct.Struct(f"<qq{count}d").pack,
        struct.Struct(f"<4sI{len(fixed)}s").pack,
    )


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
