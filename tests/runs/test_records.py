"""What finds records in a journal: compiled and in Python, the same in any bytes."""

from __future__ import annotations

import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bathyscope.runs.decoded import Decoded, Moments, merge, sort_decoded
from bathyscope.runs.frames import SYNC, lay_out
from bathyscope.runs.journal import JournalWriter
from bathyscope.runs.records import SCAN, Found

compiled = pytest.mark.skipif(SCAN is None, reason="was not compiled here")
NUMBERS = st.one_of(st.integers(0, 5), st.sampled_from([70_000, 2**32 - 1]))
GOOD = st.builds(
    lambda numbers, step, value: lay_out(numbers).record(
        struct.pack(f"<qq{len(numbers)}d", step, -step, *([value] * len(numbers)))
    ),
    st.lists(NUMBERS, min_size=1, max_size=60),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(),
)


def _frame(kind: int, payload: bytes) -> bytes:
    rest = struct.pack("<II", len(payload), kind) + payload
    return SYNC + struct.pack("<I", zlib.crc32(rest)) + rest


OTHER = st.builds(
    _frame,
    st.sampled_from([1, 2, 3, 2**32 - 1]),
    st.one_of(st.just(b"\1\0\0\0loss"), st.binary(max_size=3), st.just(bytes(29))),
)
RUBBISH = st.one_of(
    st.binary(max_size=40), st.just(SYNC), st.just(SYNC + b"\xff" * 12), GOOD.map(lambda r: r[:-1])
)
JOURNALS = st.lists(st.one_of(GOOD, OTHER, RUBBISH), max_size=12).map(b"".join)


def _everything(found: Found, end: int) -> object:
    whole = merge(found.pieces) if found.pieces else None
    rows = [] if whole is None else [*_columns(whole), *whole.take(slice(None))]
    return end, found.count, found.names, found.damage, [row.tobytes() for row in rows]


def _columns(whole: Decoded) -> list[np.ndarray]:
    return [whole.present, whole.sizes, whole.starts]


@compiled
@given(data=JOURNALS, first=st.integers(0, 2**40))
@settings(deadline=None, max_examples=300)
def test_both_find_the_same_in_any_bytes(data, first):
    answers = []
    for scan in (SCAN, None):
        found = Found(data, base=7, records=first, scan=scan)
        answers.append(_everything(found, found.scan(0)))
    assert answers[0] == answers[1]


@compiled
@pytest.mark.parametrize("flip", [0x01, 0x80])
def test_both_find_the_same_around_every_flipped_byte(tmp_path, flip):
    journal = JournalWriter(tmp_path / "j.journal")
    for step in range(14):
        journal.append({"a": step, "b/c": -step, **({"late": 0} if step > 11 else {})}, step)
    good = journal.path.read_bytes()
    for at in range(16, len(good)):
        data = bytearray(good)
        data[at] ^= flip
        one, two = (Found(bytes(data), base=0, records=0, scan=scan) for scan in (SCAN, None))
        assert _everything(one, one.scan(16)) == _everything(two, two.scan(16))


@pytest.mark.parametrize("scan", [None, pytest.param(SCAN, marks=compiled)])
def test_values_come_metric_by_metric_in_recorded_order(scan):
    with tempfile.TemporaryDirectory() as folder:
        journal = JournalWriter(Path(folder) / "j.journal")
        for step in range(1000):
            journal.append({f"m{(step * k) % 7}": step / k for k in (1, 2, 3)}, -step)
        found = Found(journal.path.read_bytes(), base=0, records=0, scan=scan)
        found.scan(16)
    whole = merge(found.pieces)
    np.testing.assert_array_equal(whole.present, np.unique(whole.present))
    for number in whole.present.tolist():
        of = whole.of(number)
        np.testing.assert_array_equal(of.steps, -of.records)
        assert (np.diff(of.records) > 0).all()
    assert found.count == 1000


@compiled
def test_a_place_outside_is_refused():
    assert SCAN is not None
    for at in (-1, 4):
        with pytest.raises(ValueError, match="a place in the data"):
            SCAN(b"abc", at)


def test_values_far_apart_are_left_to_the_twin():
    """Numbers of metrics that only damage can make: to count up to them would take memory."""
    far = lay_out([2**32 - 1]).record(struct.pack("<qqd", 1, 2, 3.0))
    if SCAN is not None:
        assert SCAN(far, 0) is None
    found = Found(far, base=0, records=5)
    assert found.scan(0) == len(far)
    (piece,) = found.pieces
    assert [column.tolist() for column in piece.of(2**32 - 1)] == [[1], [3.0], [2], [5]]
    assert len(piece.of(7).steps) == 0


def _decoded(numbers: list[int], first: int) -> Decoded:
    count = len(numbers)
    records = first + np.arange(count)
    moments = Moments(records * 2, records * 4, records)
    places = np.arange(count, dtype=np.uint32)
    return sort_decoded(np.array(numbers, np.uint32), places, records / 3, moments)


@given(
    blocks=st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=20), min_size=1, max_size=4),
    overlap=st.booleans(),
)
@settings(deadline=None, max_examples=100)
def test_pieces_are_merged_as_if_sorted_by_metric_and_record(blocks, overlap):
    firsts = [0 if overlap else 100 * k for k in range(len(blocks))]
    pieces = [_decoded(block, first) for block, first in zip(blocks, firsts, strict=True)]
    whole = merge(pieces)
    rows = sorted(
        (number, record)
        for block, first in zip(blocks, firsts, strict=True)
        for record, number in enumerate(block, first)
    )
    numbers = np.repeat(whole.present, whole.sizes).tolist()
    points = whole.take(slice(None))
    assert list(zip(numbers, points.records.tolist(), strict=True)) == rows
    np.testing.assert_array_equal(points.steps, 2 * points.records)
    np.testing.assert_array_equal(points.times_us, 4 * points.records)
    np.testing.assert_array_equal(points.values, points.records / 3)
    for number in whole.present.tolist():
        expected = [record for one, record in rows if one == number]
        assert whole.of(number).records.tolist() == expected
