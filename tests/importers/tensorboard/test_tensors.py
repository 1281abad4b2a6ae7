"""Tensors of every type equal what TensorBoard makes of them; damaged ones are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bathyscope.importers.tensorboard.events import read_event
from bathyscope.importers.tensorboard.tensors import read_tensor
from bathyscope.importers.tensorboard.values import KINDS, read_value

tensor_pb2 = pytest.importorskip("tensorboard.compat.proto.tensor_pb2")
tensor_util = pytest.importorskip("tensorboard.util.tensor_util")
TYPES = ("float32", "float64", "float16", "int8", "int16", "int32", "int64", "uint8", "uint16",
         "bool", "complex64", "complex128")  # fmt: skip


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (0,)])
def test_tensor_of_type(type_: str, shape: tuple[int, ...], rng: np.random.Generator) -> None:
    array = (rng.normal(size=shape) * 3).astype(type_)
    proto = tensor_util.make_tensor_proto(array, shape=shape)
    given_tensor = read_tensor(proto.SerializeToString())
    np.testing.assert_array_equal(given_tensor, tensor_util.make_ndarray(proto))
    np.testing.assert_array_equal(given_tensor, array)


def test_texts_are_bytes_of_any_kind() -> None:
    texts = np.array([[b"a", b"\xff\x00"], [b"", "größe".encode()]], object)
    proto = tensor_util.make_tensor_proto(texts)
    given_tensor = read_tensor(proto.SerializeToString())
    assert given_tensor.tolist() == texts.tolist()


def test_one_value_stands_for_all() -> None:
    proto = tensor_pb2.TensorProto(dtype=1, float_val=[2.5])
    for size in (2, 3):
        proto.tensor_shape.dim.add(size=size)
    np.testing.assert_array_equal(read_tensor(proto.SerializeToString()), np.full((2, 3), 2.5))


def test_bfloat16_is_the_upper_half_of_float32() -> None:
    numbers = np.array([1.0, -2.5, 3.0e38, np.inf], np.float32)
    halves = (numbers.view(np.uint32) >> 16).astype(np.uint16)
    in_content = tensor_pb2.TensorProto(dtype=14, tensor_content=halves.tobytes())
    in_list = tensor_pb2.TensorProto(dtype=14, half_val=halves.tolist())
    wanted = (halves.astype(np.uint32) << 16).view(np.float32)
    for proto in (in_content, in_list):
        proto.tensor_shape.dim.add(size=4)
        np.testing.assert_array_equal(read_tensor(proto.SerializeToString()), wanted)


@pytest.mark.parametrize(("code", "number"), [("<u4", 22), ("<u8", 23)])
def test_unsigned_numbers_that_tensorboard_cannot_read(code: str, number: int) -> None:
    array = np.array([0, 1, np.iinfo(code).max], code)
    proto = tensor_pb2.TensorProto(dtype=number, tensor_content=array.tobytes())
    proto.tensor_shape.dim.add(size=3)
    np.testing.assert_array_equal(read_tensor(proto.SerializeToString()), array)


@pytest.mark.parametrize(
    ("proto", "words"),
    [
        ({"dtype": 1, "tensor_content": b"123"}, "do not fit its type"),
        ({"dtype": 20, "tensor_content": b"1234"}, "type 20"),
        ({"dtype": 1, "string_val": [b"x"]}, "holds texts"),
        ({"dtype": 1, "float_val": [1.0, 2.0]}, "2 values"),
        ({"dtype": 8, "scomplex_val": [1.0, 2.0, 3.0]}, "cut off"),
    ],
)  # fmt: skip
def test_a_wrong_tensor_is_refused(proto: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_tensor(tensor_pb2.TensorProto(**proto).SerializeToString())


def test_a_shape_of_everything_takes_no_memory() -> None:
    proto = tensor_pb2.TensorProto(dtype=1, float_val=[2.5])
    proto.tensor_shape.dim.add(size=2**60)
    with pytest.raises(ValueError, match="1 values"):
        read_tensor(proto.SerializeToString())


@settings(max_examples=400, deadline=None)
@given(data=st.binary(max_size=120))
def test_any_bytes_are_a_value_or_refused(data: bytes) -> None:
    for read in (read_event, read_tensor):
        try:
            read(data)
        except ValueError as error:
            assert str(error)
    for kind in KINDS:
        for number in (4, 5, 6, 8):
            try:
                read_value(kind, number, data)
            except ValueError as error:
                assert str(error)


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, 200), new=st.integers(0, 255), seed=st.integers(0, 3))
def test_changed_tensors_are_values_or_refused(place: int, new: int, seed: int) -> None:
    array = [np.arange(6.0).reshape(2, 3), np.array([b"x", b"1", b"2"]), np.float32(2),
             np.arange(3) + 1j][seed]  # fmt: skip
    data = bytearray(tensor_util.make_tensor_proto(array).SerializeToString())
    data[place % len(data)] = new
    for kind in KINDS:
        try:
            read_value(kind, 8, bytes(data))
        except ValueError as error:
            assert str(error)
