from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Note, Tiles
from bathyscope.views.forgetting import Forgetting


def _history(n_steps: int, n_samples: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    hard = rng.uniform(0, 1, n_samples) ** 2
    progress = np.linspace(0.1, 1, n_steps)[:, None]
    loss = np.exp(3 * (hard - progress)) * rng.uniform(0.5, 1.5, (n_steps, n_samples))
    return loss < 0.7, loss


def examples() -> dict[str, views.View]:
    right, loss = _history(12, 300)
    names = [f"class {i % 7}" for i in range(300)]
    unknown = right.astype(float)
    unknown[3, ::2] = np.nan
    return {
        "three hundred samples": views.forgetting(right, loss=loss, true=names),
        "no losses, some unknown": views.forgetting(unknown, subject="test samples"),
        "all right": views.forgetting(np.ones((2, 3))),
    }


def test_events_are_those_counted_one_by_one() -> None:
    right, _ = _history(15, 80)
    view = views.forgetting(right, steps=range(0, 150, 10))
    for sample in range(80):
        history = right[:, sample].tolist()
        times = sum(a and not b for a, b in pairwise(history))
        assert view.forgotten[sample] == times
        first = 10 * history.index(True) if True in history else -1
        assert view.learned_at[sample] == first
        if True not in history:
            assert view.kind[sample] == "never learned"
        elif times:
            assert view.kind[sample] == "forgotten"
        else:
            assert view.kind[sample] == ("learned late" if False in history else "always right")


def test_an_unknown_step_is_passed_over() -> None:
    view = views.forgetting([[1, 1, 0], [np.nan, np.nan, np.nan], [0, 1, 1]])
    assert view.forgotten.tolist() == [1, 0, 0]
    assert "3 predictions not recorded." in view.figure().note


def test_shares_over_the_steps() -> None:
    view = views.forgetting([[0, 1, 0, 1], [1, 0, 0, 1]])
    right, learned, forgotten = view.figure().panels[0].marks
    assert right.y.tolist() == [0.5, 0.5]
    assert learned.y.tolist() == [0, 0.25] and forgotten.y.tolist() == [0, 0.25]


def test_the_hardest_come_first() -> None:
    right, loss = _history(12, 300)
    view = views.forgetting(right, loss=loss)
    at = view.hardest("forgotten")
    assert (np.diff(view.forgotten[at]) <= 0).all()
    once = at[view.forgotten[at] == 1]
    assert (np.diff(loss[:, once].mean(axis=0)) <= 0).all()


def test_a_bar_holds_its_samples() -> None:
    view = examples()["three hundred samples"]
    bars = view.figure().panels[1].marks[0]
    assert np.array_equal(bars.heights, np.bincount(view.forgotten))
    assert np.array_equal(bars.ids.elements, view.forgotten)


def test_a_recorded_run(recorded_run: Any) -> None:
    run = bs.open(recorded_run.path)
    view = run.forgetting()
    steps = run.table_steps("predictions/test")
    tables = [run.table("predictions/test", step=step) for step in steps]
    right = np.stack([table["true"] == table["predicted"] for table in tables])
    assert np.array_equal(view.right, right)
    assert np.array_equal(view.loss[-1], tables[-1]["loss"])
    assert view.true[0].startswith("digit ")
    (offer,) = Forgetting.offers(run)
    assert offer.options == {"split": "test"}


def test_samples_that_can_be_looked_at_are_shown(run_writer: Any) -> None:
    writer = run_writer()
    images = np.random.default_rng(0).random((4, 8, 8))
    writer.log_arrays("inputs/test", {"sample": np.arange(4), "inputs": images}, step=0)
    for step, predicted in ((1, [0, 1, 1, 1]), (2, [1, 1, 0, 1])):
        table = {"sample": np.arange(4), "true": [0, 0, 1, 1], "predicted": predicted}
        writer.log_table("predictions/test", table, step=step)
    panels = bs.open(writer.path).forgetting().figure().panels
    never, forgotten = panels[2:]
    assert isinstance(never.marks[0], Tiles) and isinstance(forgotten.marks[0], Tiles)
    assert np.array_equal(never.marks[0].images[0], images[1].astype(np.float32))
    assert forgotten.marks[0].ids.values.tolist() == [0, 2]


def test_nothing_forgotten_is_said_and_bad_input_told(run_writer: Any) -> None:
    panels = examples()["all right"].figure().panels
    assert all(isinstance(panel.marks[0], Note) for panel in panels[2:])
    with pytest.raises(ValueError, match="two steps or more"):
        views.forgetting([[1, 0]])
    with pytest.raises(ValueError, match="`loss` and `steps` must fit"):
        views.forgetting(np.ones((2, 3)), loss=np.ones((2, 2)))
    writer = run_writer()
    table = {"sample": [0], "true": [0], "predicted": [0]}
    writer.log_table("predictions/test", table, step=1)
    with pytest.raises(bs.NotRecorded, match="at two steps or more"):
        bs.open(writer.path).forgetting()
