"""Arrays and tables, read once for all pictures of them and kept while there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from typing import Any

from numpy.typing import NDArray

#: At most this many bytes of arrays and tables are kept.
MOST_BYTES = 192 << 20
#: What a text takes beside the place that points to it, about.
_TEXT_BYTES = 80

Columns = Mapping[str, NDArray[Any]]


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
        self._kept: OrderedDict[Hashable, tuple[int, Future[Columns]]] = OrderedDict()

    @property
    def n_bytes(self) -> int:
        """How much is kept."""
        with self._lock:
            return self._n_bytes()

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
            kept = self._kept.get(key)
            is_mine = kept is None or kept[0] != version
            if is_mine:
                kept = self._kept[key] = version, Future()
            self._kept.move_to_end(key)
        assert kept is not None
        if is_mine:
            self._read(key, kept[1], read)
        return dict(kept[1].result())

    def _read(self, key: Hashable, asked: Future[Columns], read: Callable[[], Columns]) -> None:
        try:
            found = read()
        except BaseException as error:
            asked.set_exception(error)
        else:
            for array in found.values():
                array.setflags(write=False)  # what one picture changed, all others would show
            asked.set_result(found)
        with self._lock:
            if asked.exception() and self._kept.get(key, (0, None))[1] is asked:
                del self._kept[key]  # it may be there the next time
            while self._n_bytes() > self._most_bytes:
                self._kept.popitem(last=False)

    def _n_bytes(self) -> int:
        done = [future for _, future in self._kept.values() if future.done()]
        return sum(_bytes_of(future.result()) for future in done if not future.exception())


def _bytes_of(columns: Columns) -> int:
    return sum(
        array.nbytes + (_TEXT_BYTES * array.size if array.dtype.kind == "O" else 0)
        for array in columns.values()
    )
