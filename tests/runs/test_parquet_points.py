"""Sealed parts that are written by ourselves, read by DuckDB and by the words of the formats."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bathyscope.runs import parquet, parquet_points, sealing
from bathyscope.runs.footer import read_footer
from bathyscope.runs.parquet_pages import RECORD, STEP, TIME_US, VALUE, open_points
from bathyscope.runs.parquet_points import COMPILED
from bathyscope.runs.points import Points
from bathyscope.runs.thrift import int64, list_of, read_struct, struct, varint

pytestmark = pytest.mark.skipif(COMPILED is None, reason="was not compiled here")
ANY_INT = st.integers(-(2**63), 2**63 - 1)


def _unsnappy(data: bytes) -> bytes:
    """Decompress by the description of the format, byte by byte."""
    size = shift = at = 0
    while True:
        size |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not data[at - 1] & 0x80:
            break
    found = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            length = (tag >> 2) + 1
            if length > 60:
                more = length - 60
                length = int.from_bytes(data[at : at + more], "little") + 1
                at += more
            found += data[at : at + length]
            at += length
            continue
        assert tag & 3 == 2, "only copies with two bytes of offset are written"
        back = int.from_bytes(data[at : at + 2], "little")
        at += 2
        assert 0 < back <= len(found)
        for _ in range((tag >> 2) + 1):
            found.append(found[-back])
    assert len(found) == size
    return bytes(found)


def _undelta(data: bytes) -> list[int]:
    """Unpack differences by the description of the format, number by number."""
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            value |= (data[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if not data[at - 1] & 0x80:
                return value

    def signed() -> int:
        value = number()
        return (value >> 1) ^ -(value & 1)

    block, packs, count, first = number(), number(), number(), signed()
    found = [first] if count else []
    while len(found) < count:
        least = signed()
        widths = data[at : at + packs]
        at += packs
        for width in widths:
            size = block // packs * width // 8
            bits = int.from_bytes(data[at : at + size], "little")
            at += size
            for k in range(block // packs):
                if len(found) < count:
                    step = least + (bits >> (k * width) & ((1 << width) - 1))
                    found.append((found[-1] + step + 2**63) % 2**64 - 2**63)
    assert at == len(data)
    return found


@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(st.sampled_from([b"a", b"abcd", b"0123456789" * 9, bytes(100)])).map(b"".join),
    )
)
@settings(deadline=None, max_examples=200)
def test_any_bytes_are_compressed_and_come_back(data):
    assert _unsnappy(COMPILED.compress(data)) == data


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 200_000])
@pytest.mark.parametrize("kind", ["random", "zeros", "words"])
def test_many_bytes_are_compressed_block_by_block(rng, size, kind):
    data = {
        "random": rng.bytes(size),
        "zeros": bytes(size),
        "words": b"".join(rng.choice([b"loss", b"accuracy", b"\0\1\2"], size))[:size],
    }[kind]
    compressed = COMPILED.compress(data)
    assert _unsnappy(compressed) == data
    assert len(compressed) < size * {"random": 1.01, "zeros": 0.06, "words": 0.9}[kind]


@given(
    st.one_of(
        arrays.arrays(np.int64, st.integers(0, 300), elements=ANY_INT),
        arrays.arrays(np.int64, st.integers(0, 300), elements=st.integers(-3, 3)),
        st.lists(st.integers(0, 62), max_size=200).map(lambda k: 2 ** np.array(k, np.int64)),
    )
)
@settings(deadline=None, max_examples=200)
def test_any_whole_numbers_are_packed_and_come_back(numbers):
    assert _undelta(COMPILED.pack_differences(numbers)) == numbers.tolist()


@given(arrays.arrays(np.float64, st.integers(0, 50), elements=st.floats()))
@settings(deadline=None, max_examples=100)
def test_any_doubles_are_split_into_their_first_bytes_their_second_and_so_on(values):
    rows = values.view(np.uint8).reshape(-1, 8)
    assert COMPILED.split(values) == b"".join(rows[:, k].tobytes() for k in range(8))


def test_what_is_no_array_of_numbers_is_refused():
    for convert in (COMPILED.split, COMPILED.pack_differences):
        with pytest.raises(ValueError, match="numbers of 8 bytes are needed"):
            convert(b"1234567")


NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    min_size=1, max_size=6, unique=True,
)  # fmt: skip


@st.composite
def tables(draw):
    names = sorted(draw(NAMES), key=str.encode)
    counts = [draw(st.integers(0, 150)) for _ in names]
    counts[draw(st.integers(0, len(names) - 1))] += 1
    size = sum(counts)
    numbers = arrays.arrays(np.int64, size, elements=ANY_INT)
    values = arrays.arrays(np.float64, size, elements=st.floats())
    points = Points(draw(numbers), draw(values), draw(numbers), draw(numbers))
    return names, np.array(counts), points


@given(table=tables(), rows=st.sampled_from([7, 100, 122_880]))
@settings(deadline=None, max_examples=60)
def test_duckdb_reads_every_bit_of_what_is_written(table, rows):
    import duckdb

    names, counts, points = table
    expected = list(
        zip(
            np.repeat(np.array(names, object), counts).tolist(),
            *(column.tolist() for column in points),
            strict=True,
        )
    )
    before = parquet_points._ROWS
    parquet_points._ROWS = rows
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "points.parquet"
            parquet_points.write_points(path, names, counts, points)
            found = duckdb.sql(f"SELECT metric, step, value, time_us, record FROM '{path}'")
            assert found.columns == ["metric", "step", "value", "time_us", "record"]
            kinds = ["VARCHAR", "BIGINT", "DOUBLE", "BIGINT", "BIGINT"]
            assert [str(kind) for kind in found.types] == kinds
            assert repr(found.fetchall()) == repr(expected)
            some = names[len(names) // 2]
            of_one = f"SELECT count(*), min(step) FROM '{path}' WHERE metric = ?"
            steps = [row[1] for row in expected if row[0] == some]
            answer = duckdb.execute(of_one, [some]).fetchall()
            assert answer == [(len(steps), min(steps, default=None))]
            footer = read_footer(path)
            assert footer.texts == {parquet.VERSION_KEY.encode(): b"1"}, "no metric is long"
            _check_own_reader(path, footer, names, counts, points)
    finally:
        parquet_points._ROWS = before


def _check_own_reader(path, footer, names, counts, points):
    own = open_points(path, footer)
    assert own is not None
    filled = {name: n for name, n in zip(names, counts.tolist(), strict=True) if n}
    assert list(own.counts.items()) == list(filled.items())
    total = len(points.steps)
    columns = [STEP, VALUE, TIME_US, RECORD]
    for rows in (slice(0, total), slice(total // 3, total - total // 4), slice(0, 0)):
        expected = [column[rows].tobytes() for column in points]
        into = [np.empty(rows.stop - rows.start, column.dtype) for column in points]
        own.read_into(columns, [rows], into)
        assert [array.tobytes() for array in into] == expected
        pieces = [*own.pieces(columns, rows)]
        joined = [b"".join(piece[k].tobytes() for piece in pieces) for k in range(4)]
        assert joined == expected
    cuts = [total * k // 5 for k in range(5)]
    stretches = [slice(cuts[0], cuts[1]), slice(cuts[2], cuts[3]), slice(cuts[4], cuts[4])]
    rows = np.concatenate([np.arange(one.start, one.stop) for one in stretches])
    into = [np.empty(len(rows), column.dtype) for column in points]
    own.read_into(columns, stretches, into)
    assert [array.tobytes() for array in into] == [column[rows].tobytes() for column in points]
    assert own.last_record() == points.records.max()


@given(st.binary(max_size=200), st.integers(0, 400))
@settings(deadline=None, max_examples=300)
def test_no_bytes_are_read_beyond_their_end(data, size):
    """Damaged pages are refused, or give as many bytes as they say."""
    for given_bytes in (data, varint(size) + data):
        with contextlib.suppress(ValueError):
            assert len(COMPILED.decompress(given_bytes, size)) == size
        for is_split in (False, True):
            with contextlib.suppress(ValueError):
                COMPILED.read_page(given_bytes, size, is_split, np.empty(size // 8))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\x06\x14abcdef", b"abcdef"),
        (b"\x07\x04ab\x05\x02", b"abababa"),
        (b"\x0a\x04ab\x1e\x02\x00", b"ab" * 5),
        (b"\x0a\x04ab\x1f\x02\x00\x00\x00", b"ab" * 5),
        (b"\x46\xf0\x45" + bytes(range(70)), bytes(range(70))),
    ],
)
def test_pages_of_other_compressors_are_read_too(data, found):
    """Of all kinds of copies, by the words of the format; ours are of one kind."""
    assert COMPILED.decompress(data, len(found)) == found


@pytest.mark.parametrize(
    "data", [b"", b"\x04", b"\x05\x14abcdef", b"\x06\x04ab\x0e\x03\x00", b"\x06\x04ab\x0e\x00\x00"]
)
def test_pages_that_say_what_is_not_so_are_refused(data):
    with pytest.raises(ValueError, match="the page is damaged"):
        COMPILED.decompress(data, 6)


@given(st.binary(max_size=100))
@settings(deadline=None, max_examples=200)
def test_any_metadata_is_read_or_refused(data):
    with contextlib.suppress(ValueError):
        read_struct(data)


def test_both_ways_of_sealing_hold_the_same(tmp_path, monkeypatch, rng):
    import duckdb

    names, counts = ["a", "b/ü", "c"], np.array([100_000, 1, 60_000])
    size = int(counts.sum())
    points = Points(
        np.arange(size), rng.normal(size=size), 10**15 + np.arange(size) * 7, np.arange(size)
    )
    own = sealing.publish_part(tmp_path, "own", names, counts, points)
    monkeypatch.setattr(parquet_points, "COMPILED", None)
    duck = sealing.publish_part(tmp_path, "duck", names, counts, points)
    for one, other in ((own, duck), (duck, own)):
        assert duckdb.sql(f"FROM '{one}' EXCEPT ALL FROM '{other}'").fetchall() == []
    ends = duckdb.sql(
        f"FROM parquet_metadata('{own}') SELECT DISTINCT row_group_id, stats_min_value, "
        "stats_max_value WHERE path_in_schema = 'metric' ORDER BY ALL"
    ).fetchall()
    assert ends == [(0, "a", "c"), (1, "c", "c")], "readers skip groups by these"


def test_metadata_of_any_length_is_written():
    assert varint(300) == b"\xac\x02"
    assert list_of([int64(k) for k in (0, -1, 1)]).content == b"\x36\x00\x01\x02"
    assert list_of([int64(0)] * 20).content == b"\xf6\x14" + bytes(20)
    assert struct({1: int64(1), 3: struct({})}).content == b"\x16\x02\x2c\x00\x00"
