"""Keras' CSVLogger and History: what Keras itself wrote, and what the csv module reads."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope.importers import detect, keras_csv, keras_history


def with_csv(path: Path) -> list[tuple[str, int, str]]:
    """The oracle: Python's own csv module."""
    points = []
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            step = int(row["epoch"]) + 1
            points += [(name, step, str(float(cell))) for name, cell in row.items()
                       if name != "epoch" and cell not in ("", "NA")]  # fmt: skip
            points.append(("epoch", step, str(float(step))))
    return sorted(points)


def test_every_number_of_the_real_logs_is_read(real_data: Path, points_of: Any) -> None:
    paths = sorted((real_data / "keras-csvlogger").glob("*.csv"))
    assert len(paths) == 5
    for path in paths:
        assert detect(path) == "keras"
        log = keras_csv.read(path)
        assert points_of(log) == with_csv(path)
        assert log.faults == ()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A training by Keras that was stopped and gone on with, and its history."""
    keras = pytest.importorskip("keras")
    path = tmp_path_factory.mktemp("keras") / "training.log"
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    model.compile(loss="mse", metrics=["mae"])
    x = np.random.default_rng(0).normal(size=(16, 3))

    class Odd(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["odd"] = [epoch + 0.5, math.nan]

    history = None
    for first in (0, 2):
        history = model.fit(
            x, x[:, 0], epochs=first + 2, initial_epoch=first, verbose=0, validation_split=0.5,
            callbacks=[Odd(), keras.callbacks.CSVLogger(path, append=True)],
        )  # fmt: skip
    return path, history


def test_what_keras_writes_is_read(trained: Any, imported: Any) -> None:
    path, _ = trained
    log = keras_csv.read(path)
    assert log.faults == ()
    run = imported(log)
    assert run.scalar_names() == (
        "epoch", "loss", "mae", "odd/0", "odd/1", "val_loss", "val_mae")  # fmt: skip
    assert run.scalars("epoch").steps.tolist() == [1, 2, 3, 4]
    assert run.scalars("odd/0").values.tolist() == [0.5, 1.5, 2.5, 3.5]
    with path.open(newline="") as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    assert run.scalars("loss").values.tolist() == losses


def test_a_history_is_taken_as_an_object_or_as_json(
    trained: Any, tmp_path: Path, imported: Any
) -> None:
    _, history = trained
    log = keras_history.from_history(history, name="mine")
    assert log.scalars["loss"].values.tolist() == history.history["loss"]
    assert log.scalars["loss"].steps.tolist() == [3, 4]
    assert log.config["epochs"] == 4
    path = tmp_path / "history.json"
    path.write_text(json.dumps(history.history))
    assert detect(path) == "keras-history"
    run = imported(keras_history.read(path))
    assert run.scalars("val_mae").values.tolist() == history.history["val_mae"]
    assert run.scalars("val_mae").steps.tolist() == [1, 2]
    assert run.scalars("odd/0").values.tolist() == [2.5, 3.5]


def test_a_history_as_pandas_writes_it_is_read(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    path = tmp_path / "x.json"
    pandas.DataFrame({"loss": [0.5, 0.25], "epoch": [7, 8]}).to_json(path)
    log = keras_history.read(path)
    assert log.scalars["loss"].steps.tolist() == [8, 9]
    assert log.scalars["loss"].values.tolist() == [0.5, 0.25]


def test_lines_that_are_none_are_named_and_skipped(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "epoch;loss;acc\n0;0.5;NA\nepoch;loss;acc\n1;0.25\nx;1;1\n2;high;nan\n3;1e400;0.7\n"
        "0;0.125;1\n4;0.5;0.812"
    )
    log = keras_csv.read(path)
    assert log.scalars["loss"].steps.tolist() == [1, 4, 1, 5]
    np.testing.assert_array_equal(log.scalars["loss"].values, [0.5, math.inf, 0.125, 0.5])
    np.testing.assert_array_equal(log.scalars["acc"].values, [math.nan, 0.7, 1, 0.812])
    assert log.faults == (
        "line 4 has 2 cells, the header 3",
        "line 5: `x` is no epoch",
        "line 6, column `loss`: `high` is no number",
        "the last line does not end: it is being written, or its last number is cut",
    )
