from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Matrix
from bathyscope.runs import RunWriter


def _shares(size: int, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.clip(np.cumsum(np.random.default_rng(seed).normal(0, 0.02, size)), 0, 1)


def examples() -> dict[str, views.View]:
    deep = {f"encoder/block{i:02d}/activation": _shares(900, i) for i in range(30)}
    broken = {"hidden/kernel": [0.0, 3.0, 4096.0], "出力/bias": [0.0, 0.0, 10.0]}
    return {
        "few": views.training_health({"hidden": _shares(20), "output": _shares(20, 1)}),
        "deep": views.training_health(deep, kind="activation_zeros"),
        "one point": views.training_health({"hidden": 0.25}),
        "none bad": views.training_health({"a": [0, 0], "b": [0, 0]}, kind="weight_nonfinite"),
        "broken": views.training_health(broken, kind="gradient_nonfinite"),
        "deviations": views.training_health(
            {"a": [1, 0.1, 0], "b": [np.nan, 2, np.inf]}, kind="weight_std"
        ),
    }


def panel_of(view: views.View) -> Any:
    return view.figure().panels[0]


def test_shares_are_shown_from_none_to_all() -> None:
    view = views.training_health({"a": [0.1, 0.2], "b": [0.0, 0.05]}, steps=[0, 7])
    mark = panel_of(view).marks[0]
    assert isinstance(mark, Matrix)
    assert mark.values.tolist() == [[0.1, 0.2], [0.0, 0.05]]
    assert (mark.color.low, mark.color.high) == (0, 1)
    assert mark.ids.kind == "layer" and panel_of(view).x.label == "step"
    assert view.figure().title == "Share of dead units per layer and step"


def test_what_is_not_finite_is_counted_in_words() -> None:
    shown = panel_of(views.training_health({"a": [0, 0], "b": [0, 7]}, kind="gradient_nonfinite"))
    assert shown.note.startswith("NaN or infinite in 1 of 2 rows, at most 7 values (b).")
    assert shown.marks[0].values[1, 1] == np.log10(7)
    none = panel_of(views.training_health({"a": [0, 0]}, kind="gradient_nonfinite"))
    assert none.note == "None in 2 readings."


def test_a_run_shows_what_it_recorded_in_the_order_of_the_model(tmp_path: Any) -> None:
    with RunWriter(tmp_path / "r", config={}) as writer:
        layers = [{"name": n, "kind": "Dense", "parameters": []} for n in ("z", "a")]
        writer.log_event("model", layers=layers)
        for step, share in ((0, 0.0), (5, 0.5)):
            dead = {"activation_dead/a": share, "activation_dead/z": 0.0}
            writer.log_scalars({**dead, "gradient_nonfinite/a/kernel": 0.0}, step=step)
    run = bs.open(tmp_path / "r")
    view = run.training_health()
    assert sorted(item.name for item in view.series) == ["a", "z"]
    assert {item.name: item.values.tolist() for item in view.series}["a"] == [0.0, 0.5]
    offered = [offer.title for offer in views.TrainingHealth.offers(run)]
    assert offered == ["Dead units, by layer"]  # nothing was infinite, so nothing is said of it
    with pytest.raises(bs.NotRecorded, match="must hold the scalars `weight_std/<name>`"):
        run.training_health(kind="weight_std")
