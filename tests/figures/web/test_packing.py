"""No number may change on its way to a page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bathyscope.figures.web.packing import DTYPES, Packed, pack, unpack

#: The same cases on every run, and no verdict by the clock.
exact = settings(derandomize=True, deadline=None)

any_array = hnp.arrays(
    st.sampled_from([np.dtype(name) for name in DTYPES]),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)


@exact
@given(any_array)
def test_every_bit_comes_back(array):
    back = unpack(pack(array))
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


@exact
@given(hnp.arrays(np.float64, 7, elements=st.integers(-(2**33), 2**33).map(float)))
def test_whole_floats_come_back_as_floats(array):
    back = unpack(pack(array))
    assert back.dtype == np.float64
    assert back.tobytes() == array.tobytes()


@pytest.mark.parametrize(
    ("values", "stored"),
    [
        (np.array([0.0, 1.0, 255.0]), "u1"),
        (np.array([-1.0, 127.0]), "i1"),
        (np.array([0.0, 40000.0]), "u2"),
        (np.array([-1, 40000]), "i4"),
        (np.array([0, 2**32 - 1]), "u4"),
        (np.array([0, 2**40]), "i8"),
        (np.array([2**64 - 1], dtype=np.uint64), "u8"),
        (np.array([0.5, np.nan, np.inf, -np.inf]), "f4"),
        (np.array([-0.0, 1.0]), "f4"),
        (np.array([0.1]), "f8"),
        (np.array([1e300]), "f8"),
        (np.array([0.1], dtype=np.float32), "f4"),
        (np.array([0.1], dtype=np.float16), "f2"),
        (np.array([3.0], dtype=np.float32), "u1"),
        (np.array([True, False]), "u1"),
        (np.zeros((0, 3)), "u1"),
        (np.full((2, 2), 9, dtype=np.uint8), "u1"),
    ],
)
def test_the_smallest_exact_type_is_chosen(values, stored):
    packed = pack(values)
    assert packed.stored == stored
    assert len(packed.data) == values.size * int(stored[1:])


@pytest.mark.parametrize(
    "array",
    [
        np.arange(1_000),
        np.arange(7, 207, dtype=np.uint8),
        np.arange(2**32 - 100, 2**32, dtype=np.uint64).reshape(10, 10),
    ],
)
def test_of_numbers_that_follow_each_other_the_first_is_enough(array):
    packed = pack(array)
    assert (packed.stored, len(packed.data)) == ("count", 4)
    back = unpack(packed)
    assert back.dtype == array.dtype
    assert np.array_equal(back, array)


@pytest.mark.parametrize(
    "array",
    [
        np.delete(np.arange(1_000), 500),
        np.array([*range(500), 501, 500, *range(502, 1_000)]),
        np.arange(1_000)[::-1],
        np.arange(-1, 999),
        np.arange(2**32 - 99, 2**32 + 1),
        np.arange(1_000.0),
        np.tile(np.arange(256, dtype=np.uint8), 2),
    ],
)
def test_others_are_all_there(array):
    packed = pack(array)
    assert packed.stored != "count"
    assert np.array_equal(unpack(packed), array)


def test_the_payload_of_a_nan_survives():
    bits = np.array([0x7FF8000000000001, 0xFFF8000000000000], dtype=np.uint64)
    assert unpack(pack(bits.view(np.float64))).view(np.uint64).tolist() == bits.tolist()


def test_byte_order_and_strides_do_not_matter():
    values = np.arange(12.0).reshape(3, 4)[:, ::-2] / 7
    for given_array in (values, values.astype(">f8"), np.asfortranarray(values)):
        assert np.array_equal(unpack(pack(given_array)), values)


@pytest.mark.parametrize(
    "values",
    [
        np.array(["a", 1], dtype=object),
        np.array([1j]),
        np.array(["2020-01-01"], dtype="datetime64[D]"),
        np.array([b"a"]),
        np.array([1.5], dtype=np.longdouble),
    ],
    ids=["object", "complex", "time", "bytes", "long double"],
)
def test_what_a_page_cannot_hold_is_refused_by_name(values):
    with pytest.raises(TypeError, match=r"must hold floats, .* got dtype .* Convert it"):
        pack(values)


def test_an_unknown_type_is_refused_on_reading():
    with pytest.raises(ValueError, match="`dtype` must be one of float64"):
        unpack(Packed("u1", "complex128", (1,), b"\0"))
