"""What XGBoost and LightGBM themselves leave behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope._errors import DamagedFile
from bathyscope.importers import boosting, detect, lightgbm_model, xgboost_model

X = np.random.default_rng(1).normal(size=(80, 3))
Y = X[:, 0] * 2 + X[:, 1]


def test_results_of_xgboost_are_read(tmp_path: Path, imported: Any) -> None:
    xgboost = pytest.importorskip("xgboost")
    data, results = xgboost.DMatrix(X, Y), {}
    model = xgboost.train(
        {"eval_metric": ["rmse", "mae"], "nthread": 1}, data, 4,
        evals=[(data, "train")], evals_result=results, verbose_eval=False,
    )  # fmt: skip
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results))
    assert detect(path) == "boosting"
    run = imported(boosting.read(path))
    assert run.scalars("train/rmse").values.tolist() == list(results["train"]["rmse"])
    assert run.scalars("train/mae").steps.tolist() == [1, 2, 3, 4]
    taken = boosting.from_evals_result(results, name="mine")
    assert taken.scalars["train/mae"].values.tolist() == list(results["train"]["mae"])

    model.set_attr(best_iteration="2", note="größe")
    model.save_model(tmp_path / "xgb.json")
    assert detect(tmp_path / "xgb.json") == "xgboost"
    log = xgboost_model.read(tmp_path / "xgb.json")
    assert log.config["attributes"] == {"best_iteration": 2, "note": "größe"}
    assert log.config["booster"] == "gbtree"
    assert log.config["xgboost_version"] == [int(p) for p in xgboost.__version__.split(".")]
    assert log.config["trees"]["num_trees"] == "4"


def test_results_and_models_of_lightgbm_are_read(tmp_path: Path) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    results: dict[str, Any] = {}
    parameters = {"verbose": -1, "num_threads": 1, "learning_rate": 0.25, "min_data_in_leaf": 2}
    data = lightgbm.Dataset(X, Y, feature_name=["a", "b", "unused c"[-1]])
    model = lightgbm.train(parameters, data, 3, valid_sets=[data], valid_names=["fit"],
                           callbacks=[lightgbm.record_evaluation(results)])  # fmt: skip
    path = tmp_path / "evals_result.json"
    path.write_text(json.dumps(results))
    log = boosting.read(path)
    assert log.scalars["fit/l2"].values.tolist() == results["fit"]["l2"]

    model.save_model(tmp_path / "lgb.txt")
    (tmp_path / "lgb.json").write_text(json.dumps(model.dump_model()))
    theirs = dict(zip(model.feature_name(), model.feature_importance().tolist(), strict=True))
    for name in ("lgb.txt", "lgb.json"):
        assert detect(tmp_path / name) == "lightgbm"
        log = lightgbm_model.read(tmp_path / name)
        table = log.tables["feature_importance"][0]
        assert dict(zip(table["feature"], table["split"], strict=True)) == theirs
    config = lightgbm_model.read(tmp_path / "lgb.txt").config
    assert config["parameters"]["learning_rate"] == 0.25
    assert config["objective"].startswith("regression")


def test_results_of_cross_validation_are_read(tmp_path: Path) -> None:
    path = tmp_path / "evals_result.json"
    path.write_text('{"valid l2-mean": [1.5, 1.25], "valid l2-stdv": [0.5, null]}')
    assert detect(path) == "boosting"
    log = boosting.read(path)
    assert log.scalars["valid l2-mean"].values.tolist() == [1.5, 1.25]
    assert log.scalars["valid l2-stdv"].values.tolist() == [0.5]


@pytest.mark.parametrize("reader", [boosting, xgboost_model, lightgbm_model])
def test_other_files_are_refused(tmp_path: Path, reader: Any) -> None:
    path = tmp_path / "x.json"
    for text in ("[1]", "{}", '{"a": 1}', "{", "[" * 10_000, '{"a": ' * 10_000):
        path.write_text(text)
        assert not reader.sniff(path)
        with pytest.raises(DamagedFile, match="must"):
            reader.read(path)
