"""Logs written by TensorBoard's own messages become runs with everything in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bathyscope._errors import RunError, RunNotFound
from bathyscope.importers.tensorboard import import_logs, read
from bathyscope.runs import Run

event_pb2 = pytest.importorskip("tensorboard.compat.proto.event_pb2")
tensor_util = pytest.importorskip("tensorboard.util.tensor_util")
hparams = pytest.importorskip("tensorboard.plugins.hparams.summary_v2")
layout_pb2 = pytest.importorskip("tensorboard.plugins.custom_scalar.layout_pb2")
Event = event_pb2.Event
WriteEvents = Callable[..., Path]


def tensor(tag: str, plugin: str, array: Any, step: int = 3) -> Any:
    event = Event(step=step, wall_time=1.5)
    value = event.summary.value.add(tag=tag)
    value.metadata.plugin_data.plugin_name = plugin
    value.tensor.CopyFrom(tensor_util.make_tensor_proto(array))
    return event


def scalar(tag: str, number: float, step: int) -> Any:
    event = Event(step=step, wall_time=100.25 + step)
    event.summary.value.add(tag=tag, simple_value=number)
    return event


def png(array: Any, tmp_path: Path) -> bytes:
    path = tmp_path / "picture.png"
    Image.fromarray(array).save(path)
    return path.read_bytes()


def imported(folder: Path, *, name: str = "") -> Run:
    paths = import_logs(folder / "logs", folder / "runs")
    return Run(next(path for path in paths if path.name.endswith(name)))


def test_scalars_become_metrics(tmp_path: Path, write_events: WriteEvents) -> None:
    numbers = [0.5, float("nan"), -1e30]
    events = [scalar("train/loss", number, step) for step, number in enumerate(numbers)]
    write_events(tmp_path / "logs" / "a" / "events.out.tfevents.1", *events)
    series = imported(tmp_path).scalars("train/loss")
    np.testing.assert_array_equal(series.values, np.array(numbers, np.float32).astype(float))
    assert series.steps.tolist() == [0, 1, 2]
    assert series.times.tolist() == [100.25, 101.25, 102.25]


def test_every_scalar_of_the_real_logs_arrives(real_log: Path, tmp_path: Path) -> None:
    paths = import_logs(real_log, tmp_path)
    for log, path in zip(read(real_log).values(), paths, strict=True):
        run = Run(path)
        assert run.scalar_names() == tuple(sorted(log.scalars))
        for tag, column in log.scalars.items():
            order = np.argsort(column.steps, kind="stable")
            series = run.scalars_all(tag)
            np.testing.assert_array_equal(series.steps, column.steps[order])
            np.testing.assert_array_equal(series.values, column.values[order])
            np.testing.assert_allclose(series.times, column.times[order], rtol=0, atol=1e-6)
        assert run.events("fault") == []
        assert run.faults() == ()


def test_other_kinds_become_arrays_and_tables(tmp_path: Path, write_events: WriteEvents) -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    image = [b"4", b"2", png(pixels, tmp_path)]
    curve = np.linspace(0, 1, 12).reshape(6, 2)
    buckets = np.array([[0.0, 1.0, 5.0], [1.0, 2.0, 7.0]])
    write_events(
        tmp_path / "logs" / "events.out.tfevents.1",
        Event(file_version="brain.Event:2"),
        tensor("said", "text", np.array([b"one", "größe".encode()], object)),
        tensor("seen", "images", np.array(image, object)),
        tensor("heard", "audio", np.array([[b"RIFF", b"label"]], object)),
        tensor("pr", "pr_curves", curve),
        tensor("h", "histograms", buckets, 2),
        tensor("h", "histograms", buckets * 2, 5),
        tensor("mine", "my_plugin", np.arange(3)),
        Event(graph_def=b"\x0a\x03\x0a\x01x"),
    )
    run = imported(tmp_path)
    assert run.table("text/said")["text"].tolist() == ["one", "größe"]
    np.testing.assert_array_equal(run.arrays("images/seen")["0"], pixels)
    assert run.arrays("audio/heard")["0"].tobytes() == b"RIFF"
    table = run.table("pr_curves/pr")
    np.testing.assert_allclose(table["precision"], curve[4])
    np.testing.assert_allclose(table["threshold"], [0, 1])
    table = run.table("histograms/h")
    assert table["step"].tolist() == [2, 2, 5, 5]
    assert table["count"].tolist() == [5, 7, 10, 14]
    assert run.arrays("tensors/mine")["tensor"].tolist() == [0, 1, 2]
    assert run.arrays("graphs")["graph_def"].tobytes() == b"\x0a\x03\x0a\x01x"
    assert [layer["name"] for layer in run.events("model")[0]["layers"]] == ["x"]
    assert run.events("fault") == []


def test_hyperparameters_become_the_config_of_a_folder_and_those_in_it(
    tmp_path: Path, write_events: WriteEvents
) -> None:
    written = {"rate": 0.5, "optimizer": "adam", "nesterov": True}
    start = Event()
    start.summary.CopyFrom(hparams.hparams_pb(written))
    write_events(tmp_path / "logs" / "one" / "x.tfevents", start)
    write_events(tmp_path / "logs" / "one" / "train" / "x.tfevents", scalar("loss", 1, 0))
    write_events(tmp_path / "logs" / "two" / "x.tfevents", scalar("loss", 1, 0))
    paths = import_logs(tmp_path / "logs", tmp_path / "runs")
    assert [Run(path).config for path in paths] == [written, written, {}]


def test_a_layout_of_custom_scalars_is_kept(tmp_path: Path, write_events: WriteEvents) -> None:
    layout = layout_pb2.Layout()
    category = layout.category.add(title="losses")
    category.chart.add(title="both").multiline.tag.extend(["train", "val.*"])
    category.chart.add(title="band").margin.series.add(value="v", lower="l", upper="u")
    event = tensor("layout", "custom_scalars", np.array(layout.SerializeToString(), object))
    write_events(tmp_path / "logs" / "x.tfevents", event)
    (kept,) = imported(tmp_path).events("layout")
    assert kept["categories"] == [
        {"title": "losses", "charts": [
            {"title": "both", "tags": ["train", "val.*"]},
            {"title": "band", "margins": [["v", "l", "u"]]},
        ]},
    ]  # fmt: skip


def test_damage_is_told_and_the_rest_is_imported(tmp_path: Path, write_events: WriteEvents) -> None:
    path = write_events(
        tmp_path / "logs" / "x.tfevents",
        scalar("loss", 1, 0),
        tensor("h", "histograms", np.zeros((2, 2))),
        tensor("s", "scalars", np.zeros(2)),
        scalar("loss", 2, 1),
    )
    path.write_bytes(path.read_bytes()[:-1])
    run = imported(tmp_path)
    assert run.scalars("loss").values.tolist() == [1]
    told = "\n".join(event["message"] for event in run.events("fault"))
    assert "`h` at step 3 holds a histogram of shape (2, 2)" in told
    assert "`s` holds a scalar of shape (2,)" in told
    assert "x.tfevents: bytes" in told


def test_a_run_that_is_there_is_not_touched(tmp_path: Path, write_events: WriteEvents) -> None:
    write_events(tmp_path / "logs" / "a" / "x.tfevents", scalar("loss", 1, 0))
    write_events(tmp_path / "logs" / "b" / "x.tfevents", scalar("loss", 1, 0))
    (tmp_path / "runs" / "b").mkdir(parents=True)
    with pytest.raises(RunError, match="must not exist yet"):
        imported(tmp_path)
    assert not (tmp_path / "runs" / "a").exists()


def test_folders_whose_names_meet_get_runs_of_their_own(
    tmp_path: Path, write_events: WriteEvents
) -> None:
    for name in ("a-b", "a/b"):
        write_events(tmp_path / "logs" / name / "x.tfevents", scalar("loss", 1, 0))
    paths = import_logs(tmp_path / "logs", tmp_path / "runs")
    assert [path.name for path in paths] == ["a-b", "a-b-2"]
    assert [Run(path).name for path in paths] == ["a-b", "a/b"]


def test_a_folder_without_logs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunNotFound, match="holds none"):
        import_logs(tmp_path, tmp_path / "runs")
    with pytest.raises(RunNotFound, match="does not exist"):
        read(tmp_path / "nowhere")
