from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

import bathyscope as bs
from bathyscope import views


def examples() -> dict[str, views.View]:
    rng = np.random.default_rng(0)
    true = rng.normal(size=120)
    return {
        "usual": views.regression(true, true + 0.3 * rng.normal(size=120)),
        "one point": views.regression([1.0], [1.5]),
    }


@pytest.fixture(scope="module")
def judged() -> tuple[Any, Any]:
    x, y = load_diabetes(return_X_y=True)
    return y[300:], LinearRegression().fit(x[:300], y[:300]).predict(x[300:])


def test_scores_are_those_of_scikit_learn(judged: Any) -> None:
    true, predicted = judged
    found = views.regression(true, predicted).scores()
    assert found["mse"] == pytest.approx(metrics.mean_squared_error(true, predicted))
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(true, predicted))
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(true, predicted))
    assert found["r2"] == pytest.approx(metrics.r2_score(true, predicted))
    assert found["largest_error"] == pytest.approx(metrics.max_error(true, predicted))
    median = metrics.median_absolute_error(true, predicted)
    assert found["median_absolute_error"] == pytest.approx(median)
    assert found["bias"] == pytest.approx(np.mean(predicted) - np.mean(true))


def test_the_note_says_what_the_errors_are_worth(judged: Any) -> None:
    note = views.regression(*judged).figure().note
    assert note.startswith("142 samples: root mean squared error 52.86")
    assert (
        f"always saying the mean would have a root mean squared error of {judged[0].std():.4g}"
        in (note.lower())
    )
    assert "too" not in views.regression([1.0, 2.0], [1.0, 2.0]).figure().note


def test_every_sample_stands_in_all_three_panels(judged: Any) -> None:
    ids = np.arange(142) * 7
    view = views.regression(*judged, sample=ids)
    against, residuals, histogram = view.figure().panels
    assert against.x.domain == against.y.domain
    bars = histogram.marks[0]
    counts, _ = np.histogram(view.residual, bins=bars.edges)
    assert bars.heights.tolist() == counts.tolist()
    for mark in (against.marks[1], residuals.marks[1], bars):
        assert mark.ids.kind == "sample"
        assert mark.ids.values.tolist() == ids.tolist()
    # A bar selects the samples whose residuals lie between its edges.
    first = bars.ids.elements == 0
    assert (view.residual[first] <= bars.edges[1]).all()


def test_what_is_not_finite_is_left_out_and_counted() -> None:
    view = views.regression([1.0, np.nan, 3.0], [1.0, 2.0, np.inf], sample=[4, 5, 6])
    assert view.columns()["sample"].tolist() == [4]
    assert "Left out: 2 samples with NaN or infinity." in view.figure().note
    assert "R² undefined: all true values are equal" in view.figure().note


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0], [1.0, 2.0]), "one entry for each sample; got 1, 2 and 1"),
        (([], []), "got 0 samples, none of them so"),
        (([np.nan], [1.0]), "got 1 sample, none of them so"),
        ((["a"], [1.0]), "`y_true` must hold real numbers"),
        (([[1.0, 2.0]], [[1.0, 2.0]]), "`y_true` must have shape (n_samples,)"),
    ],
)
def test_bad_input_is_told(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(").replace(")", r"\)")):
        views.regression(*arguments)


def test_a_run_gives_what_it_recorded(run_writer: Any) -> None:
    writer = run_writer("values")
    true = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    for step, error in ((1, 1.0), (2, 0.5)):
        writer.log_table(
            "regression/test",
            {
                "sample": np.repeat([7, 8, 9], 2),
                "target": ["size", "age"] * 3,
                "true": true.ravel(),
                "predicted": (true + error).ravel(),
                "loss": np.full(6, error**2),
            },
            step=step,
        )
    writer.finish()
    run = bs.open(writer.path)
    view = run.regression(target="age")
    assert view.columns()["sample"].tolist() == [7, 8, 9]
    assert view.true.tolist() == [10.0, 20.0, 30.0]
    assert view.scores()["bias"] == 0.5
    assert run.regression(step=1).scores()["bias"] == 1.0
    offers = list(views.Regression.offers(run))
    assert [offer.title for offer in offers] == [
        "Predicted size of the test samples",
        "Predicted age of the test samples",
    ]
    assert offers[0].steps == (1, 2)
    with pytest.raises(bs.UnknownName, match="Did you mean `age`"):
        run.regression(target="ag")
    with pytest.raises(bs.NotRecorded, match="holds no `regression/train`"):
        run.regression(split="train")
