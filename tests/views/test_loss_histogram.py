"""The histogram of losses: NumPy's counts, edges that never move, samples behind each bar."""

from __future__ import annotations

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Bars, Note


def examples() -> dict[str, views.View]:
    rng = np.random.default_rng(1)
    loss = rng.lognormal(-3, 2, 900)
    return {
        "right and wrong": views.loss_histogram(loss, wrong=loss > 0.7),
        "unjudged": views.loss_histogram(loss[:30]),
        "one": views.loss_histogram([0.3]),
        "certain and broken": views.loss_histogram([0.0, 1e-9, np.inf, np.nan, 2.0]),
        "nothing finite": views.loss_histogram([np.nan, np.inf]),
    }


def bars_of(view: views.View) -> list[Bars]:
    return list(view.figure().panels[0].marks)  # pyright: ignore[reportReturnType]


def test_counts_are_those_of_numpy(rng: np.random.Generator) -> None:
    loss = rng.lognormal(-2, 2, 2000)
    wrong = rng.random(2000) < 0.2
    view = views.loss_histogram(loss, wrong=wrong)
    known, _ = np.histogram(loss, view.edges)
    everything, mistakes = bars_of(view)
    np.testing.assert_array_equal(everything.heights, known)
    np.testing.assert_array_equal(mistakes.heights, np.histogram(loss[wrong], view.edges)[0])
    assert known.sum() == 2000
    assert mistakes.part and not everything.part
    columns = view.columns()
    np.testing.assert_array_equal(columns["samples"], known)
    assert (view.edges[0] <= loss.min()) and (loss.max() < view.edges[-1])


def test_edges_are_powers_of_ten_whatever_the_losses(rng: np.random.Generator) -> None:
    for scale in (1e-4, 1.0, 30.0):
        tenths = 5 * np.log10(views.loss_histogram(rng.random(50) * scale).edges)
        np.testing.assert_allclose(tenths, np.rint(tenths), atol=1e-6)
    assert views.loss_histogram([1.0]).edges[0] == pytest.approx(1.0)


def test_each_bar_stands_for_its_samples(rng: np.random.Generator) -> None:
    loss = rng.lognormal(0, 1, 100)
    view = views.loss_histogram(loss, wrong=loss > 1, sample=np.arange(100) + 40)
    everything, mistakes = bars_of(view)
    for mark, which in ((everything, loss >= 0), (mistakes, loss > 1)):
        for bar, (low, high) in enumerate(zip(view.edges, view.edges[1:], strict=False)):
            inside = np.flatnonzero((loss >= low) & (loss < high) & which) + 40
            assert sorted(mark.ids.values[mark.ids.elements == bar]) == inside.tolist()


def test_what_is_not_finite_or_next_to_nothing_is_said() -> None:
    view = views.loss_histogram([0.0, 1e-9, np.inf, np.nan, 2.0])
    note = view.figure().note
    assert "2 losses below 1e-06 in the first bar." in note
    assert "1 NaN and 1 infinite of 5 values" in note
    assert bars_of(view)[0].heights[0] == 2 and bars_of(view)[0].heights.sum() == 3
    assert isinstance(views.loss_histogram([np.nan]).figure().panels[0].marks[0], Note)


def test_a_run_shows_its_losses(recorded_run) -> None:
    run = bs.open(recorded_run.path)
    view = run.loss_histogram(split="test")
    table = run.table("predictions/test")
    np.testing.assert_array_equal(view.loss, table["loss"])
    np.testing.assert_array_equal(view.wrong, table["true"] != table["predicted"])
    titles = [offer.title for offer in views.LossHistogram.offers(run)]
    assert "Losses of single test samples" in titles


def test_losses_that_are_not_recorded_are_named(run_writer) -> None:
    writer = run_writer()
    writer.log_table("predictions/test", {"sample": [0], "true": [0], "predicted": [0]}, step=1)
    run = bs.open(writer.path)
    assert list(views.LossHistogram.offers(run)) == []
    with pytest.raises(bs.NotRecorded, match="must have a column `loss`"):
        run.loss_histogram()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([-1.0, 2.0],), "0 or more per sample"),
        (([[1.0]],), r"got shape \(1, 1\)"),
    ],
)
def test_bad_losses_are_refused(arguments, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        views.loss_histogram(*arguments)
    with pytest.raises(ValueError, match="`wrong` must have the shape"):
        views.loss_histogram([1.0], wrong=[True, False])
