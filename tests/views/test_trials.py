from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.views.trials import Trials


def _table(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    rate = 10 ** rng.uniform(-5, -1, n)
    value = (np.log10(rate) + 3) ** 2 + rng.normal(size=n) * 0.2
    state = np.where(np.arange(n) % 7 == 3, "PRUNED", "COMPLETE")
    return {
        "trial": np.arange(n),
        "state": state,
        "val_loss": value,
        "params/rate": rate,
        "params/optimizer": [["adam", "sgd", ""][i % 3] for i in range(n)],
    }


def examples() -> dict[str, views.View]:
    failed = {"trial": [0, 1], "state": ["FAIL", "FAIL"], "value": [np.nan, np.nan]}
    two = {"trial": [0, 1, 2], "loss": [1.0, 2.0, 3.0], "size": [9.0, 4.0, 1.0]}
    return {
        "a search": views.trials(_table(40)),
        "all failed": views.trials({**failed, "params/x": [1.0, 2.0]}),
        "two values": views.trials(two),
    }


def test_the_best_so_far_is_of_complete_trials() -> None:
    table = _table(40)
    view = views.trials(table)
    expected = np.inf
    for index, best in enumerate(view.best_so_far()):
        if table["state"][index] == "COMPLETE":
            expected = min(expected, table["val_loss"][index])
        assert best == expected
    highest = views.trials(table, goal="max").best_so_far()
    assert highest[-1] == table["val_loss"][table["state"] == "COMPLETE"].max()


def test_parameters_are_drawn_against_the_value() -> None:
    panels = {panel.title: panel for panel in examples()["a search"].figure().panels}
    assert {"By trial", "Parallel coordinates", "rate", "optimizer"} <= set(panels)
    assert panels["optimizer"].x.categories == ("adam", "sgd")
    assert "13 runs have no such setting." in panels["optimizer"].note
    note = examples()["a search"].figure().note
    assert note.startswith("40 trials: 34 complete, 6 pruned.")
    assert "goal is not recorded" in note


def test_two_values_are_drawn_against_each_other() -> None:
    panels = {panel.title: panel for panel in examples()["two values"].figure().panels}
    assert panels["loss and size"].marks[0].y.tolist() == [9, 4, 1]
    assert views.trials({"value": [1.0]}).columns()["trial"].tolist() == [0]


def test_a_real_search_by_optuna(tmp_path: Path) -> None:
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    with bs.record("search", runs_dir=tmp_path, strict=True) as run:
        study.optimize(
            lambda trial: -((trial.suggest_float("x", -1, 1) - 0.3) ** 2),
            n_trials=8,
            callbacks=[run.optuna()],
        )
    view = bs.open(run.path).trials()
    assert view.goal == "max" and "not recorded" not in view.figure().note
    assert view.best_so_far()[-1] == pytest.approx(study.best_value)
    assert view.parameters["x"].tolist() == [trial.params["x"] for trial in study.trials]
    assert [offer.title for offer in Trials.offers(bs.open(run.path))] == ["Trials of the search"]


def test_a_table_of_keras_tuner() -> None:
    table = {"trial": ["00", "01"], "state": ["COMPLETED", "FAILED"], "val_loss": [0.5, 0.1],
             "best_epoch": [3.0, np.nan]}  # fmt: skip
    view = views.trials(table)
    assert view.trial.tolist() == [0, 1] and list(view.values) == ["val_loss"]
    assert view.best_so_far().tolist() == [0.5, 0.5]  # a trial that failed is no best
    assert views.trials({**table, "trial": ["a1", "b2"]}).trial.tolist() == [0, 1]


def test_bad_input_is_told() -> None:
    with pytest.raises(ValueError, match="a column of values"):
        views.trials({"trial": [0]})
    with pytest.raises(bs.UnknownName, match="val_loss"):
        views.trials(_table(3), value="loss")
