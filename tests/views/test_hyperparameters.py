from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Note
from bathyscope.runs import RunWriter
from bathyscope.views._configs import flat_config, groups_but_seed, varied
from bathyscope.views._runs import run_configs, run_labels
from bathyscope.views.hyperparameters import Hyperparameters


def _sweep(n: int) -> tuple[dict[str, Any], dict[str, float]]:
    rng = np.random.default_rng(0)
    configs, results = {}, {}
    for index in range(n):
        rate = float(10 ** rng.uniform(-5, -1))
        config: dict[str, Any] = {
            "optimizer": {"name": ["adam", "sgd", "adamw"][index % 3], "learning_rate": rate},
            "dropout": float(rng.uniform(0, 0.5)),
            "nesterov": bool(index % 2),
            "width": int(rng.choice([64, 128, 256])),
        }
        if index % 5:
            config["decay"] = 1e-4 * (index % 7)
        configs[f"run-{index}"] = config
        results[f"run-{index}"] = float((np.log10(rate) + 3) ** 2 / 4 + rng.normal() * 0.1 + 0.5)
    return configs, results


def examples() -> dict[str, views.View]:
    configs, results = _sweep(40)
    results["run-3"] = float("nan")
    results["run-4"] = float("inf")
    none = dict.fromkeys(results, float("nan"))
    return {
        "a sweep": views.hyperparameters(configs, results, label="last val_loss"),
        "two runs": views.hyperparameters({"a": {"lr": 1}, "b": {"lr": 2}}, {"a": 1.0, "b": 2.0}),
        "all diverged": views.hyperparameters(configs, none),
    }


def test_configs_are_flattened_and_compared() -> None:
    configs = [{"a": {"b": 1, "c": [1, 2]}, "d": "x"}, {"a": {"b": 2, "c": [1, 2]}}]
    assert flat_config(configs[0]) == {"a.b": 1.0, "a.c": "[1, 2]", "d": "x"}
    found = {item.name: item for item in varied(configs)}
    assert set(found) == {"a.b", "d"}
    assert found["a.b"].numbers().tolist() == [1, 2] and found["d"].values == ("x", None)


def test_groups_differ_in_more_than_the_seed() -> None:
    configs = [{"lr": lr, "train": {"seed": seed}} for lr in (1, 2) for seed in (3, 4)]
    assert groups_but_seed(configs) == {"lr=1": [0, 1], "lr=2": [2, 3]}


def test_long_settings_are_cut_unless_groups_would_be_called_the_same() -> None:
    layers = [str(list(range(n))) for n in (60, 61)]
    apart = groups_but_seed([{"layers": layers[0]}, {"layers": "[]"}])
    assert list(apart.values()) == [[0], [1]]
    assert all(len(label) < 60 for label in apart)
    alike = ["a" * 50 + middle + "b" * 50 for middle in "12"]
    assert list(groups_but_seed([{"x": each} for each in alike])) == [f"x={each}" for each in alike]


def test_correlations_are_those_of_scipy() -> None:
    configs, results = _sweep(30)
    figure = views.hyperparameters(configs, results).figure()
    (panel,) = [panel for panel in figure.panels if panel.title == "dropout"]
    x = [config["dropout"] for config in configs.values()]
    rho = stats.spearmanr(x, list(results.values())).statistic
    assert f"ρ = {rho:+.2f}" in panel.note and "30 runs" in panel.note


def test_settings_are_drawn_as_they_are() -> None:
    configs, results = _sweep(30)
    panels = {
        panel.title: panel for panel in views.hyperparameters(configs, results).figure().panels
    }
    rate = panels["optimizer.learning_rate"]
    assert rate.x.scale == "log"
    drawn = np.concatenate([mark.x for mark in rate.marks])
    assert sorted(drawn) == sorted(c["optimizer"]["learning_rate"] for c in configs.values())
    assert panels["optimizer.name"].x.categories == ("adam", "adamw", "sgd")
    assert "6 runs have no such setting." in panels["decay"].note


def test_parallel_coordinates_span_each_axis() -> None:
    configs = {"a": {"lr": 0.001}, "b": {"lr": 0.1}, "c": {"lr": 0.01}}
    panel = views.hyperparameters(configs, {"a": 1.0, "b": 3.0, "c": 2.0}).figure().panels[0]
    heights = {mark.ids.values[0]: mark.y.tolist() for mark in panel.marks}
    assert heights["a"] == [0, 0] and heights["b"] == [1, 1]
    assert heights["c"] == pytest.approx([0.5, 0.5])  # the middle of a logarithmic axis
    lr, result = panel.coordinates
    assert (lr.label, lr.scale, lr.domain) == ("lr", "log", (0.001, 0.1))
    assert (result.label, result.scale, result.domain) == ("result", "linear", (1.0, 3.0))


def test_each_axis_of_parallel_coordinates_has_its_own_ends() -> None:
    configs = {
        "a": {"opt": "sgd", "same": 2.0, "n": 8, "lost": math.nan},
        "b": {"opt": "adam", "same": 2.0, "n": 16},
        "c": {"opt": "sgd", "n": 24},
    }
    view = views.hyperparameters(configs, {"a": 0.001, "b": 1.0, "c": math.inf})
    panel = view.figure().panels[0]
    axes = {axis.label: axis for axis in panel.coordinates}
    assert axes["opt"].categories == ("adam", "sgd")
    assert axes["same"].domain == (1.0, 3.0)  # one value stands in the middle
    assert axes["n"].domain == (8.0, 24.0)
    assert "lost" not in axes
    assert "Not drawn: lost." in view.figure().note
    assert (axes["result"].scale, axes["result"].domain) == ("log", (0.001, 1.0))
    names = [axis.label for axis in panel.coordinates]
    heights = {mark.ids.values[0]: dict(zip(names, mark.y, strict=True)) for mark in panel.marks}
    assert (heights["a"]["opt"], heights["a"]["n"], heights["a"]["same"]) == (1, 0, 0.5)
    assert (heights["b"]["opt"], heights["b"]["n"], heights["b"]["result"]) == (0, 0.5, 1)
    assert math.isnan(heights["c"]["same"])
    assert math.isnan(heights["c"]["result"])


def test_results_that_span_decades_are_drawn_on_a_logarithmic_axis() -> None:
    configs = {f"r{i}": {"n": i} for i in range(4)}
    for most, scale in ((100.0, "log"), (2.0, "linear")):
        results = dict(zip(configs, np.geomspace(1, most, 4), strict=True))
        (scatter,) = views.hyperparameters(configs, results).figure().panels[1:]
        assert scatter.y.scale == scale
        assert scatter.x.integers


def test_what_only_names_a_run_is_no_setting() -> None:
    configs = [
        {"seed": seed, "lr": lr, "out": {"run_dir": f"/out/{lr}/{seed}"}, "model_id": "m"}
        for seed in range(3)
        for lr in (0.1, 0.2)
    ]
    assert list(groups_but_seed(configs)) == ["lr=0.1", "lr=0.2"]
    view = views.hyperparameters(
        {f"r{i}": config for i, config in enumerate(configs)}, {f"r{i}": 1.0 for i in range(6)}
    )
    assert [item.name for item in view.settings] == ["seed", "lr"]
    assert "its own: out.run_dir." in view.figure().note
    two = [{"model_id": "a"}, {"model_id": "a"}, {"model_id": "b"}]  # it groups runs: a setting
    assert list(groups_but_seed(two)) == ["model_id=a", "model_id=b"]


def test_many_lines_are_faint() -> None:
    n = 300
    configs = {f"r{i}": {"n": i} for i in range(n)}
    view = views.hyperparameters(configs, {f"r{i}": float(i) for i in range(n)})
    assert all(mark.faint for mark in view.figure().panels[0].marks)


def test_the_best_quarter_stands_out() -> None:
    configs = {f"r{i}": {"i": i} for i in range(8)}
    view = views.hyperparameters(configs, {f"r{i}": float(i) for i in range(8)})
    assert np.flatnonzero(view.best_runs()).tolist() == [0, 1]
    results = {f"r{i}": float(i) for i in range(7)}
    view = views.hyperparameters(configs, results, goal="max")
    assert np.flatnonzero(view.best_runs()).tolist() == [5, 6]


def test_runs_that_diverged_are_told() -> None:
    assert "2 runs without a finite result" in examples()["a sweep"].figure().panels[0].note
    (mark,) = examples()["all diverged"].figure().panels[0].marks
    assert isinstance(mark, Note) and "No run has a finite" in mark.text


def test_from_runs(tmp_path: Path) -> None:
    configs, results = _sweep(6)
    for name, config in configs.items():
        with RunWriter(tmp_path / name, config={**config, "path": f"/{name}"}) as writer:
            writer.log_scalars({"val_loss": results[name] + 1}, step=1)
            writer.log_scalars({"val_loss": results[name]}, step=2)
    runs = bs.compare(tmp_path)
    view = runs.hyperparameters()
    found = dict(zip(view.runs, view.result, strict=True))
    assert found == results and view.label == "last val_loss" and view.goal == "min"
    assert [offer.title for offer in Hyperparameters.compares(runs.runs)] == ["Hyperparameters"]
    assert list(Hyperparameters.compares(runs.runs[:1])) == []
    with pytest.raises(bs.NotRecorded, match="must differ in a setting"):
        bs.compare(runs.runs[:1]).hyperparameters()


def test_settings_that_name_a_run_are_left_out() -> None:
    configs = {f"r{i}": {"path": f"/{i}", "lr": i} for i in range(20)}
    view = views.hyperparameters(configs, {f"r{i}": 1.0 for i in range(20)})
    assert [item.name for item in view.settings] == ["lr"]
    assert "its own: path." in view.figure().note


class _Run:
    """The few things that are asked of a run to tell it from others."""

    def __init__(self, path: str, config: dict[str, Any], name: str = "") -> None:
        self.path, self.name, self.config = Path(path), name or Path(path).name, config


def test_runs_of_one_name_are_told_apart_by_their_folders() -> None:
    runs: Any = [_Run(path, {}) for path in ("/a/x/train", "/a/y/train", "/a/test", "/a/test")]
    assert run_labels(runs) == ("x/train", "y/train", "test", "test (2)")
    deep: Any = [_Run(f"/a/{x}/seed/{y}/train", {}) for x, y in (("m", 0), ("m", 1), ("n", 0))]
    assert run_labels(deep) == ("m/seed/0/train", "m/seed/1/train", "n/seed/0/train")
    far: Any = [_Run(f"/a/{x}/deep/er/train", {}) for x in "mn"]
    assert run_labels(far) == ("m/.../train", "n/.../train")
    within: Any = [_Run(path, {}) for path in ("/a/train", "/a/train/train")]
    assert run_labels(within) == ("train", "train (2)")


@pytest.mark.parametrize(
    ("configs", "labels"),
    [
        ([{"lr": 0.1, "x": 1}, {"lr": 0.2, "x": 1}], ("mlp (lr=0.1)", "mlp (lr=0.2)")),
        (
            [{"opt": {"lr": a}, "b": b} for a, b in ((1, "u"), (1, "v"), (2, "u"))],
            ("mlp (lr=1, b=u)", "mlp (lr=1, b=v)", "mlp (lr=2, b=u)"),
        ),
        ([{"path": "/x" * 20}, {"path": "/y" * 20}], ("mlp (r0)", "mlp (r1)")),
        ([{"lr": 0.1}, {}], ("mlp (r0)", "mlp (r1)")),
        ([{}, {}], ("mlp (r0)", "mlp (r1)")),
    ],
)
def test_runs_that_people_named_alike_are_told_apart_by_settings(
    configs: list[dict[str, Any]], labels: tuple[str, ...]
) -> None:
    runs: Any = [_Run(f"/a/r{index}", one, "mlp") for index, one in enumerate(configs)]
    assert run_labels(runs) == labels
    other: Any = _Run("/a/other", {}, "mlp (lr=0.1)")
    assert len(set(run_labels([*runs, other]))) == len(runs) + 1


def test_runs_that_nothing_tells_apart_are_numbered() -> None:
    runs: Any = [_Run("/a/file.db", {}, "x"), _Run("/a/file.db", {}, "x (2)")]
    runs += [_Run("/a/file.db", {}, "x"), _Run("/a/file.db", {}, "x")]
    assert run_labels(runs) == ("x", "x (2)", "x (3)", "x (4)")


def test_metrics_in_a_folder_have_the_settings_of_the_folder_around() -> None:
    runs: Any = [_Run("/a/run-0", {"lr": 1}), _Run("/a/run-0/train", {}), _Run("/a/run-1", {})]
    assert run_configs(runs) == [{"lr": 1}, {"lr": 1}, {}]


def test_runs_without_the_metric_are_named_and_not_taken_for_diverged(tmp_path: Path) -> None:
    for index in range(3):
        with RunWriter(tmp_path / f"r{index}", config={"lr": index}) as writer:
            writer.log_scalars({"val_loss" if index else "other": 1.0 + index}, step=1)
    view = bs.compare(tmp_path).hyperparameters(metric="val_loss")
    assert view.runs == ("r1", "r2") and view.result.tolist() == [2, 3]
    assert "Without val_loss: r0." in view.figure().note
