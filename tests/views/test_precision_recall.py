from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Note

_spec = importlib.util.spec_from_file_location("roc", Path(__file__).parent / "test_roc_curves.py")
assert _spec is not None and _spec.loader is not None
_roc = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_roc)
scored, tensorboard_curve = _roc.scored, _roc.tensorboard_curve


def examples() -> dict[str, views.View]:
    true, scores = scored(600, 2, strength=1.0)
    return {
        "two classes": views.precision_recall(true, scores[:, 1], classes=["healthy", "ill"]),
        "one sample": views.precision_recall([1], [0.7]),
    }


def test_curves_and_averages_are_those_of_scikit_learn() -> None:
    true, scores = scored(400, 4)
    view = views.precision_recall(true, scores)
    for code, ranking in enumerate(view.rankings):
        precision, recall, at = precision_recall_curve(true == code, scores[:, code])
        assert np.allclose(ranking.curve.precision[::-1], precision[:-1])
        assert np.allclose(ranking.curve.recall[::-1], recall[:-1])
        assert np.array_equal(ranking.curve.threshold[::-1], at)
        expected = average_precision_score(true == code, scores[:, code])
        assert ranking.average_precision() == pytest.approx(expected)


def test_the_drawn_steps_enclose_the_average_precision() -> None:
    true, scores = scored(300, 2)
    chance, curve = views.precision_recall(true, scores[:, 1]).figure().panels[0].marks
    assert np.sum(np.diff(curve.x)[::2] * curve.y[::2]) == pytest.approx(
        average_precision_score(true, scores[:, 1])
    )
    assert chance.y[0] == pytest.approx((true == 1).mean())


def test_a_class_without_samples_is_told() -> None:
    figure = views.precision_recall([0, 0], [0.1, 0.2], classes=["a", "b"]).figure()
    assert isinstance(figure.panels[0].marks[0], Note)


def test_a_curve_of_tensorboard_has_its_precision_and_recall(run_writer: Any) -> None:
    writer = run_writer()
    table = tensorboard_curve()
    writer.log_table("pr_curves/cat", table, step=9)
    run = bs.open(writer.path)
    for step in (4, 9):
        columns = run.precision_recall(curve="cat", step=step).columns()
        rows = [i for i, at in enumerate(table["step"]) if at == step][::-1]
        assert columns["recall"].tolist() == [table["recall"][i] for i in rows]
        # Where nothing is found, TensorBoard writes a precision of 1; there is none.
        assert np.isnan(columns["precision"][0])
        assert columns["precision"][1:].tolist() == [table["precision"][i] for i in rows[1:]]
    with pytest.raises(bs.NotRecorded):
        run.precision_recall(curve="cat", step=5)
