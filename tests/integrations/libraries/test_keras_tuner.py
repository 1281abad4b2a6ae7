from __future__ import annotations

import numpy as np
import pytest

from bathyscope.runs import Run, list_runs

keras_tuner = pytest.importorskip("keras_tuner")
keras = pytest.importorskip("keras")

# KerasTuner asks for threads by names of old.
pytestmark = [
    pytest.mark.filterwarnings("ignore:currentThread:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:getName:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Skipping variable loading:UserWarning"),
]


@pytest.fixture
def data(rng):
    x = rng.normal(size=(64, 5)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("int64")


def build(hp):
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(hp.Int("units", 2, 6)),
                              keras.layers.Dense(2, activation="softmax")])  # fmt: skip
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
    model.compile(hp.Choice("kind", ["adam", "sgd"]), "sparse_categorical_crossentropy",
                  metrics=["accuracy"])  # fmt: skip
    model.optimizer.learning_rate = rate
    return model


@pytest.fixture
def make_tuner(tmp_path):
    def make(hypermodel=build, **options):
        settings = {"objective": "val_loss", "max_trials": 2, "seed": 1, **options}
        return keras_tuner.RandomSearch(
            hypermodel, directory=tmp_path / "tuner", project_name="p", overwrite=True, **settings
        )

    return make


def _search(tuner, data, **options):
    tuner.search(*data, validation_data=data, batch_size=32, verbose=0, **options)


def test_trials_are_runs_of_one_group_and_hold_their_training(recording, make_tuner, data):
    tuner = make_tuner()
    recording.keras_tuner(tuner, probe=(data[0][:4], data[1][:4]))
    _search(tuner, data, epochs=2)
    runs = {run.name: run for run in list_runs(recording.path.parent)}
    trials = tuner.oracle.trials
    assert set(runs) == {"run", *(f"run-{key}" for key in trials)}
    assert len(trials) == 2
    for key, trial in trials.items():
        assert runs[f"run-{key}"].group == "run"
        run = Run(runs[f"run-{key}"].path)
        assert run.config.items() >= trial.hyperparameters.values.items()
        assert run.config["optimizer"].lower() == trial.hyperparameters.values["kind"]
        assert (run.status, run.tags) == ("finished", ("run",))
        losses = run.scalars("val_loss").values
        assert losses.min() == pytest.approx(trial.score, rel=1e-6)
        assert run.scalars("score").values.tolist() == [trial.score]
        assert run.scalars("val_loss").steps.tolist() == [2, 4], "64 samples in batches of 32"
        assert "parameters" in run.array_groups()


def test_the_search_has_its_scores_and_a_table(recording, reopen, make_tuner, data):
    tuner = make_tuner(objective=keras_tuner.Objective("val_accuracy", "max"))
    recording.keras_tuner(tuner)
    _search(tuner, data, epochs=1)
    recording.finish()
    run = reopen(recording)
    trials = list(tuner.oracle.trials.values())
    scores = [trial.score for trial in trials]
    assert run.scalars("val_accuracy").values.tolist() == scores
    assert run.scalars("val_accuracy").steps.tolist() == [1, 2]
    assert (
        run.scalars("best_val_accuracy").values.tolist() == np.maximum.accumulate(scores).tolist()
    )
    table = run.table("trials")
    assert table["trial"].tolist() == [trial.trial_id for trial in trials]
    assert table["val_accuracy"].tolist() == scores
    assert table["best_epoch"].tolist() == [trial.best_step for trial in trials]
    for name in ("units", "rate", "kind"):
        assert table[f"params/{name}"].tolist() == [t.hyperparameters.get(name) for t in trials]


def test_a_trial_that_fails_says_so_and_the_search_goes_on(recording, reopen, make_tuner, data):
    def unlucky(hp):
        if hp.Int("units", 2, 6) > 0 and unlucky.count == 1:
            unlucky.count += 1
            raise keras_tuner.errors.FailedTrialError("too large")
        unlucky.count += 1
        return build(hp)

    unlucky.count = 5
    tuner = make_tuner(unlucky, max_trials=2)
    unlucky.count = 1
    recording.keras_tuner(tuner)
    _search(tuner, data, epochs=1)
    recording.finish()
    table = reopen(recording).table("trials")
    assert table["state"].tolist() == ["FAILED", "COMPLETED"]
    failed, good = (Run(recording.path.parent / f"run-{key}") for key in table["trial"])
    assert (failed.status, good.status) == ("failed", "finished")
    assert "too large" in failed.events("note")[0]["text"]
    assert np.isnan(table["val_loss"][0])
    assert np.isnan(reopen(recording).scalars("val_loss").values[0])


def test_the_tuner_is_left_as_it_was_found(recording, make_tuner, data):
    tuner = make_tuner(max_trials=1)
    before = vars(tuner).copy(), vars(tuner.hypermodel).copy()
    recording.keras_tuner(tuner)
    _search(tuner, data, epochs=1)
    recording.finish()
    assert (vars(tuner).keys(), vars(tuner.hypermodel).keys()) == (
        before[0].keys(), before[1].keys(),
    )  # fmt: skip
    best = tuner.get_best_models()[0]
    assert best.predict(data[0], verbose=0).shape == (64, 2)


def test_several_executions_of_a_trial_go_on_in_its_run(recording, make_tuner, data):
    tuner = make_tuner(max_trials=1, executions_per_trial=2)
    recording.keras_tuner(tuner)
    _search(tuner, data, epochs=2)
    (key,) = tuner.oracle.trials
    run = Run(recording.path.parent / f"run-{key}")
    assert len(run.scalars_all("val_loss")) == 4
    assert run.scalars("val_loss").steps.tolist() == [2, 4, 6, 8]


def test_what_is_no_tuner_is_refused(recording):
    with pytest.raises(TypeError, match=r"must be a keras_tuner\.Tuner; got str"):
        recording.keras_tuner("tuner")
