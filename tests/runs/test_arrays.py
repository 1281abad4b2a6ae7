from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file, save_file

from bathyscope import DamagedFile
from bathyscope.runs.arrays import read_arrays, write_arrays
from bathyscope.runs.layout import ARRAYS_NAME, part_from_path

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
TYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", ">f4", ">i8"]
ARRAYS = st.sampled_from(TYPES).flatmap(
    lambda code: hnp.arrays(code, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
)


@pytest.fixture
def only_file():
    def find(folder):
        (path,) = folder.rglob("*.safetensors")
        return path

    return find


@given(st.dictionaries(NAMES.filter(lambda n: n != "__metadata__"), ARRAYS, min_size=1, max_size=4))
@settings(deadline=None, max_examples=80)
def test_any_array_of_any_name_comes_back_bit_for_bit(tmp_path_factory, given_arrays):
    folder = tmp_path_factory.mktemp("a")
    path = write_arrays(folder, "g", given_arrays, "0-0001-1-00000000-0")
    found = read_arrays(part_from_path(path, ARRAYS_NAME))
    independent = load_file(path)
    assert set(found) == set(independent) == set(given_arrays)
    for key, array in given_arrays.items():
        native = array.astype(array.dtype.newbyteorder("="))
        for one in (found[key], independent[key]):
            assert one.dtype == native.dtype
            assert one.shape == native.shape
            assert one.tobytes() == native.tobytes()


def test_a_transposed_view_is_stored_as_it_reads(writer, run):
    matrix = np.arange(12.0).reshape(3, 4)
    views = {"T": matrix.T, "steps": matrix[::-2, ::3], "F": np.asfortranarray(matrix)}
    writer.log_arrays("g", views, step=0)
    found = run.arrays("g")
    for key, view in views.items():
        np.testing.assert_array_equal(found[key], view)


def test_bfloat16_is_kept_and_comes_as_float32(writer, run, only_file):
    given_array = np.array([[1.5, -0.1], [3e38, np.nan], [np.inf, -0.0]], ml_dtypes.bfloat16)
    writer.log_arrays("g", {"w": given_array}, step=0)
    found = run.arrays("g")["w"]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, given_array.astype(np.float32))
    assert load_file(only_file(writer.path))["w"].dtype == ml_dtypes.bfloat16


def test_lists_and_numbers_are_arrays_too(writer, run):
    writer.log_arrays("g", {"list": [[1, 2], [3, 4]], "number": 2.5}, step=0)
    found = run.arrays("g")
    assert found["list"].tolist() == [[1, 2], [3, 4]]
    assert found["number"].shape == ()
    assert found["number"] == 2.5


def test_arrays_of_one_step_come_together_and_the_later_one_wins(writer, run):
    writer.log_arrays("parameters", {"a": [1.0], "b": [1.0]}, step=4)
    writer.log_arrays("parameters", {"b": [2.0], "c": [2.0]}, step=4)
    writer.log_arrays("parameters", {"a": [9.0]}, step=2)
    assert run.array_groups() == ("parameters",)
    assert run.array_steps("parameters") == (2, 4)
    found = {key: array.tolist() for key, array in run.arrays("parameters").items()}
    assert found == {"a": [1.0], "b": [2.0], "c": [2.0]}
    assert run.arrays("parameters", step=2)["a"].tolist() == [9.0]


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        ({}, ValueError, "at least one array"),
        ({"a": ["x"]}, TypeError, "must be of one of the types bfloat16, bool.*got <U1"),
        ({"a": np.array([None])}, TypeError, "got object"),
        ({"a": np.zeros(1, np.complex128)}, TypeError, "got complex128"),
        ({"a": np.zeros(1, np.longdouble)}, TypeError, "Convert it first"),
        ({"a": np.zeros(1, "M8[s]")}, TypeError, "got datetime64"),
        ({"a": np.zeros(1, [("x", "f4")])}, TypeError, "must be of one of the types"),
        ({"__metadata__": [1]}, ValueError, "safetensors keeps for itself"),
        ({"": [1]}, ValueError, "must not be empty"),
        ({"\udfff": [1]}, ValueError, "valid Unicode"),
        ({5: [1]}, TypeError, "must be text"),
    ],
)
def test_bad_arrays_are_refused_and_leave_nothing(writer, run, arrays, error, message):
    with pytest.raises(error, match=message):
        writer.log_arrays("g", arrays, step=0)
    assert run.array_groups() == ()
    assert not (writer.path / "arrays").exists()


def test_every_flipped_byte_is_noticed(writer, run, only_file):
    writer.log_arrays("g", {"w": np.arange(6.0).reshape(2, 3)}, step=0)
    path = only_file(writer.path)
    good = path.read_bytes()
    for at in range(len(good)):
        data = bytearray(good)
        data[at] ^= 0x08
        path.write_bytes(data)
        with pytest.raises(DamagedFile, match=path.name):
            run.arrays("g")
    path.write_bytes(good)
    assert run.arrays("g")["w"].shape == (2, 3)


@pytest.mark.parametrize("length", [0, 4, 40])
def test_a_cut_off_file_is_named_and_the_others_are_shown(writer, run, only_file, length):
    writer.log_arrays("bad", {"w": [1.0]}, step=0)
    path = only_file(writer.path)
    writer.log_arrays("good", {"w": [1.0]}, step=0)
    path.write_bytes(path.read_bytes()[:length])
    (fault,) = run.faults()
    assert fault.startswith(f"arrays/bad/{path.name}: its bytes are not those")
    assert run.arrays("good")["w"].tolist() == [1.0]


def test_a_newer_file_is_named(writer, run, monkeypatch):
    monkeypatch.setattr("bathyscope.runs.arrays.VERSION", 4)
    writer.log_arrays("g", {"w": [1.0]}, step=0)
    monkeypatch.undo()
    assert "format version 4, and this bathyscope reads up to 1" in run.faults()[0]
    with pytest.raises(DamagedFile, match="format version 4"):
        run.arrays("g")


def test_a_type_of_a_later_time_is_named(tmp_path):
    import zlib

    path = tmp_path / "x.safetensors"
    save_file({"w": np.zeros(2, ml_dtypes.float8_e4m3fn)}, path)
    check = f"{zlib.crc32(path.read_bytes()):08x}"
    path = path.rename(tmp_path / f"0-0001-1-00000000-0.{check}.safetensors")
    with pytest.raises(DamagedFile, match="array `w` is of type F8_E4M3"):
        read_arrays(part_from_path(path, ARRAYS_NAME))


@pytest.mark.parametrize("header", [b'{"w": "\xff"}', b"[1]", b"[" * 100_000, b'{"w": 1}'])
def test_what_another_program_wrote_and_is_none_is_named(writer, run, only_file, header):
    """Its name gives the checksum of its bytes, and these are no safetensors."""
    import zlib

    writer.log_arrays("g", {"w": [1.0]}, step=0)
    path = only_file(writer.path)
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    check = f"{zlib.crc32(path.read_bytes()):08x}"
    path = path.rename(path.with_name(f"{path.name.split('.')[0]}.{check}.safetensors"))
    assert run.faults()[0].startswith(f"arrays/g/{path.name}: it cannot be read (")
    with pytest.raises(DamagedFile, match=path.name):
        run.arrays("g")
