from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from bathyscope.integrations.guard import RecordingWarning
from bathyscope.integrations.recording import Recording

xgboost = pytest.importorskip("xgboost")

PARAMS = {
    "objective": "binary:logistic",
    "eval_metric": ["logloss", "error"],
    "max_depth": 2,
    "nthread": 1,
}


@pytest.fixture
def data(table):
    x, y = table
    names = ["height", "体重", "noise", "nothing"]
    return [
        xgboost.DMatrix(x[rows], y[rows], feature_names=names)
        for rows in (slice(0, 120), slice(120, None))
    ]


@pytest.fixture
def train(data):
    def run_it(run, rounds=12, **options):
        log = {}
        model = xgboost.train(
            {**PARAMS, **options.pop("params", {})},
            data[0],
            rounds,
            evals=[(data[0], "train"), (data[1], "valid")],
            evals_result=log,
            verbose_eval=False,
            callbacks=[run.xgboost()],
            **options,
        )
        return model, log

    return run_it


def test_metrics_of_every_round_are_those_of_xgboost(recording, reopen, train):
    _, log = train(recording)
    run = reopen(recording)
    assert run.scalar_names() == ("train/error", "train/logloss", "valid/error", "valid/logloss")
    for split, metrics in log.items():
        for metric, values in metrics.items():
            series = run.scalars(f"{split}/{metric}")
            assert series.steps.tolist() == list(range(1, 13))
            assert series.values.tolist() == values


def test_importance_is_a_table_with_every_feature(recording, reopen, train):
    model, _ = train(recording)
    table = reopen(recording).table("feature_importance", step=12)
    assert table["feature"].tolist() == ["height", "体重", "noise", "nothing"]
    for kind in ("weight", "gain", "cover", "total_gain", "total_cover"):
        score = model.get_score(importance_type=kind)
        assert table[kind].tolist() == [score.get(name, 0.0) for name in model.feature_names]
    assert table["gain"].argmax() == 0
    assert table["weight"][3] == 0


def test_training_on_goes_on_counting(recording, reopen, train):
    model, _ = train(recording, rounds=5)
    train(recording, rounds=3, xgb_model=model)
    run = reopen(recording)
    assert run.scalars("train/logloss").steps.tolist() == list(range(1, 9))
    assert run.table_steps("feature_importance") == (5, 8)


def test_early_stopping_is_noted(recording, notes, train):
    model, log = train(recording, rounds=200, early_stopping_rounds=3)
    assert len(log["valid"]["error"]) < 200
    best = int(np.argmin(log["valid"]["error"])) + 1
    assert model.best_iteration + 1 == best
    assert notes(recording) == [f"Early stopping found round {best} to be the best."]


def test_a_linear_model_of_several_classes_has_a_weight_for_each(recording, reopen, table):
    x, y = table
    data = xgboost.DMatrix(x, y + (x[:, 2] > 0))
    params = {"booster": "gblinear", "objective": "multi:softprob", "num_class": 3, "nthread": 1}
    model = xgboost.train(params, data, 3, callbacks=[recording.xgboost()])
    columns = reopen(recording).table("feature_importance")
    weights = model.get_score(importance_type="weight")
    assert columns["feature"].tolist() == ["f0", "f1", "f2", "f3"]
    for index in range(3):
        expected = [weights[name][index] for name in columns["feature"]]
        assert columns[f"weight/{index}"].tolist() == expected


def test_cross_validation_gives_means_and_deviations(recording, reopen, notes, data):
    found = xgboost.cv(PARAMS, data[0], 4, nfold=3, seed=1, callbacks=[recording.xgboost()])
    run = reopen(recording)
    for name in ("train", "test"):
        for ours, theirs in (("", "mean"), ("_std", "std")):
            np.testing.assert_allclose(
                run.scalars(f"{name}/logloss{ours}").values, found[f"{name}-logloss-{theirs}"]
            )
    assert run.table_names() == ()
    assert "several models" in notes(recording)[0]


def test_the_scikit_learn_classes_take_it_and_it_survives_their_copies(recording, reopen, table):
    x, y = table
    model = xgboost.XGBClassifier(n_estimators=4, n_jobs=1, callbacks=[recording.xgboost()])
    model.set_params(max_depth=2, learning_rate=0.3)
    model.fit(x, y, eval_set=[(x, y)], verbose=False)
    run = reopen(recording)
    values = run.scalars("validation_0/logloss").values
    assert values.tolist() == model.evals_result()["validation_0"]["logloss"]
    told = {name: run.config[name] for name in ("booster", "max_depth", "learning_rate")}
    assert told == {"booster": "gbtree", "max_depth": 2, "learning_rate": 0.3}
    GridSearchCV(model, {"max_depth": [1]}, cv=2).fit(x, y)


def test_a_fault_warns_once_and_the_training_goes_on(tmp_path, train):
    run = Recording("broken", runs_dir=tmp_path, strict=False)
    run.finish()
    with pytest.warns(RecordingWarning) as caught:
        model, _ = train(run)
    assert model.num_boosted_rounds() == 12
    assert [str(w.message).split("`")[1] for w in caught] == [
        "metrics of a round",
        "feature importance",
    ]
