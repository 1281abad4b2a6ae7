from __future__ import annotations

import zlib

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bathyscope import DamagedFile
from bathyscope.runs.footer import read_footer
from bathyscope.runs.layout import TABLE_NAME, part_from_path
from bathyscope.runs.tables import read_table, write_table

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
COLUMNS = {
    "bool": np.array([True, False, True]),
    "i1": np.array([-128, 0, 127], np.int8),
    "u1": np.array([0, 1, 255], np.uint8),
    "i2": np.array([-(2**15), 0, 2**15 - 1], np.int16),
    "i4": np.array([-(2**31), 0, 2**31 - 1], np.int32),
    "i8": np.array([-(2**63), 0, 2**63 - 1], np.int64),
    "u8": np.array([0, 1, 2**64 - 1], np.uint64),
    "f4": np.array([np.nan, -np.inf, 0.1], np.float32),
    "f8": np.array([np.nan, np.inf, -0.0], np.float64),
    "big_endian": np.array([1.5, 2.5, np.nan], ">f8"),
    "strided": np.arange(6)[::2],
    "text": np.array(["", "a\0b\0", "中文 🚣"], object),
    "U": np.array(["x", "yy", "z"]),
}


@pytest.fixture
def only_file():
    def find(folder):
        (path,) = folder.rglob("*.parquet")
        return path

    return find


def test_columns_come_back_as_they_went_in(writer, run):
    writer.log_table("all kinds", COLUMNS, step=3)
    found = run.table("all kinds")
    assert list(found) == list(COLUMNS)
    for name, column in COLUMNS.items():
        np.testing.assert_array_equal(found[name], column, err_msg=name)
        if column.dtype.kind not in "OU":
            assert found[name].dtype == column.dtype.newbyteorder("="), name
    assert all(type(text) is str for text in found["text"])
    assert np.signbit(found["f8"][2])


def test_half_precision_comes_back_as_single(writer, run):
    halves = np.array([0.1, np.nan, 65504, -np.inf], np.float16)
    writer.log_table("t", {"h": halves}, step=0)
    found = run.table("t")["h"]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, halves.astype(np.float32))


def test_duckdb_alone_reads_the_same(writer, only_file):
    writer.log_table("t", COLUMNS, step=0)
    found = duckdb.sql(f"SELECT * FROM '{only_file(writer.path)}'").fetchnumpy()
    for name, column in COLUMNS.items():
        assert not np.ma.is_masked(found[name]), f"{name}: NaN must not become missing"
        np.testing.assert_array_equal(found[name], column, err_msg=name)


@given(texts=st.lists(TEXTS, max_size=8), name=TEXTS.filter(lambda t: t and "\0" not in t))
@settings(deadline=None, max_examples=40)
def test_any_text_comes_back(tmp_path_factory, texts, name):
    folder = tmp_path_factory.mktemp("t")
    path = write_table(folder, "t", {name: np.array(texts, dtype=object)}, "0-0001-1-00000000-0")
    part = part_from_path(path, TABLE_NAME)
    assert {key: column.tolist() for key, column in read_table(part).items()} == {name: texts}


def test_lists_are_columns_too(writer, run):
    writer.log_table("t", {"i": [1, 2], "f": [1, 2.5], "s": ["a", "b"], "b": [True, False]}, step=0)
    found = run.table("t")
    assert [found[name].dtype.kind for name in "ifsb"] == ["i", "f", "O", "b"]


def test_a_table_without_rows_keeps_its_columns(writer, run):
    columns = {"i": np.zeros(0, np.int32), "f": np.zeros(0), "s": np.zeros(0, object), "l": []}
    writer.log_table("t", columns, step=0)
    found = run.table("t")
    assert {name: (len(c), c.dtype.kind) for name, c in found.items()} == {
        "i": (0, "i"),
        "f": (0, "f"),
        "s": (0, "O"),
        "l": (0, "f"),
    }


def test_tables_are_found_by_name_and_step(writer, run):
    for step in (0, 10, 5):
        writer.log_table("predictions/test", {"a": [step]}, step=step)
    writer.log_table("Other", {"a": [1]}, step=0)
    assert run.table_names() == ("Other", "predictions/test")
    assert run.table_steps("predictions/test") == (0, 5, 10)
    assert run.table("predictions/test")["a"].tolist() == [10]
    assert run.table("predictions/test", step=-2)["a"].tolist() == [5]
    assert run.table("predictions/test", step=0)["a"].tolist() == [0]


def test_the_later_table_of_a_step_wins(writer, run):
    for value in range(12):
        writer.log_table("t", {"a": [value]}, step=3)
    assert run.table("t")["a"].tolist() == [11]
    assert run.table_steps("t") == (3,)


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        ({}, ValueError, "at least one column"),
        ({"a": [1, 2], "b": [1]}, ValueError, "must be of equal length; got `a`: 2, `b`: 1"),
        ({"a": np.zeros((2, 3))}, ValueError, r"one-dimensional; got shape \(2, 3\)"),
        ({"a": 3}, ValueError, r"one-dimensional; got shape \(\)"),
        ({"a": [[1], [1, 2]]}, ValueError, "ragged list"),
        ({"a": [1, None]}, TypeError, "object column of NoneType, int"),
        ({"a": ["x", 1]}, TypeError, "object column of int, str"),
        ({"a": ["x", None]}, TypeError, "object column of NoneType, str"),
        ({"a": [{}, {}]}, TypeError, "object column of dict"),
        ({"a": [2**70]}, TypeError, "numbers of at most 64 bits"),
        ({"a": np.array([b"x"])}, TypeError, r"got \|S1"),
        ({"a": np.zeros(2, complex)}, TypeError, "got complex128"),
        ({"a": np.zeros(2, np.longdouble)}, TypeError, "Convert it first"),
        ({"a": np.zeros(2, "M8[s]")}, TypeError, r"got datetime64\[s\]"),
        ({"a": ["ok", "\ud800"]}, ValueError, "row 1, must be valid Unicode"),
        ({"": [1]}, ValueError, "must not be empty"),
        ({1: [1]}, TypeError, "must be text"),
        ({"a\0": [1]}, ValueError, "must not hold a NUL"),
        ({"Dog": [1], "dog": [1]}, ValueError, "differ in more than upper and lower case"),
    ],
)
def test_bad_columns_are_refused_and_leave_nothing(writer, run, columns, error, message):
    with pytest.raises(error, match=message):
        writer.log_table("t", columns, step=0)
    assert run.table_names() == ()
    assert not (writer.path / "tables").exists()


@pytest.mark.parametrize("step", [-1, 1.5, "2", None])
def test_a_step_that_is_none_is_refused(writer, step):
    with pytest.raises(ValueError, match="`step` must be"):
        writer.log_table("t", {"a": [1]}, step=step)


def test_a_damaged_table_is_named_and_the_others_are_shown(writer, run, only_file):
    writer.log_table("bad", {"a": [1, 2, 3]}, step=0)
    path = only_file(writer.path)
    writer.log_table("good", {"a": [1, 2, 3]}, step=0)
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(data)
    (fault,) = run.faults()
    assert fault.startswith(f"tables/bad/{path.name}: its bytes are not those")
    with pytest.raises(DamagedFile, match=f"tables/bad/{path.name}.*Restore it"):
        run.table("bad")
    assert run.table("good")["a"].tolist() == [1, 2, 3]


def test_a_file_that_is_no_parquet_is_named(writer, run, only_file):
    writer.log_table("t", {"a": [1]}, step=0)
    path = only_file(writer.path)
    path.unlink()
    # The name carries the right checksum of the wrong thing.
    (path.parent / path.name.replace(path.name.split(".")[1], "cbf43926")).write_bytes(b"123456789")
    (fault,) = run.faults()
    assert "it cannot be read" in fault


def test_a_file_of_the_right_checksum_that_duckdb_refuses_is_named_and_the_rest_is_shown(
    writer, run, only_file
):
    writer.log_table("t", {"a": np.arange(200)}, step=1)
    path = only_file(writer.path)
    writer.log_table("t", {"a": np.arange(5)}, step=2)
    data = bytearray(path.read_bytes())
    data[10:60] = b"\xff" * 50
    stem, _, ending = path.name.split(".")
    path.unlink()
    path = path.with_name(f"{stem}.{zlib.crc32(data):08x}.{ending}")
    path.write_bytes(data)
    (fault,) = run.faults()
    assert fault.startswith(f"tables/t/{path.name}: DuckDB cannot read it (")
    assert fault.isprintable()
    with pytest.raises(DamagedFile, match=rf"tables/t/{path.name}.*DuckDB cannot.*Restore it"):
        run.table("t", step=1)
    assert run.table("t")["a"].tolist() == [0, 1, 2, 3, 4]
    assert run.sql("SELECT DISTINCT step FROM t")["step"].tolist() == [2]


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 100, 10_000])
def test_small_tables_and_large_ones_come_back_alike(writer, run, rows):
    """Small ones are written by us, others by DuckDB."""
    rng = np.random.default_rng(rows)
    columns = {
        "flag": rng.random(rows) < 0.5,
        "count": rng.integers(-(2**63), 2**63, rows, endpoint=False),
        "value": rng.normal(size=rows),
        "text": np.array([f"ö{i}" * (i % 3) for i in range(rows)], object),
    }
    writer.log_table("t", columns, step=0)
    found = run.table("t")
    for name, column in columns.items():
        np.testing.assert_array_equal(found[name], column, err_msg=name)
    (path,) = writer.path.rglob("tables/**/*.parquet")
    assert read_footer(path).written_by.startswith(b"DuckDB" if rows > 1000 else b"bathyscope")


def test_another_reader_reads_small_tables_alike(writer, only_file):
    polars = pytest.importorskip("polars")
    writer.log_table("t", COLUMNS, step=0)
    found = polars.read_parquet(only_file(writer.path))
    for name, column in COLUMNS.items():
        np.testing.assert_array_equal(found[name].to_numpy(), column, err_msg=name)
        assert found[name].null_count() == 0
        if column.dtype.kind not in "OU":
            assert found[name].to_numpy().dtype == column.dtype.newbyteorder("="), name
