"""Logs made of TensorBoard's own messages, in every form and order, read as TensorBoard does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bathyscope.importers.tensorboard import RunLog, bulk, read

event_pb2 = pytest.importorskip("tensorboard.compat.proto.event_pb2")
tensor_util = pytest.importorskip("tensorboard.util.tensor_util")
Event = event_pb2.Event

pytestmark = pytest.mark.usefixtures("way")

Differences = Callable[[RunLog], list[str]]
WriteEvents = Callable[..., Path]
TAGS = ("a", "loss", "b/loss", "tag-0001", "tag-0002", "Verlust/größe")
OTHERS = ["histogram", "image", "tensor", "start", "version", "graph", "log", "nothing"]
FLOATS = st.floats(width=32)
STEPS = st.one_of(st.integers(0, 6), st.sampled_from([127, 128, 300, 2**31, 2**62, -1]))


def scalar_value(event: Any, tag: str, number: float, form: str, *, with_metadata: bool) -> None:
    value = event.summary.value.add(tag=tag)
    if form == "simple":
        value.simple_value = number
        return
    tensor = tensor_util.make_tensor_proto(np.array(number, form))
    if len(tag) % 2:  # the way TensorFlow itself writes them
        tensor.ClearField("tensor_content")
    value.tensor.CopyFrom(tensor)
    if with_metadata:
        value.metadata.plugin_data.plugin_name = "scalars"


@st.composite
def events(draw: st.DrawFn) -> Any:
    event = Event(wall_time=draw(st.floats(0, 2e9)), step=draw(STEPS))
    kind = draw(st.sampled_from(["scalars"] * 6 + OTHERS))
    if kind == "scalars":
        for tag in draw(st.lists(st.sampled_from(TAGS), min_size=1, max_size=3)):
            form = "float32" if tag.startswith("tag") else "simple"
            scalar_value(event, tag, draw(FLOATS), form, with_metadata=True)
    elif kind == "histogram":
        value = event.summary.value.add(tag="histo")
        value.histo.min, value.histo.max = -1, draw(FLOATS)
        value.histo.bucket_limit.extend([-1, 0, 1e308])
        value.histo.bucket.extend(draw(st.lists(st.integers(0, 3), min_size=3, max_size=3)))
    elif kind == "image":
        value = event.summary.value.add(tag="image")
        value.image.width, value.image.height = 3, 4
        value.image.encoded_image_string = draw(st.binary(max_size=5))
    elif kind == "tensor":
        value = event.summary.value.add(tag="tensor")
        value.metadata.plugin_data.plugin_name = "mine"
        value.tensor.CopyFrom(tensor_util.make_tensor_proto(np.arange(draw(st.integers(0, 3)))))
    elif kind == "start":
        event.session_log.status = 1
    elif kind == "version":
        event.file_version = draw(st.sampled_from(["brain.Event:1", "brain.Event:2", "odd"]))
    elif kind == "graph":
        event.graph_def = b""
    elif kind == "log":
        event.log_message.message = "said"
    return event


@settings(
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(files=st.lists(st.lists(events(), max_size=25), min_size=1, max_size=3),
       is_new=st.booleans(), is_bulk=st.booleans())  # fmt: skip
def test_any_log_is_read_as_tensorboard_does(
    files: list[list[Any]],
    is_new: bool,
    is_bulk: bool,
    tmp_path_factory: pytest.TempPathFactory,
    write_events: WriteEvents,
    differences: Differences,
) -> None:
    folder = tmp_path_factory.mktemp("log")
    first = [Event(file_version="brain.Event:2")] if is_new else []
    for number, content in enumerate(files):
        write_events(folder / f"events.out.tfevents.{number}", *first, *content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "_FEWEST", 1 if is_bulk else 16)
        (log,) = read(folder).values()
    assert log.faults == ()
    assert differences(log) == []


@pytest.mark.parametrize("form", ["float32", "float64", "float16", "int32", "int64", "uint8",
                                  "int8", "int16", "uint16", "bool"])  # fmt: skip
@pytest.mark.parametrize("tag", ["odd", "even"])
def test_scalars_of_every_type(
    form: str, tag: str, tmp_path: Path, write_events: WriteEvents, differences: Differences
) -> None:
    written: list[Any] = []
    for step in range(40):
        event = Event(step=step, wall_time=step / 3)
        scalar_value(event, tag, float(step % 2), form, with_metadata=step == 0)
        written.append(event)
    write_events(tmp_path / "x.tfevents", *written)
    log = read(tmp_path)["."]
    assert log.scalar(tag).values.tolist() == [step % 2 for step in range(40)]
    assert differences(log) == []
