"""The main job, judged by numbers that do not come from us."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from bathyscope.datasets.images import _digits_of_sklearn
from bathyscope.demo import DemoResult
from bathyscope.subjects import inspect, open_run

keras = pytest.importorskip("keras")


@pytest.fixture(scope="module")
def data():
    return _digits_of_sklearn()


@pytest.fixture(scope="module")
def model(demo: DemoResult):
    return keras.models.load_model(demo.model)


def test_confusion_matrix_equals_sklearns(demo: DemoResult, model, data) -> None:
    predicted = model.predict(data.x_test, verbose=0).argmax(1)
    expected = confusion_matrix(data.y_test, predicted, labels=range(10))
    run = open_run(demo.run)
    np.testing.assert_array_equal(run.confusion_matrix(split="test").counts, expected)
    article = run.confusion_matrix(split="test", rows="predicted")
    matrix = article.figure().panels[0].marks[0]
    np.testing.assert_array_equal(matrix.values, expected.T)


def test_accuracy_and_loss_equal_keras_own(demo: DemoResult, model, data) -> None:
    one_hot = keras.utils.to_categorical(data.y_test, 10)
    loss, accuracy = model.evaluate(data.x_test, one_hot, verbose=0)
    run = open_run(demo.run)
    assert run.scalars("test_accuracy").values[-1] == pytest.approx(accuracy, abs=1e-7)
    assert run.scalars("test_loss").values[-1] == pytest.approx(loss, rel=1e-5)
    assert run.scalars("val_accuracy").values[-1] == pytest.approx(accuracy, abs=1e-7)
    assert demo.headlines[0].value == f"{accuracy:.2%}"


def test_last_weights_equal_the_keras_files(demo: DemoResult) -> None:
    from_file = inspect(demo.model)
    recorded = open_run(demo.run).arrays("parameters")
    stored = from_file.model.parameters()
    assert set(recorded) == set(stored)
    for name, values in stored.items():
        np.testing.assert_array_equal(recorded[name], values)


def test_every_room_is_shown_without_an_apology(demo: DemoResult) -> None:
    from bathyscope.figures import Note
    from bathyscope.reports.collect import entries, still

    run = open_run(demo.run)
    plan = entries(run)
    assert {entry.room for entry in plan} == {
        "overview", "parameters", "loss", "features", "predictions",
    }  # fmt: skip
    for entry in plan:
        for panel in still(entry, run).panels:
            for mark in panel.marks:
                assert not (isinstance(mark, Note) and "could not be made" in mark.text)


def test_pictures_and_report_are_there(demo: DemoResult) -> None:
    assert len(demo.pictures) >= 8
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in demo.pictures)
    assert demo.report.stat().st_size > 100_000


def test_each_epoch_is_recorded(demo: DemoResult) -> None:
    run = open_run(demo.run)
    steps_per_epoch = -(-1297 // 32)
    steps = tuple(steps_per_epoch * epoch for epoch in range(4))
    assert run.array_steps("parameters") == steps
    np.testing.assert_array_equal(run.scalars("loss").steps, steps[1:])
    assert run.status == "finished"
