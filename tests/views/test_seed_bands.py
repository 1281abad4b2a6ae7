from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Line
from bathyscope.runs import Run, RunWriter
from bathyscope.views import _bands
from bathyscope.views.seed_bands import SeedBands


def _losses(seed: int, rate: float, n: int = 60) -> Any:
    rng = np.random.default_rng(seed)
    return np.exp(-rate * np.arange(n)) + 0.2 + 0.05 * rng.normal(size=n).cumsum() / 5


def examples() -> dict[str, views.View]:
    groups = {
        f"lr={rate}": {f"run-{rate}-{seed}": {"loss": _losses(seed, rate)} for seed in range(5)}
        for rate in (0.03, 0.1)
    }
    broken = {f"s{i}": {"loss": _losses(i, 0.1)} for i in range(3)}
    broken["s1"]["loss"][40:] = np.nan
    return {
        "two groups": views.seed_bands(groups),
        "one run": views.seed_bands({"": {"a": {"loss": _losses(0, 0.1), "accuracy": [0.5]}}}),
        "a run that diverged": views.seed_bands({"all": broken}),
    }


@pytest.fixture
def make_runs(tmp_path: Path) -> Callable[..., list[Run]]:
    def make(configs: list[dict[str, Any]], steps: list[list[int]], value: Any) -> list[Run]:
        made = []
        for index, (config, at) in enumerate(zip(configs, steps, strict=True)):
            with RunWriter(tmp_path / f"run-{index}", config=config) as writer:
                for step in at:
                    writer.log_scalars({"loss": value(index, step)}, step=step)
            made.append(Run(tmp_path / f"run-{index}"))
        return made

    return make


def test_mean_and_interval_are_those_of_scipy() -> None:
    values = [_losses(seed, 0.1) for seed in range(6)]
    view = views.seed_bands({"": {f"s{i}": {"loss": v} for i, v in enumerate(values)}})
    columns = view.columns()
    interval = stats.ttest_1samp(np.stack(values), 0.0).confidence_interval(0.95)
    assert np.allclose(columns["mean"], np.mean(values, axis=0))
    assert np.allclose(columns["low"], interval.low, atol=1e-6)
    assert np.allclose(columns["high"], interval.high, atol=1e-6)
    assert columns["runs"].tolist() == [6] * 60


def test_runs_are_grouped_by_all_but_the_seed(make_runs: Any) -> None:
    configs = [
        {"lr": lr, "seed": seed, "data": {"random_state": seed}}
        for lr in (0.1, 0.2)
        for seed in range(3)
    ]
    runs = make_runs(configs, [[1, 2]] * 6, lambda run, step: float(run + step))
    view = bs.compare(runs).seed_bands("loss")
    assert list(view.groups) == ["lr=0.1", "lr=0.2"]
    assert view.columns()["mean"].tolist() == [2, 3, 5, 6]
    assert [offer.title for offer in SeedBands.compares(runs)] == ["loss: mean over seeds"]
    assert list(SeedBands.compares([runs[0], runs[3]])) == []


def test_of_many_metrics_a_few_are_offered_one_by_one(tmp_path: Path) -> None:
    runs = []
    for seed in range(2):
        with RunWriter(tmp_path / f"{seed}", config={"seed": seed}) as writer:
            names = [f"m{number:02d}" for number in range(30)]
            writer.log_scalars(dict.fromkeys([*names, "loss"], float(seed)), step=1)
        runs.append(Run(tmp_path / f"{seed}"))
    offers = list(SeedBands.compares(runs))
    assert [offer.options["names"] for offer in offers[:3]] == ["loss", "m00", "m01"]
    assert len(offers) == 7 and offers[-1].title == "12 of 25 more metrics: mean over seeds"
    figure = SeedBands.from_runs(runs, **offers[-1].options).figure()
    assert len(figure.panels) == 12 and "Not shown" not in figure.note
    figure = SeedBands.from_runs(runs, [f"m{number:02d}" for number in range(5, 30)]).figure()
    assert len(figure.panels) == 12
    assert "Not shown: m17, m18, m19, m20 and 9 more." in figure.note


def test_what_one_run_alone_recorded_has_no_mean_over_seeds(tmp_path: Path) -> None:
    runs = []
    for number, (lr, seed) in enumerate([(0.1, 0), (0.1, 1), (0.2, 0)]):
        config = {"lr": lr, "seed": seed}
        with RunWriter(tmp_path / f"{number}", config=config) as writer:
            writer.log_scalars({"loss": 1.0, f"own{seed}": 1.0}, step=1)
        runs.append(Run(tmp_path / f"{number}"))
    assert [offer.title for offer in SeedBands.compares(runs)] == ["loss: mean over seeds"]


def test_only_shared_steps_are_averaged(make_runs: Any) -> None:
    steps = [[1, 2, 3, 4], [2, 3, 4, 5]]
    runs = make_runs([{}, {}], steps, lambda run, step: 10.0 * run + step)
    columns = bs.compare(runs).seed_bands().columns()
    assert columns["step"].tolist() == [2, 3, 4] and columns["mean"].tolist() == [7, 8, 9]


def test_values_between_steps_lie_on_straight_lines_and_that_is_told(make_runs: Any) -> None:
    steps = [[0, 2, 4, 6], [1, 3, 5, 7]]
    runs = make_runs([{}, {}], steps, lambda run, step: float(step))
    view = bs.compare(runs).seed_bands()
    assert view.columns()["step"].tolist() == [2, 4, 6]
    assert view.columns()["mean"].tolist() == [2, 4, 6]
    assert "straight lines" in view.figure().panels[0].note


def test_a_step_without_a_finite_value_has_no_mean() -> None:
    columns = examples()["a run that diverged"].columns()
    assert np.isfinite(columns["mean"][:40]).all() and np.isnan(columns["mean"][40:]).all()


def test_every_run_is_drawn_behind_its_mean() -> None:
    marks = examples()["two groups"].figure().panels[0].marks
    assert all(isinstance(mark, Line) for mark in marks)
    assert [sum(mark.faint for mark in marks), len(marks)] == [10, 12]
    assert [m.label for m in marks if not m.faint] == ["lr=0.03 (n = 5)", "lr=0.1 (n = 5)"]


def test_epochs_must_be_known(make_runs: Any) -> None:
    runs = make_runs([{}], [[1]], lambda run, step: 1.0)
    with pytest.raises(bs.NotRecorded, match="needs the epochs of every run; run-0"):
        bs.compare(runs).seed_bands(x="epoch")
    with pytest.raises(ValueError, match="at least one group"):
        views.seed_bands({})


def test_of_many_groups_those_of_most_runs_are_drawn() -> None:
    losses = {"loss": [2.0, 1.0]}
    groups = {f"lr={i}": {"a": losses} for i in range(30)}
    groups["lr=0.5"] = {"a": losses, "b": losses}
    view = views.seed_bands(groups)
    figure = view.figure()
    labels = {mark.label for mark in figure.panels[0].marks if mark.label}
    assert len(labels) == 20
    assert "lr=0.5 (n = 2)" in labels
    assert "20 of 31 groups are drawn" in figure.note
    assert len(set(view.columns()["group"])) == 31


@pytest.mark.parametrize("x", ["step", "epoch"])
@pytest.mark.parametrize("shift", [0, 1, 5000])
def test_long_metrics_have_the_mean_they_have_with_every_point(
    tmp_path: Path, x: Any, shift: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, runs = np.random.default_rng(0), []
    for seed in range(3):
        steps = 2 * np.arange(8000) + 1 + shift * seed
        values = rng.normal(size=8000)
        values[[100, 3000 + seed]] = 50.0, np.nan
        with RunWriter(tmp_path / f"run-{seed}", config={"seed": seed}) as writer:
            writer.log_scalar_columns(
                {"loss": (steps, values), "epoch": (steps[9::10], steps[9::10] / 100)}
            )
        runs.append(Run(tmp_path / f"run-{seed}"))
    whole = SeedBands.from_runs(runs, "loss", x=x)
    module = sys.modules[SeedBands.__module__]
    monkeypatch.setattr(module, "MOST_HELD", 1000)
    monkeypatch.setattr(module, "COLUMNS", 0)
    monkeypatch.setattr(module, "LEAST_COLUMNS", 40)
    monkeypatch.setattr(_bands, "PIECE", 1500)
    long = SeedBands.from_runs(runs, "loss", x=x)
    columns = whole.columns()
    for name, column in long.columns().items():
        assert np.array_equal(column, columns[name], equal_nan=name in ("mean", "low", "high"))
    panel, expected = long.figure().panels[0], whole.figure().panels[0]
    assert panel.note.startswith(expected.note)
    assert "8,000 points; held are those that stand out" in panel.note
    mean = panel.marks[-1]
    assert 100 < len(mean.x) < 1500 and all(len(mark.x) < 400 for mark in panel.marks[:-1])
    rows = np.searchsorted(columns[x], mean.x)
    for name, curve in {"mean": mean.y, "low": mean.low, "high": mean.high}.items():
        assert np.array_equal(curve, columns[name][rows], equal_nan=True)
        assert np.nanmax(curve) == np.nanmax(columns[name])
        assert np.nanmin(curve) == np.nanmin(columns[name])
