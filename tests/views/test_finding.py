"""What a search finds: the same as a search in what is written, number by number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bathyscope.views._finding import holding


def as_written(values: np.ndarray, wanted: str) -> list[bool]:
    return [wanted in str(value).lower() for value in values.astype(np.str_).tolist()]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint64"])
@given(seed=st.integers(0, 99), wanted=st.from_regex(r"[0-9]{1,5}", fullmatch=True))
@example(seed=0, wanted="0")
@example(seed=0, wanted="00")
@example(seed=0, wanted="05")
@example(seed=0, wanted="127")
def test_whole_numbers_are_found_by_their_digits(dtype: str, seed: int, wanted: str) -> None:
    rng = np.random.default_rng(seed)
    top = np.iinfo(dtype).max
    some = [0, 5, 10, 100, 105, *rng.integers(0, 2000, 60).tolist(), top, top - 1]
    values = np.array([min(value, top) for value in some], dtype=dtype)
    assert holding(values, wanted).tolist() == as_written(values, wanted)
    own = str(values[int(rng.integers(len(values)))])
    assert holding(values, own).tolist() == as_written(values, own)


@pytest.mark.parametrize("wanted", ["-", "-3", "3", "e", "nan", "inf", "0.5", "1e-05", "cat", "5e"])
@pytest.mark.parametrize(
    "values",
    [
        np.array([-3, 3, -33, 0]),
        np.array([0.5, 1e-5, np.nan, -np.inf, 3.0]),
        np.array([True, False]),
        np.array(["Cat", "a CAT 3", "", "nan", "1E-05"]),
        np.array(["Cat", None, 3, "İ -3"], dtype=np.object_),
        np.array([b"cat", b"dog"]),
        np.array(["2024-05-03", "2024-12-13"], dtype="datetime64[D]"),
        np.array([], dtype=np.int64),
    ],
    ids=lambda values: f"{values.dtype}",
)
def test_values_of_every_kind_are_found_as_they_are_written(
    values: np.ndarray, wanted: str
) -> None:
    assert holding(values, wanted).tolist() == as_written(values, wanted)
