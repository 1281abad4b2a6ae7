"""An exported run is what TensorBoard's own readers say it is."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from bathyscope.cli.export import command
from bathyscope.exporters import export
from bathyscope.importers.tensorboard.source import TensorBoardRun
from bathyscope.runs import Run, RunWriter

processing = "tensorboard.backend.event_processing"
event_accumulator = pytest.importorskip(f"{processing}.event_accumulator")
plugin_accumulator = pytest.importorskip(f"{processing}.plugin_event_accumulator")
make_ndarray = pytest.importorskip("tensorboard.util.tensor_util").make_ndarray
hparams_data = pytest.importorskip("tensorboard.plugins.hparams.plugin_data_pb2")

CURVE = ("true_positives", "false_positives", "true_negatives", "false_negatives", "precision",
         "recall")  # fmt: skip


def as_tensorboard_reads(folder: Path) -> Any:
    sizes = {plugin_accumulator.TENSORS: 0}
    return plugin_accumulator.EventAccumulator(str(folder), size_guidance=sizes).Reload()


def tensors(theirs: Any, tag: str) -> list[tuple[int, Any]]:
    return [(p.step, make_ndarray(p.tensor_proto)) for p in theirs.Tensors(tag)]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    rng = np.random.default_rng(1)
    with RunWriter(
        tmp_path / "runs" / "one", config={"rate": 0.1, "net": {"kind": "mlp"}, "bias": True}
    ) as writer:
        for step, value in enumerate([0.1, float("nan"), float("-inf"), 1e300]):
            writer.log_scalars({"loss": value, "half/größe": step / 2}, step=step, time=5.5 + step)
        for step in (3, 7):
            table = {"left": [0.0, 1.0], "right": [1.0, 2.5], "count": [step, 2.0]}
            writer.log_table("histograms/dense", table, step=step)
        writer.log_table("text/said", {"text": ["one", "größe"]}, step=2)
        curve = {key: np.linspace(0, 1, 5) for key in CURVE}
        writer.log_table("pr_curves/cat", {"threshold": np.linspace(0, 1, 5), **curve}, step=4)
        pixels = rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)
        writer.log_arrays("images/seen", {"0": pixels, "1": np.ones((4, 5)) / 2}, step=1)
        writer.log_arrays("images/wrong", {"0": np.ones((4, 5, 7))}, step=1)
        writer.log_arrays("audio/heard", {"0": np.array([0.0, 0.5, -1.0])}, step=6)
        about = {"key": ["0"], "rate_hz": [8000.0], "caption": ["a word"]}
        writer.log_table("audio/heard", about, step=6)
        writer.log_arrays("parameters", {"dense": np.ones(3)}, step=0)
        writer.log_event("note", text="one of two")
    return Run(writer.path)


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    return export(run, tmp_path / "out", "tensorboard")


def test_scalars_lose_nothing(run: Run, folder: Path) -> None:
    theirs = as_tensorboard_reads(folder)
    for name in ("loss", "half/größe"):
        series = run.scalars(name)
        points = theirs.Tensors(name)
        assert theirs.SummaryMetadata(name).plugin_data.plugin_name == "scalars"
        found = np.array([make_ndarray(p.tensor_proto).item() for p in points])
        np.testing.assert_array_equal(found, series.values)
        assert [p.step for p in points] == series.steps.tolist()
        assert [p.wall_time for p in points] == series.times.tolist()


def test_scalars_of_32_bits_are_read_by_old_readers_too(folder: Path) -> None:
    theirs = event_accumulator.EventAccumulator(str(folder)).Reload()
    assert [p.value for p in theirs.Scalars("half/größe")] == [0, 0.5, 1, 1.5]


def test_histograms_texts_and_curves(folder: Path) -> None:
    theirs = as_tensorboard_reads(folder)
    found = tensors(theirs, "dense")
    assert [step for step, _ in found] == [3, 7]
    assert found[1][1].tolist() == [[0, 1, 7], [1, 2.5, 2]]
    assert theirs.SummaryMetadata("dense").plugin_data.plugin_name == "histograms"
    ((step, texts),) = tensors(theirs, "said")
    assert (step, texts.tolist()) == (2, [b"one", "größe".encode()])
    ((step, curve),) = tensors(theirs, "cat")
    assert step == 4
    np.testing.assert_allclose(curve, np.tile(np.linspace(0, 1, 5), (6, 1)))
    metadata = pytest.importorskip("tensorboard.plugins.pr_curve.metadata")
    content = theirs.SummaryMetadata("cat").plugin_data.content
    assert metadata.parse_plugin_metadata(content).num_thresholds == 5


def test_images_and_sounds(run: Run, folder: Path) -> None:
    theirs = as_tensorboard_reads(folder)
    ((_, texts),) = tensors(theirs, "seen")
    assert texts[:2].tolist() == [b"5", b"4"]
    first, second = (np.asarray(Image.open(io.BytesIO(png))) for png in texts[2:])
    np.testing.assert_array_equal(first, run.arrays("images/seen")["0"])
    np.testing.assert_array_equal(second, np.full((4, 5), 128))
    ((step, sounds),) = tensors(theirs, "heard")
    assert step == 6
    with wave.open(io.BytesIO(sounds[0])) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getnframes()) == (8000, 1, 3)
        assert np.frombuffer(sound.readframes(3), "<i2").tolist() == [0, 16384, -32767]


def test_settings_and_the_end(folder: Path) -> None:
    theirs = as_tensorboard_reads(folder)
    content = theirs.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    start = hparams_data.HParamsPluginData.FromString(content).session_start_info
    found = {key: value.WhichOneof("kind") for key, value in start.hparams.items()}
    assert found == {"rate": "number_value", "net.kind": "string_value", "bias": "bool_value"}
    assert start.hparams["rate"].number_value == 0.1
    content = theirs.SummaryMetadata("_hparams_/session_end_info").plugin_data.content
    assert hparams_data.HParamsPluginData.FromString(content).session_end_info.status == 1


def test_what_is_left_out_is_told(folder: Path) -> None:
    theirs = as_tensorboard_reads(folder)
    ((_, told),) = tensors(theirs, "bathyscope/left_out")
    assert told[0].startswith(b"`images/wrong` at step 1: it holds an array of shape (4, 5, 7)")
    assert told[1] == b"arrays `parameters`"
    assert tensors(theirs, "bathyscope/notes")[0][1].tolist() == [b"one of two"]


def test_we_read_it_back(run: Run, folder: Path) -> None:
    again = TensorBoardRun(folder)
    assert again.scalar_names() == run.scalar_names()
    np.testing.assert_array_equal(again.scalars("loss").values, run.scalars("loss").values)
    assert again.config == {"rate": 0.1, "net.kind": "mlp", "bias": True}
    assert again.status == "finished"
    assert again.table("histograms/dense", step=7)["count"].tolist() == [7, 2]
    assert again.table("audio/heard")["rate_hz"].tolist() == [8000]
    assert again.table("audio/heard")["caption"].tolist() == ["a word"]
    assert again.faults() == ()


def test_the_command_writes_it(run: Run, tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [str(run.path), str(tmp_path / "new"), "--tensorboard"])
    assert done.exit_code == 0, done.output
    assert "1 files" in done.output
    assert as_tensorboard_reads(tmp_path / "new").Tags()["tensors"]
