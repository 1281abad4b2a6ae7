from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from bathyscope.runs.arrow import batches
from bathyscope.runs.parquet import connect


def _pieces(sql: str) -> Iterator[list[np.ndarray]]:
    with connect() as connection:
        yield from batches(connection.sql(sql))


def _columns(sql: str) -> list[np.ndarray]:
    pieces = [[column.copy() for column in piece] for piece in _pieces(sql)]
    return [np.concatenate(columns) for columns in zip(*pieces, strict=True)]


def test_columns_arrive_as_duckdb_gives_them_to_numpy():
    sql = (
        "SELECT (i * 7919) % 1000003 - 5 AS a, sqrt(i) AS b, -i * 1048576 AS c "
        "FROM range(3000000) t(i)"
    )
    assert sum(1 for _ in _pieces(sql)) > 1, "it comes in pieces"
    expected = connect().execute(sql).fetchnumpy()
    for found, name in zip(_columns(sql), expected, strict=True):
        assert found.dtype == expected[name].dtype
        np.testing.assert_array_equal(found, expected[name])


def test_nan_and_infinities_and_the_largest_numbers_are_kept():
    sql = (
        "SELECT * FROM (VALUES ('nan'::DOUBLE, 9223372036854775807), ('inf'::DOUBLE, 0), "
        "('-inf'::DOUBLE, -9223372036854775808), (5e-324, 1), (-0.0::DOUBLE, 2)) t(a, b)"
    )
    values, steps = _columns(sql)
    np.testing.assert_array_equal(values, [np.nan, np.inf, -np.inf, 5e-324, 0.0])
    assert np.signbit(values[-1])
    assert steps.tolist() == [2**63 - 1, 0, -(2**63), 1, 2]


def test_no_rows_are_no_pieces_or_empty_ones():
    pieces = list(_pieces("SELECT 1::BIGINT AS a WHERE false"))
    assert sum(len(piece[0]) for piece in pieces) == 0


def test_other_columns_are_refused():
    with pytest.raises(TypeError, match="must be int64 or float64"):
        list(_pieces("SELECT 1::BIGINT AS a, 'x' AS b"))


def test_what_is_missing_is_refused():
    with pytest.raises(ValueError, match="of column 1, 1 are"):
        list(_pieces("SELECT 1::BIGINT, NULL::DOUBLE"))


def test_a_query_that_fails_midway_is_an_error():
    broken = "CASE WHEN i = 900000 THEN error('it broke') ELSE i END"
    sql = f"SELECT ({broken})::BIGINT FROM range(1000000) t(i)"  # beyond the first pieces
    with pytest.raises(Exception, match="it broke"):
        for _ in _pieces(sql):
            pass


def test_leaving_off_midway_frees_what_was_read():
    for _ in range(20):
        pieces = _pieces("SELECT i FROM range(10000000) t(i)")
        assert next(pieces)[0][:3].tolist() == [0, 1, 2]
        pieces.close()
