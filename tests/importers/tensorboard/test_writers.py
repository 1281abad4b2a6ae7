"""Logs that real writers write in odd ways are read as TensorBoard reads them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope.importers.tensorboard import RunLog, read
from bathyscope.importers.tensorboard.source import TensorBoardRun

pytest.importorskip("tensorboard")
Differences = Callable[[RunLog], list[str]]


def writers() -> list[Any]:
    return [
        pytest.param("torch.utils.tensorboard", id="torch"),
        pytest.param("tensorboardX", id="tensorboardX"),
    ]


@pytest.fixture(params=writers())
def make_writer(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Make a writer of either library."""
    if request.param == "torch.utils.tensorboard":
        pytest.importorskip("torch")
    return pytest.importorskip(request.param).SummaryWriter


def check(folder: Path, differences: Differences) -> dict[str, RunLog]:
    logs = read(folder)
    for name, log in logs.items():
        assert log.faults == ()
        assert differences(log) == [], name
        run = TensorBoardRun(log.path)
        for tag, column in log.scalars.items():
            series = run.scalars_all(tag)
            order = np.argsort(column.steps, kind="stable")
            np.testing.assert_array_equal(series.steps, column.steps[order])
            np.testing.assert_array_equal(series.values, column.values[order].astype(float))
    return logs


def write_some(writer: Any, steps: range, *, shift: float = 0.0) -> None:
    rng = np.random.default_rng(len(steps))
    for step in steps:
        writer.add_scalar("loss", shift + 1 / (step + 1), step)
        writer.add_scalar("Verlust/größe", shift - step, step, walltime=1e9 - step)
        if step % 7 == 0:
            writer.add_histogram("weights", rng.normal(size=50), step)
            writer.add_text("said", f"**step** {step}", step)
            writer.add_image("seen", rng.random((3, 4, 5)), step)


@pytest.mark.parametrize("purged", [(30,), (30, 10), (40, 60), (0,), (45, 20, 44)])
def test_restarts_that_purge(
    purged: tuple[int, ...], make_writer: Callable[..., Any], tmp_path: Path,
    differences: Differences,
) -> None:  # fmt: skip
    writer = make_writer(str(tmp_path), filename_suffix=".0")
    write_some(writer, range(50))
    writer.close()
    for number, step in enumerate(purged, 1):
        # Files are read in the order of their names: seconds, host, process, count of writers.
        writer = make_writer(str(tmp_path), purge_step=step, filename_suffix=f".{number}")
        write_some(writer, range(step, step + 25), shift=10.0 * number)
        writer.close()
    assert len(list(tmp_path.iterdir())) == 1 + len(purged)
    (log,) = check(tmp_path, differences).values()
    assert log.n_void > 0 or min(purged) >= 50


def test_writers_at_the_same_time(
    make_writer: Callable[..., Any], tmp_path: Path, differences: Differences
) -> None:
    both = [make_writer(str(tmp_path), filename_suffix=f".{number}") for number in range(2)]
    for first in range(0, 60, 10):
        for number, writer in enumerate(both):
            write_some(writer, range(first, first + 10), shift=float(number))
            writer.flush()
    for writer in both:
        writer.close()
    (log,) = check(tmp_path, differences).values()
    assert len(log.scalars["loss"].steps) == 120


def test_everything_a_writer_can_write(
    make_writer: Callable[..., Any], tmp_path: Path, differences: Differences
) -> None:
    rng = np.random.default_rng(0)
    writer = make_writer(str(tmp_path))
    for step in (5, 3, 3, 4, 10**9):
        writer.add_scalar("odd/nan", [np.nan, np.inf, -np.inf, 1e-45][step % 4], step)
        writer.add_scalars("many", {"a": step / 2, "b b": -step / 2}, step)
    writer.add_scalar("no step", 0.5)
    writer.add_images("images", rng.random((2, 3, 4, 5)), 1)
    sounds = make_writer.__module__.startswith("torch")  # the other wants one more library for them
    if sounds:
        writer.add_audio("sound", rng.uniform(-0.5, 0.5, (1, 800)).astype(np.float32), 1, 8000)
    labels, scores = rng.integers(0, 2, 60), rng.random(60)
    writer.add_pr_curve("pr", labels, scores, 2, num_thresholds=17)
    writer.add_histogram("wide", np.array([-1e30, 0.0, 1e30]), 1)
    writer.add_histogram_raw(
        "raw", min=0.0, max=2.0, num=3, sum=4.0, sum_squares=6.0, bucket_limits=[1.0, 2.0],
        bucket_counts=[1, 2], global_step=3,
    )  # fmt: skip
    writer.add_custom_scalars({"losses": {"both": ["Multiline", ["loss/a", "loss/b"]]}})
    writer.add_mesh("mesh", rng.random((1, 6, 3)).astype(np.float32), global_step=1)
    writer.add_hparams({"lr": 0.5, "name": "x", "deep": True}, {"end/loss": 0.25})
    writer.close()
    logs = check(tmp_path, differences)
    own = logs["."]
    kinds = {"images", "pr_curves", "histograms", "custom_scalars", "meshes"}
    assert kinds | ({"audio"} if sounds else set()) <= set(own.items)
    assert len(logs) >= 4  # the scalars of `add_scalars`, and the trial, have folders of their own


def test_torch_writes_newer_and_wider_numbers(tmp_path: Path, differences: Differences) -> None:
    pytest.importorskip("torch")
    module = pytest.importorskip("torch.utils.tensorboard")
    writer = module.SummaryWriter(str(tmp_path))
    for step in range(40):
        writer.add_scalar("new", step / 3, step, new_style=True)
        writer.add_scalar("double", step / 3, step, new_style=True, double_precision=True)
        writer.add_scalar("mixed", step / 3, step, new_style=step % 2 == 0)
    writer.close()
    (log,) = check(tmp_path, differences).values()
    np.testing.assert_array_equal(log.scalar("double").values, np.arange(40) / 3)


TENSORFLOW = """
import sys
import numpy as np
import tensorflow as tf

folder = sys.argv[1]
for number in range(2):
    writer = tf.summary.create_file_writer(folder + "/two", filename_suffix=f".{number}")
    with writer.as_default():
        for step in range(20):
            tf.summary.scalar("loss", step / 7 + number, step=step)
            tf.summary.scalar("half", tf.constant(step, tf.float16), step=step)
            tf.summary.scalar("double", tf.constant(step / 3, tf.float64), step=step)
            tf.summary.scalar("whole", tf.constant(step, tf.int64), step=2**40 + step)
        tf.summary.histogram("h", np.arange(9.0), step=1, buckets=4)
        tf.summary.histogram("empty", [], step=1)
        tf.summary.image("i", np.zeros((2, 3, 4, 1)), step=1)
        tf.summary.audio("a", np.zeros((1, 80, 1), np.float32), 8000, step=1)
        tf.summary.text("t", [["a", "b"], ["c", "größe"]], step=1)
        metadata = tf.compat.v1.SummaryMetadata()
        metadata.plugin_data.plugin_name = "mine"
        metadata.plugin_data.content = b"\\x00\\xff"
        tf.summary.write("own", np.arange(6).reshape(2, 3), step=1, metadata=metadata)
        tf.summary.write("bare", np.float32(3), step=2)

        @tf.function
        def double(x):
            return x * 2

        tf.summary.trace_on(graph=True, profiler=False)
        double(tf.constant(1.0))
        tf.summary.trace_export("traced", step=0)
    writer.close()

v1 = tf.compat.v1
for number in range(2):
    with tf.Graph().as_default() as graph:
        x = v1.placeholder(tf.float32, [], name="x")
        merged = v1.summary.merge([v1.summary.scalar("y", x * 2), v1.summary.histogram("z", x)])
        with v1.Session() as session:
            old = v1.summary.FileWriter(folder + "/one", graph, filename_suffix=f".{number}")
            old.add_session_log(v1.SessionLog(status=v1.SessionLog.START), 6 * number)
            for step in range(6 * number, 6 * number + 10):
                old.add_summary(session.run(merged, {x: step}), step)
            old.add_run_metadata(v1.RunMetadata(), "ran", step)
            old.close()
"""


@pytest.fixture(scope="module")
def of_tensorflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write logs with TensorFlow, in a process of its own."""
    pytest.importorskip("tensorflow")
    folder = tmp_path_factory.mktemp("tensorflow")
    subprocess.run(
        [sys.executable, "-c", TENSORFLOW, str(folder)], check=True, timeout=600,
        capture_output=True,
    )  # fmt: skip
    return folder


def test_tensorflow_of_both_generations(of_tensorflow: Path, differences: Differences) -> None:
    logs = check(of_tensorflow, differences)
    assert set(logs) == {"one", "two"}
    assert logs["one"].n_void > 0
    assert logs["one"].scalar("y").steps.tolist() == [*range(6), *range(6, 16)]
    assert set(logs["two"].scalars) >= {"loss", "half", "double", "whole"}
    assert logs["two"].scalar("whole").steps[0] == 2**40
