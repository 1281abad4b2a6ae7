"""Puts records of plain numbers together and appends them; compiled where that was possible."""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import time
from collections.abc import Mapping
from typing import Any, Protocol
from zlib import crc32

import numpy as np

from bathyscope import _native
from bathyscope.runs.frames import SYNC, Layout, lay_out

#: Types whose values are plain numbers. To read one, no code of Python's has to run.
PLAIN = frozenset((float, int, bool, np.float64, np.float32))

_TEXT = frozenset((str,))
_MOST_LAYOUTS = 4096


class Appender(Protocol):
    """Appends records to an open file, each by one write: whole, or not at all."""

    def __init__(self, descriptor: int, numbers: Mapping[str, int], plain: frozenset[type]) -> None:
        """Take an open file, and the numbers of names, to which more may be added later."""
        ...

    def append_values(self, values: Any, step: Any, time_us: Any, /) -> bool:
        """Append values if they need no second look.

        Returns
        -------
        bool
            False if nothing was written: the file is closed, or something is not as plain as
            it mostly is. ``values`` must be a dict of plain numbers by names that have a
            number, ``step`` an int of 64 bits, ``time_us`` too, or None for now.

        Raises
        ------
        OSError
            If the system refuses; then nothing is left of the record.
        """
        ...

    def append(self, record: bytes, /) -> bool:
        """Append a record; False if the file is closed."""
        ...

    def detach(self) -> int:
        """Refuse later records, once none is being written.

        Returns
        -------
        int
            What is left to be closed; -1 if nothing is.
        """
        ...

    def abandon(self) -> int:
        """Do so in a forked child, in which nobody else writes: its parent's lock may be held."""
        ...


class PureAppender:
    """The twin in Python."""

    def __init__(self, descriptor: int, numbers: Mapping[str, int], plain: frozenset[type]) -> None:
        self._descriptor = descriptor
        self._numbers = numbers
        self._plain = plain
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self._single_layouts: dict[str, Layout] = {}
        # Reentrant: a signal handler may log while its thread is logging.
        self._lock = threading.RLock()

    def append_values(self, values: Any, step: Any, time_us: Any, /) -> bool:
        """See `Appender`."""
        # Called in the training loop: here and in `_pack` calls are spared, and nothing is checked
        # twice.
        if type(values) is not dict or type(step) is not int:
            return False
        record = self._pack(values, step, time.time_ns() // 1000 if time_us is None else time_us)
        if record is None:
            return False
        # Only `with` is never interrupted (Ctrl-C) between taking the lock and knowing of it.
        with self._lock:
            if self._descriptor < 0:
                return False
            written = os.write(self._descriptor, record)
            if written != len(record):
                self._append_rest(record, written)
        return True

    def _pack(self, values: dict[str, Any], step: int, time_us: int) -> bytes | None:
        """Give the record of values; None if something is not plain. `Layout.record` is in it."""
        try:
            if len(values) == 1:
                ((name, value),) = values.items()
                fixed, fixed_check, pack, pack_start = self._single_layouts[name]
                if type(value) is not float and type(value) not in self._plain:
                    return None
                moved = pack(step, time_us, value)
            else:
                fixed, fixed_check, pack, pack_start = self._layouts[tuple(values)]
                if not self._plain.issuperset(map(type, values.values())):
                    return None
                moved = pack(step, time_us, *values.values())
            return pack_start(SYNC, crc32(moved, fixed_check), fixed) + moved
        except KeyError:
            return self._pack(values, step, time_us) if self._lay_out(values) else None
        except (struct.error, OverflowError):
            return None

    def append(self, record: bytes, /) -> bool:
        """See `Appender`."""
        with self._lock:
            if self._descriptor < 0:
                return False
            self._append_rest(record, 0)
        return True

    def detach(self) -> int:
        """See `Appender`."""
        with self._lock:
            return self.abandon()

    def abandon(self) -> int:
        """See `Appender`."""
        descriptor, self._descriptor = self._descriptor, -1
        return descriptor

    def _append_rest(self, record: bytes, written: int) -> None:
        """Write what one write did not take of a record; take its beginning back if refused."""
        try:
            while written < len(record):
                written += os.write(self._descriptor, record[written:])
        except OSError:
            if written:
                with contextlib.suppress(OSError):
                    end = os.lseek(self._descriptor, 0, os.SEEK_END)
                    os.ftruncate(self._descriptor, end - written)
            raise

    def _lay_out(self, values: dict[Any, Any]) -> bool:
        """Prepare for metrics that were not logged together before, if all have a number."""
        names = tuple(values)
        if not names or not _TEXT.issuperset(map(type, names)):
            return False
        numbers = [self._numbers.get(name, -1) for name in names]
        if min(numbers) < 0:
            return False
        if len(names) == 1:
            self._single_layouts[names[0]] = lay_out(numbers)
            return True
        if len(self._layouts) >= _MOST_LAYOUTS:
            self._layouts.clear()
        self._layouts[names] = lay_out(numbers)
        return True


_compiled = _native.load("_journal", interface=1)
#: How records are appended here.
APPENDER: type[Appender] = PureAppender if _compiled is None else _compiled.Appender
