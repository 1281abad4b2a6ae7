"""Arrays and tables, read once for all pictures of them and kept while there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

#: At most this many bytes of arrays and tables are kept.
MOST_BYTES = 192 << 20
#: What a text takes beside the place that points to it, about.
_TEXT_BYTES = 80

Columns = Mapping[str, NDArray[Any]]


@dataclass(eq=False)
class _Part:
    """What is read, or was; until then it takes no room."""

    version: int
    asked: Future[Columns] = field(default_factory=Future)
    n_bytes: int = 0


class PartsCache:
    """Keeps what was read last; those who ask for the same meanwhile wait for it.

    Parameters
    ----------
    most_bytes : int
        What is larger is read each time.
    """

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Part] = OrderedDict()
        self._n_bytes = 0

    @property
    def n_bytes(self) -> int:
        """How much is kept."""
        with self._lock:
            return self._n_bytes

    def get(self, key: Hashable, version: int, read: Callable[[], Columns]) -> dict[str, Any]:
        """Give what is kept under a key, wait for who reads it, or read it.

        Parameters
        ----------
        key : hashable
        version : int
            What was read of another version is read again.
        read : callable
            Gives arrays by name; nobody may write into them any more.
        """
        with self._lock:
            before = part = self._kept.get(key)
            if part is None or part.version != version:
                self._n_bytes -= part.n_bytes if part else 0
                part = self._kept[key] = _Part(version)
            self._kept.move_to_end(key)
        if part is not before:
            self._read(key, part, read)
        return dict(part.asked.result())

    def _read(self, key: Hashable, part: _Part, read: Callable[[], Columns]) -> None:
        try:
            found = read()
        except BaseException as error:
            part.asked.set_exception(error)
            with self._lock:
                if self._kept.get(key) is part:
                    del self._kept[key]  # it may be there the next time
            return
        for array in found.values():
            array.setflags(write=False)  # what one picture changed, all others would show
        part.asked.set_result(found)
        with self._lock:
            if self._kept.get(key) is part:  # and not a later version
                part.n_bytes = _bytes_of(found)
                self._n_bytes += part.n_bytes
            while self._n_bytes > self._most_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._n_bytes -= oldest.n_bytes


def _bytes_of(columns: Columns) -> int:
    return sum(
        array.nbytes + (_TEXT_BYTES * array.size if array.dtype.kind == "O" else 0)
        for array in columns.values()
    )
