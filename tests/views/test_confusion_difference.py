from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

import bathyscope as bs
from bathyscope import views
from bathyscope.views.confusion_difference import ConfusionDifference


def _predicted(n: int, n_classes: int, right: float, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    true = np.random.default_rng(0).integers(0, n_classes, n)
    guess = rng.integers(0, n_classes, n)
    return true, np.where(rng.random(n) < right, true, guess)


def examples() -> dict[str, views.View]:
    true, before = _predicted(600, 8, 0.3, 1)
    _, after = _predicted(600, 8, 0.9, 2)
    classes = [f"a class with a name {i}" for i in range(8)]
    return {
        "eight classes": views.confusion_difference(true, before, after, classes=classes),
        "no change": views.confusion_difference(["a", "b"], ["a", "a"], ["a", "a"]),
    }


def test_the_difference_is_that_of_scikit_learns_matrices() -> None:
    true, before = _predicted(500, 6, 0.4, 1)
    _, after = _predicted(500, 6, 0.8, 2)
    view = views.confusion_difference(true, before, after)
    expected = confusion_matrix(true, after) - confusion_matrix(true, before)
    assert np.array_equal(view.difference, expected)
    mark = view.figure().panels[0].marks[0]
    assert mark.color.kind == "signed" and np.array_equal(mark.values, expected)


def test_samples_that_became_right_or_wrong_are_counted() -> None:
    view = views.confusion_difference([0, 0, 1, 1, 1], [0, 1, 0, 1, 0], [1, 0, 1, 1, 0])
    assert view.paired() == (5, 2, 1)
    assert "2 became right and 1 became wrong: accuracy +20.00%" in view.figure().note
    # Exactly the samples whose prediction changed are linked, to the cell they are in now.
    ids = view.figure().panels[0].marks[0].ids
    assert ids.values.tolist() == [0, 1, 2] and ids.elements.tolist() == [1, 0, 3]


def test_the_paired_interval_covers_the_truth() -> None:
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(300):
        draws = rng.choice(3, size=200, p=[0.75, 0.17, 0.08])  # same, better, worse: truth 0.09
        zeros = np.zeros(200, dtype=int)
        before = np.where(draws == 1, 1, 0)
        after = np.where(draws == 2, 1, 0)
        note = views.confusion_difference(zeros, before, after, classes=[0, 1]).figure().note
        low, high = (
            float(part.strip(" %(),paired.")) / 100
            for part in note.split("interval")[1].split("paired")[0].split(" to ")
        )
        covered += low <= 0.09 <= high
    assert 0.91 <= covered / 300 <= 0.99


def test_two_steps_of_a_run(recorded_run: Any) -> None:
    run = bs.open(recorded_run.path)
    steps = run.table_steps("predictions/test")
    view = run.confusion_difference(step=steps[2], before=steps[1])
    tables = [run.table("predictions/test", step=step) for step in steps[1:3]]
    matrices = [confusion_matrix(t["true"], t["predicted"], labels=range(10)) for t in tables]
    assert np.array_equal(view.difference, matrices[1] - matrices[0])
    (offer,) = ConfusionDifference.offers(run)
    assert offer.steps == steps[1:]


def test_two_runs(recorded_run: Any, slower_run: Any) -> None:
    view = bs.compare([recorded_run, slower_run]).confusion_difference()
    assert view.after.label == slower_run.name
    assert view.paired()[1] < view.paired()[2]  # the slower one is worse
    titles = [offer.title for offer in ConfusionDifference.compares([recorded_run, slower_run])]
    assert titles == ["Difference of the confusions, test samples"]
    with pytest.raises(ValueError, match="two runs"):
        bs.compare([recorded_run]).confusion_difference()
    with pytest.raises(bs.NotRecorded, match="they share test"):
        bs.compare([recorded_run, slower_run]).confusion_difference(split="train")


def test_runs_of_other_classes_are_not_compared(recorded_run: Any, run_writer: Any) -> None:
    writer = run_writer()
    writer.log_event("classes", names=["cat", "dog"])
    table = {"sample": [0], "true": [0], "predicted": [1]}
    writer.log_table("predictions/test", table, step=1)
    with pytest.raises(bs.NotRecorded, match="the same classes"):
        bs.compare([recorded_run, bs.open(writer.path)]).confusion_difference()


def test_other_samples_are_counted_but_not_paired() -> None:
    view = views.confusion_difference([0, 1], [0, 1], [0, 1])
    other = ConfusionDifference(
        view.before, type(view.after)("b", np.array([7, 8]), view.after.true, view.after.predicted),
        view.classes,
    )  # fmt: skip
    assert "share no sample" in other.figure().note
