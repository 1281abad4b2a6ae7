from __future__ import annotations

import numpy as np
import pytest

from bathyscope.integrations.guard import RecordingWarning
from bathyscope.integrations.recording import Recording

lightgbm = pytest.importorskip("lightgbm")

PARAMS = {
    "objective": "binary",
    "metric": ["binary_logloss", "auc"],
    "verbose": -1,
    "num_threads": 1,
    "num_leaves": 4,
}


@pytest.fixture
def data(table):
    x, y = table
    names = ["height", "weight", "noise", "nothing"]
    train = lightgbm.Dataset(x[:120], y[:120], feature_name=names, free_raw_data=False)
    return train, train.create_valid(x[120:], y[120:])


@pytest.fixture
def train(data):
    def run_it(run, rounds=12, callbacks=(), **options):
        log = {}
        model = lightgbm.train(
            PARAMS,
            data[0],
            rounds,
            valid_sets=list(data),
            valid_names=["train", "valid"],
            callbacks=[run.lightgbm(), lightgbm.record_evaluation(log), *callbacks],
            **options,
        )
        return model, log

    return run_it


def test_metrics_of_every_round_are_those_of_lightgbm(recording, reopen, train):
    _, log = train(recording)
    run = reopen(recording)
    assert len(run.scalar_names()) == 4
    for split, metrics in log.items():
        for metric, values in metrics.items():
            series = run.scalars(f"{split}/{metric}")
            assert series.steps.tolist() == list(range(1, 13))
            assert series.values.tolist() == values


def test_importance_is_a_table_with_every_feature(recording, reopen, train):
    model, _ = train(recording)
    table = reopen(recording).table("feature_importance", step=12)
    assert table["feature"].tolist() == ["height", "weight", "noise", "nothing"]
    for kind in ("split", "gain"):
        # The model LightGBM returns has been through its text form, which rounds the gains.
        np.testing.assert_allclose(table[kind], model.feature_importance(kind), rtol=1e-5)
    assert table["gain"].argmax() == 0


def test_early_stopping_leaves_its_table_when_the_run_is_finished(recording, reopen, notes, train):
    stop = lightgbm.early_stopping(3, verbose=False)
    model, log = train(recording, rounds=200, callbacks=[stop])
    rounds = len(log["valid"]["auc"])
    assert rounds < 200
    recording.finish()
    run = reopen(recording)
    assert run.table_steps("feature_importance") == (rounds,)
    gain = run.table("feature_importance")["gain"]
    assert gain.tolist() == model.feature_importance("gain", iteration=rounds).tolist()
    assert notes(recording) == [
        f"Early stopping found round {model.best_iteration} to be the best."
    ]


def test_training_on_goes_on_counting(recording, reopen, train):
    model, _ = train(recording, rounds=5)
    train(recording, rounds=3, init_model=model)
    run = reopen(recording)
    assert run.scalars("train/auc").steps.tolist() == list(range(1, 9))
    assert run.table_steps("feature_importance") == (5, 8)


def test_cross_validation_gives_means_and_deviations(recording, reopen, notes, data):
    found = lightgbm.cv(PARAMS, data[0], 4, nfold=3, seed=1, callbacks=[recording.lightgbm()])
    run = reopen(recording)
    for ours, theirs in (("", "mean"), ("_std", "stdv")):
        series = run.scalars(f"valid/auc{ours}")
        np.testing.assert_array_equal(series.values, found[f"valid auc-{theirs}"])
    assert run.table_names() == ()
    assert "several models" in notes(recording)[0]


def test_the_scikit_learn_classes_take_it(recording, reopen, table):
    x, y = table
    model = lightgbm.LGBMClassifier(n_estimators=4, n_jobs=1, verbose=-1)
    model.fit(x, y, eval_X=(x,), eval_y=(y,), callbacks=[recording.lightgbm()])
    run = reopen(recording)
    values = run.scalars("valid_0/binary_logloss").values
    assert values.tolist() == model.evals_result_["valid_0"]["binary_logloss"]
    assert (run.config["num_leaves"], run.config["objective"]) == (31, "binary")


def test_a_fault_warns_once_and_the_training_goes_on(tmp_path, train):
    run = Recording("broken", runs_dir=tmp_path, strict=False)
    run.finish()
    with pytest.warns(RecordingWarning) as caught:
        model, _ = train(run)
    assert model.num_trees() == 12
    assert [str(w.message).split("`")[1] for w in caught] == [
        "metrics of a round",
        "feature importance",
    ]
