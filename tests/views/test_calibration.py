from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from bathyscope import views


def _scored(n: int, n_classes: int, heat: float = 1.0) -> Any:
    """Labels drawn from the scores themselves, which are then made surer than they are."""
    rng = np.random.default_rng(5)
    logits = rng.normal(size=(n, n_classes)) * 2
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    true = (honest.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    told = np.exp(logits * heat)
    return true, told / told.sum(axis=1, keepdims=True)


def examples() -> dict[str, views.View]:
    true, scores = _scored(800, 2)
    return {
        "two classes": views.calibration(true, scores[:, 1], classes=["healthy", "ill"]),
        "too sure": views.calibration(*_scored(900, 10, heat=2.0)),
        "one sample": views.calibration([1], [0.7]),
    }


@pytest.mark.parametrize(("binning", "strategy"), [("width", "uniform"), ("count", "quantile")])
def test_bins_are_those_of_scikit_learn(binning: Any, strategy: Any) -> None:
    # No quantile of so many samples is itself a sample, where rounding would decide.
    true, scores = _scored(702, 2, heat=1.5)
    table = views.calibration(true, scores[:, 1], bins=9, binning=binning).table()
    share, claimed = calibration_curve(true, scores[:, 1], n_bins=9, strategy=strategy)
    filled = table["n"] > 0
    assert np.allclose(table["share"][filled], share)
    assert np.allclose(table["claimed"][filled], claimed)
    assert table["n"].sum() == 702


def test_brier_and_log_loss_are_those_of_scikit_learn() -> None:
    true, scores = _scored(300, 2, heat=1.5)
    view = views.calibration(true, scores[:, 1])
    assert view.brier == pytest.approx(brier_score_loss(true, scores[:, 1]))
    assert view.log_loss == pytest.approx(log_loss(true, scores))
    true, scores = _scored(300, 5, heat=1.5)
    view = views.calibration(true, scores)
    one_hot = np.eye(5)[true]
    assert view.brier == pytest.approx(((scores - one_hot) ** 2).sum(axis=1).mean())
    assert view.log_loss == pytest.approx(log_loss(true, scores))


def test_the_expected_error_is_that_of_torchmetrics() -> None:
    torch, metrics = pytest.importorskip("torch"), pytest.importorskip("torchmetrics")
    true, scores = _scored(600, 4, heat=2.0)
    expected = metrics.functional.classification.multiclass_calibration_error(
        torch.tensor(scores), torch.tensor(true), num_classes=4, n_bins=15, norm="l1"
    )
    assert views.calibration(true, scores).expected_error() == pytest.approx(float(expected))


def test_who_is_too_sure_is_told() -> None:
    assert "too sure by" in examples()["too sure"].figure().note
    honest = views.calibration(*_scored(20_000, 10))
    assert honest.expected_error() < 0.02
    low, high = honest.table()["low"], honest.table()["high"]
    filled = honest.table()["n"] > 20
    inside = (low <= honest.table()["claimed"]) & (honest.table()["claimed"] <= high)
    assert inside[filled].mean() >= 0.8


def test_every_bin_has_its_interval_and_its_count() -> None:
    reliability, counts = examples()["two classes"].figure().panels
    table = examples()["two classes"].table()
    filled = int((table["n"] > 0).sum())
    assert len(reliability.marks) == 1 + filled + 1
    assert counts.marks[0].heights.tolist() == table["n"].tolist()


def test_independent_scores_are_all_claims() -> None:
    scores = np.array([[0.9, 0.8], [0.1, 0.7]])
    view = views.calibration([0, 1], scores, kind="independent")
    assert len(view.claimed) == 4 and view.what == "score of a class"


def test_bad_input_is_told() -> None:
    with pytest.raises(ValueError, match="`bins` must be at least 1"):
        views.calibration([1], [0.5], bins=0)
    with pytest.raises(ValueError, match="`binning` must be one of"):
        views.calibration([1], [0.5], binning="equal")  # type: ignore[arg-type]
