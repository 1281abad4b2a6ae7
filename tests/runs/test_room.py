from __future__ import annotations

import mmap

import numpy as np
import pytest

from bathyscope.runs.room import empty


@pytest.mark.parametrize("kind", [np.int64, np.float64, np.uint32])
@pytest.mark.parametrize("count", [0, 1, 1000, 1 << 20])
def test_room_is_an_array_like_any_other(count, kind):
    array = empty(count, kind)
    assert (array.shape, array.dtype) == ((count,), np.dtype(kind))
    array[:] = np.arange(count)
    assert array.flags.c_contiguous and array.flags.writeable
    np.testing.assert_array_equal(array, np.arange(count))


def test_where_the_system_refuses_numpy_asks(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(mmap, "mmap", refuse)
    array = empty(1 << 20, np.int64)
    array[:] = 7
    assert array.sum() == 7 << 20
