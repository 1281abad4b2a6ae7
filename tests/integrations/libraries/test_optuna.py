from __future__ import annotations

import numpy as np
import pytest

from bathyscope.integrations.guard import RecordingWarning
from bathyscope.integrations.recording import Recording
from bathyscope.runs import Run, list_runs

optuna = pytest.importorskip("optuna")


@pytest.fixture
def study():
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))


def objective(trial):
    rate = trial.suggest_float("rate", 0, 1)
    kind = trial.suggest_categorical("kind", ["adam", "sgd"])
    return (rate - 0.3) ** 2 + (kind == "sgd")


def test_trials_are_runs_of_one_group(recording, study):
    study.optimize(objective, n_trials=4, callbacks=[recording.optuna()])
    runs = {summary.name: Run(summary.path) for summary in list_runs(recording.path.parent)}
    assert set(runs) == {"run", "run-0", "run-1", "run-2", "run-3"}
    for trial in study.trials:
        run = runs[f"run-{trial.number}"]
        assert run.config == trial.params
        assert (run.tags, run.group) == (("run",), "run")
        assert run.status == "finished"
        assert run.scalars("value").values.tolist() == [trial.value]


def test_the_study_has_its_values_and_a_table(recording, reopen, study):
    study.optimize(objective, n_trials=5, callbacks=[recording.optuna()])
    recording.finish()
    run = reopen(recording)
    values = [trial.value for trial in study.trials]
    assert run.scalars("value").steps.tolist() == [1, 2, 3, 4, 5]
    assert run.scalars("value").values.tolist() == values
    best = np.minimum.accumulate(values).tolist()
    assert run.scalars("best_value").values.tolist() == best
    table, frame = run.table("trials", step=5), study.trials_dataframe()
    for ours, theirs in {
        "trial": "number",
        "value": "value",
        "state": "state",
        "params/rate": "params_rate",
        "params/kind": "params_kind",
    }.items():
        assert table[ours].tolist() == frame[theirs].tolist()


def test_the_objective_records_into_its_trial(recording, study):
    search = recording.optuna()

    def train(trial):
        rate = trial.suggest_float("rate", 0, 1)
        with search.trial(trial) as child:
            for step in range(1, 4):
                child.log({"loss": rate / step}, step=step)
        return rate / 3

    study.optimize(train, n_trials=2, callbacks=[search])
    for trial in study.trials:
        run = Run(recording.path.parent / f"run-{trial.number}")
        assert run.scalars("loss").values.tolist() == [trial.params["rate"] / n for n in (1, 2, 3)]
        assert run.scalars("value").steps.tolist() == [3]
        assert run.config == trial.params
        assert run.status == "finished"
    assert len(list_runs(recording.path.parent)) == 3


def test_pruned_and_failed_trials_say_so(recording, notes, reopen, study):
    def unlucky(trial):
        x = trial.suggest_int("x", 1, 9)
        trial.set_user_attr("machine", "三号")
        trial.report(0.5, step=1)
        trial.report(float("nan"), step=2)
        if trial.number == 0:
            raise optuna.TrialPruned
        raise OSError(x)

    study.optimize(unlucky, n_trials=2, callbacks=[recording.optuna()], catch=OSError)
    recording.finish()
    pruned, failed = (Run(recording.path.parent / f"run-{number}") for number in (0, 1))
    assert (pruned.status, failed.status) == ("interrupted", "failed")
    assert pruned.events("note")[0]["text"] == "Optuna pruned this trial after step 2."
    assert failed.events("note")[0]["text"] == "machine: 三号"
    np.testing.assert_array_equal(failed.scalars("intermediate").values, [0.5, np.nan])
    table = reopen(recording).table("trials")
    assert table["state"].tolist() == ["PRUNED", "FAIL"]
    # Optuna takes the last intermediate value of a pruned trial for its value, unless it is NaN.
    np.testing.assert_array_equal(table["value"], [np.nan, np.nan])


def test_several_objectives_keep_their_names(recording, reopen):
    study = optuna.create_study(directions=["minimize", "maximize"])
    study.optimize(
        lambda trial: (trial.suggest_float("x", 0, 1), 2.0),
        n_trials=2,
        callbacks=[recording.optuna()],
    )
    run = reopen(recording)
    assert run.scalar_names() == ("value_0", "value_1")
    assert run.scalars("value_0").values.tolist() == [trial.values[0] for trial in study.trials]


def test_threads_may_share_it(recording, study):
    study.optimize(objective, n_trials=8, n_jobs=4, callbacks=[recording.optuna()])
    values = Run(recording.path).scalars("value").values.tolist()
    assert values == [trial.value for trial in study.trials]
    assert len(list_runs(recording.path.parent)) == 9


def test_a_fault_warns_once_and_the_search_goes_on(tmp_path, study):
    run = Recording("broken", runs_dir=tmp_path, strict=False)
    run.finish()
    with pytest.warns(RecordingWarning) as caught:
        study.optimize(objective, n_trials=3, callbacks=[run.optuna()])
    assert len(study.trials) == 3
    assert len(caught) == 1
