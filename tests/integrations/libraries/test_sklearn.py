from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import IncrementalPCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import bathyscope as bs
from bathyscope.integrations.guard import RecordingWarning
from bathyscope.integrations.recording import Recording


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return x[:450] / 16, y[:450]


def updates_of(network) -> int:
    return network._optimizer.t  # Adam counts its own updates


def test_a_network_gives_its_curves_by_step_and_its_parameters(recording, reopen, digits):
    x, y = digits
    network = MLPClassifier((12, 8), max_iter=6, early_stopping=True, n_iter_no_change=9)
    network.set_params(random_state=0, batch_size=32)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        network.fit(x, y)
    recording.sklearn(network).record(x, y)
    run = reopen(recording)
    loss = run.scalars("loss")
    assert loss.values.tolist() == network.loss_curve_
    assert loss.steps[-1] == updates_of(network)
    assert run.scalars("epoch").values.tolist() == [1, 2, 3, 4, 5, 6]
    assert run.scalars("val_score").values.tolist() == network.validation_scores_
    parameters = run.arrays("parameters", step=updates_of(network))
    assert len(parameters) == 6
    for name, index in (("hidden_1", 0), ("hidden_2", 1), ("output", 2)):
        np.testing.assert_array_equal(parameters[f"{name}/coef"], network.coefs_[index])
        np.testing.assert_array_equal(parameters[f"{name}/intercept"], network.intercepts_[index])
    assert run.scalars("test_accuracy").values[-1] == network.score(x, y)
    expected = log_loss(y, network.predict_proba(x))
    assert run.scalars("test_loss").values[-1] == pytest.approx(expected, rel=1e-6)


def test_the_views_show_what_was_recorded(recording, digits):
    x, y = digits
    network = MLPClassifier((12,), max_iter=40, tol=0.1, n_iter_no_change=2, random_state=0)
    recording.sklearn(network.fit(x, y)).record(x, y)
    seen = bs.open(recording.path)
    images = seen.weights("hidden_1", layout="tiles").figure().panels[0].marks[0].images
    assert images.shape == (12, 8, 8)
    np.testing.assert_allclose(images[3].ravel(), network.coefs_[0][:, 3])
    assert len(seen.metrics("loss").figure().panels) == 1
    confusion = seen.confusion_matrix(split="test")
    assert np.trace(confusion.counts) == (network.predict(x) == y).sum()
    assert seen.biases("hidden_1").figure().panels
    assert {"weights", "biases", "metrics", "confusion_matrix", "predictions"} <= {
        name for name, view in bs.views.registry().items() if list(view.offers(seen))
    }


def test_partial_fit_counts_batches_of_any_size(recording, reopen, digits):
    x, y = digits
    network = MLPClassifier((8,), random_state=0)  # batches of at most 200
    recorder = recording.sklearn(network)
    steps = []
    for rows in (slice(0, 40), slice(40, 160), slice(160, 163), slice(163, 450)):
        network.partial_fit(x[rows], y[rows], classes=np.arange(10))
        recorder.record(x, y, split="val")
        steps.append(updates_of(network))
    run = reopen(recording)
    assert run.scalars("loss").steps.tolist() == steps
    assert run.scalars("loss").values.tolist() == network.loss_curve_
    assert run.scalars_all("loss").steps.tolist() == steps  # nothing is written twice
    assert list(run.array_steps("parameters")) == steps
    assert run.scalars("val_accuracy").steps.tolist() == steps


def test_naive_bayes_counts_the_samples_of_its_batches(recording, reopen, digits):
    x, y = digits
    model = GaussianNB()
    recorder = recording.sklearn(model)
    accuracies = []
    for rows in (slice(0, 40), slice(40, 160), slice(160, 450)):
        model.partial_fit(x[rows], y[rows], classes=np.arange(10))
        recorder.record(x, y)
        accuracies.append(model.score(x, y))
    found = reopen(recording).scalars("test_accuracy")
    assert found.steps.tolist() == [40, 160, 450]
    assert found.values.tolist() == accuracies


def test_fitting_anew_begins_anew(recording, reopen, digits):
    x, y = digits
    network = MLPClassifier((8,), max_iter=500, tol=0.1, n_iter_no_change=2, random_state=0)
    recorder = recording.sklearn(network)
    network.fit(x, y)
    recorder.record()
    network.set_params(random_state=1, tol=0.05).fit(x, y)
    recorder.record()
    loss = reopen(recording).scalars("loss")
    assert loss.values[: len(network.loss_curve_)].tolist() == network.loss_curve_
    assert loss.steps[len(network.loss_curve_) - 1] == updates_of(network)


def test_linear_models_count_their_updates_and_keep_axes(recording, reopen, digits):
    x, y = digits
    model = SGDClassifier(loss="log_loss", random_state=0)
    recorder = recording.sklearn(model)
    for _ in range(2):
        model.partial_fit(x, y, classes=np.arange(10))
        recorder.record(x, y)
    run = reopen(recording)
    assert run.array_steps("parameters") == (450, 900)
    np.testing.assert_array_equal(run.arrays("parameters")["output/coef"], model.coef_)
    (layer,) = run.events("model")[0]["layers"]
    assert layer["parameters"][0]["axes"] == ["out", "in"]
    # Not `model.score`: of two probabilities saturated alike, the first class counts.
    probable = model.predict_proba(x).argmax(axis=1)
    assert run.scalars("test_accuracy").values[-1] == accuracy_score(y, probable)


def test_a_solver_counts_its_iterations(recording, reopen, digits):
    x, y = digits
    model = LogisticRegression(max_iter=200, tol=1e-2).fit(x, y)
    recording.sklearn(model).record()
    assert reopen(recording).array_steps("parameters") == (int(model.n_iter_[0]),)


def test_a_regression_keeps_its_vector_and_its_score(recording, reopen, digits):
    x, y = digits
    model = LinearRegression().fit(x, y)
    recording.sklearn(model).record(x, y)
    run = reopen(recording)
    np.testing.assert_array_equal(run.arrays("parameters")["output/coef"], model.coef_)
    predicted = model.predict(x)
    assert run.scalars("test_r2").values[0] == pytest.approx(r2_score(y, predicted))
    table = run.table("regression/test")
    np.testing.assert_array_equal(table["predicted"], predicted)
    np.testing.assert_array_equal(table["true"], y)
    assert "predictions/test" not in run.table_names()


@pytest.mark.parametrize(
    "model",
    [
        GradientBoostingClassifier(n_estimators=6, max_depth=1, subsample=0.7, random_state=0),
        AdaBoostClassifier(n_estimators=6, random_state=0),
    ],
)
def test_boosting_gives_scores_after_each_round(recording, reopen, digits, model):
    x, y = digits
    model.fit(x[:150], y[:150])
    recording.sklearn(model).record(x, y)
    run = reopen(recording)
    accuracy = run.scalars("test_accuracy")
    assert accuracy.steps.tolist() == [1, 2, 3, 4, 5, 6]
    expected = [accuracy_score(y, found) for found in model.staged_predict(x)]
    assert accuracy.values.tolist() == expected
    losses = [log_loss(y, found) for found in model.staged_predict_proba(x)]
    assert run.scalars("test_loss").values.tolist() == losses
    table = run.table("feature_importance", step=6)
    assert table["importance"].tolist() == model.feature_importances_.tolist()
    if hasattr(model, "train_score_"):
        assert run.scalars("loss").values.tolist() == model.train_score_.tolist()
        assert run.scalars("oob_loss").values.tolist() == model.oob_scores_.tolist()


def test_boosting_a_regression_gives_r2_after_each_round(recording, reopen, digits):
    x, y = digits
    model = GradientBoostingRegressor(n_estimators=4, max_depth=1, random_state=0).fit(x, y)
    recording.sklearn(model).record(x, y)
    values = reopen(recording).scalars("test_r2").values.tolist()
    assert values == [r2_score(y, found) for found in model.staged_predict(x)]


def test_histogram_boosting_is_scored_before_its_first_round(recording, reopen, digits):
    x, y = digits
    model = HistGradientBoostingClassifier(max_iter=3, max_leaf_nodes=4, early_stopping=True)
    model.set_params(random_state=0).fit(x, y < 5)
    recording.sklearn(model).record()
    run = reopen(recording)
    for name, expected in (("score", model.train_score_), ("val_score", model.validation_score_)):
        assert run.scalars(name).steps.tolist() == [0, 1, 2, 3]
        assert run.scalars(name).values.tolist() == expected.tolist()


def test_a_search_over_pipelines_with_named_classes_and_a_frame(recording, reopen, table):
    x, y = table
    frame = pd.DataFrame(x, columns=["height", "体重", "noise", "nothing"])
    label = np.array(["no", "yes"])[y]
    pipeline = make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=3))
    search = GridSearchCV(pipeline, {"gradientboostingclassifier__max_depth": [1]}, cv=2)
    search.fit(frame, label)
    recording.sklearn(search).record(frame, label)
    run = reopen(recording)
    assert run.events("classes")[0]["names"] == ["no", "yes"]
    assert run.table("shown/test")["体重"].tolist() == frame["体重"].tolist()
    assert run.table("predictions/test")["true"].tolist() == y.tolist()
    assert run.scalars("test_accuracy").values[-1] == search.score(frame, label)
    assert run.scalars("test_accuracy").steps.tolist() == [1, 2, 3]


def test_texts_are_shown_as_texts(recording, reopen):
    from sklearn.feature_extraction.text import CountVectorizer

    texts, labels = ["good", "bad", "good good", "bad day"], [1, 0, 1, 0]
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts, labels)
    recording.sklearn(model).record(texts, labels)
    assert reopen(recording).table("shown/test")["text"].tolist() == texts


def test_a_forest_is_recorded_at_the_last_known_step(recording, reopen, table):
    recording.log({"oob": 0.1}, step=30)
    model = RandomForestClassifier(4, random_state=0).fit(*table)
    recording.sklearn(model).record(*table)
    run = reopen(recording)
    assert run.table_steps("feature_importance") == (30,)
    assert run.config == {
        "estimator": "RandomForestClassifier", "n_estimators": 4, "random_state": 0,
    }  # fmt: skip
    assert run.table("feature_importance")["feature"].tolist() == ["x0", "x1", "x2", "x3"]


def test_without_probabilities_there_are_classes_and_a_note(recording, reopen, notes, table):
    x, y = table
    names = np.array(["no", "yes"])
    model = LinearSVC().fit(x, names[y])
    recording.sklearn(model).record(x, names[y])
    assert "no `predict_proba`" in notes(recording)[0]
    run = reopen(recording)
    assert run.scalars("test_accuracy").values.tolist() == [model.score(x, names[y])]
    assert names[run.table("predictions/test")["predicted"]].tolist() == model.predict(x).tolist()
    assert "test_loss" not in run.scalar_names()


def test_a_decomposition_gives_its_components_and_what_they_explain(recording, reopen, digits):
    x, _ = digits
    model = IncrementalPCA(5)
    recorder = recording.sklearn(model)
    explained = []
    for rows in (slice(0, 200), slice(200, 450)):
        model.partial_fit(x[rows])
        recorder.record(x)
        explained.append(model.explained_variance_ratio_.sum())
    run = reopen(recording)
    assert run.scalars("explained_variance_ratio").steps.tolist() == [200, 450]
    assert run.scalars("explained_variance_ratio").values.tolist() == explained
    np.testing.assert_array_equal(run.arrays("parameters")["components/vectors"], model.components_)
    (layer,) = run.events("model")[-1]["layers"]
    assert (layer["kind"], layer["output_shape"]) == ("IncrementalPCA", [None, 5])
    tiles = bs.open(recording.path).weights("components", layout="tiles")
    images = tiles.figure().panels[0].marks[0].images
    np.testing.assert_array_equal(images[2].ravel(), model.components_[2])


def test_a_clustering_gives_its_centers(recording, reopen, digits):
    x, _ = digits
    model = KMeans(4, n_init=1, random_state=0).fit(x)
    recording.sklearn(model).record(x)
    run = reopen(recording)
    centers = run.arrays("parameters", step=model.n_iter_)["clusters/centers"]
    np.testing.assert_array_equal(centers, model.cluster_centers_)
    assert run.scalars("inertia").values.tolist() == [model.inertia_]
    assert run.scalars("test_score").values.tolist() == [model.score(x)]


def test_a_search_gives_its_trials(recording, digits):
    x, y = digits
    choices = {"max_depth": [1, 4], "criterion": ["gini", "entropy"]}
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), choices, cv=2).fit(x, y)
    recording.sklearn(search).record()
    recording.finish()
    seen = bs.open(recording.path).trials()
    results = search.cv_results_
    np.testing.assert_array_equal(seen.values["score"], results["mean_test_score"])
    assert seen.parameters["max_depth"].tolist() == [p["max_depth"] for p in results["params"]]
    assert seen.parameters["criterion"].tolist() == [p["criterion"] for p in results["params"]]
    assert seen.goal == "max"
    assert seen.best_so_far()[-1] == search.best_score_


def test_of_several_scores_the_one_that_chose_comes_first(recording, reopen, table):
    search = GridSearchCV(
        LogisticRegression(), {"C": [0.1, 1.0]}, cv=2,
        scoring=["accuracy", "neg_log_loss"], refit="neg_log_loss",
    ).fit(*table)  # fmt: skip
    recording.sklearn(search).record()
    run = reopen(recording)
    assert list(run.table("trials")) == [
        "trial", "state", "neg_log_loss", "accuracy", "params/C",
    ]  # fmt: skip
    assert run.scalars("best_neg_log_loss").values.tolist() == [search.best_score_]


def test_what_was_not_fitted_is_refused(recording):
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        recording.sklearn(make_pipeline(StandardScaler(), LogisticRegression())).record()


def test_importance_of_another_library_is_called_as_it_calls_it(recording, reopen, table):
    xgboost = pytest.importorskip("xgboost")
    model = xgboost.XGBClassifier(n_estimators=3, callbacks=[recording.xgboost()]).fit(*table)
    recording.sklearn(model).record()  # at the step at which the callback told more
    assert {"gain", "cover"} <= set(reopen(recording).table("feature_importance"))
    recording.sklearn(model).record(step=9)
    found = reopen(recording).table("feature_importance", step=9)
    assert found["feature_importances_"].tolist() == model.feature_importances_.tolist()


def test_wrong_arguments_are_refused(recording, table):
    x, y = table
    with pytest.raises(TypeError, match="`estimator` must be an estimator"):
        recording.sklearn(3)
    recorder = recording.sklearn(LogisticRegression().fit(x, y))
    with pytest.raises(ValueError, match=r"got np.int64\(7\) \(1 of 200 labels"):
        recorder.record(x, np.where(np.arange(200) == 5, 7, y))


def test_a_fault_warns_and_the_program_goes_on(tmp_path, table):
    run = Recording("broken", runs_dir=tmp_path, strict=False)
    run.finish()
    with pytest.warns(RecordingWarning, match="`parameters` failed"):
        run.sklearn(LinearRegression().fit(*table)).record()
