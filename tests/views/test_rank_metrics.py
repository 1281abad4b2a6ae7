from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.views.rank_metrics import RankMetrics


def _loss(rank: int, n: int = 60) -> Any:
    rng = np.random.default_rng(rank)
    return np.exp(-0.1 * np.arange(n)) + 0.2 + 0.02 * rng.normal(size=n)


def examples() -> dict[str, views.View]:
    many = {rank: _loss(rank) for rank in range(64)}
    many[17] = many[17] + 0.3
    many[40][30:] = np.nan
    behind = {0: _loss(0), 1: _loss(1, 40)}
    return {
        "two ranks": views.rank_metrics({"loss": {0: _loss(0), 1: _loss(1)}}),
        "one of many strays": views.rank_metrics({"loss": many, "accuracy": {0: [0.5], 1: [0.6]}}),
        "one is behind": views.rank_metrics({"loss": behind}),
    }


def test_each_rank_has_a_curve_of_what_it_recorded(record_ranks: Any) -> None:
    logged = {0: {"loss": [3.0, 2.0], "lr": [0.1]}, 1: {"loss": [5.0, 4.0, 1.0]}}
    run = bs.open(record_ranks(logged).path)
    offers = [(offer.title, offer.options) for offer in RankMetrics.offers(run)]
    assert offers == [("loss by rank", {"names": "loss"})], "rank 0 alone knows the rate"
    figure = run.rank_metrics("loss").figure()
    assert [mark.label for mark in figure.panels[0].marks] == ["rank 0", "rank 1"]
    assert [mark.y.tolist() for mark in figure.panels[0].marks] == [[3, 2], [5, 4, 1]]
    assert "1 rank of 2 did not reach step 3; rank 0 got to 2." in figure.panels[0].note
    # What one curve shows of both is what rank 1 said, as the note has it.
    assert run.scalars("loss").values.tolist() == [5, 4, 1]
    assert "the rank that joined last of those that recorded it" in figure.note
    assert "the last of all is rank 1." in figure.note
    assert "the value of the rank that joined last is drawn" in run.metrics("loss").figure().note
    assert run.metrics("lr").figure().note == "", "rank 0 alone recorded it"
    frame = run.rank_metrics().to_frame()
    assert frame["rank"].tolist() == [0, 0, 1, 1, 1]


def test_long_curves_are_drawn_by_their_extremes() -> None:
    values = {rank: np.random.default_rng(rank).normal(size=50_000) for rank in range(2)}
    values[1][[7, 31_000]] = 40.0, np.nan
    view = views.rank_metrics({"loss": values})
    (panel,) = view.figure().panels
    assert all(len(mark.x) <= 10_000 for mark in panel.marks)
    for mark, full in zip(panel.marks, values.values(), strict=True):
        np.testing.assert_array_equal(mark.y, full[mark.x.astype(int) - 1])
        assert (np.nanmin(mark.y), np.nanmax(mark.y)) == (np.nanmin(full), np.nanmax(full))
    assert np.isnan(panel.marks[1].y).sum() == 1
    assert "50,000 points, drawn by the first, last, smallest and largest value" in panel.note
    assert len(view.columns()["value"]) == 100_000, "a file holds all"


def test_of_many_ranks_those_that_stray_are_in_colour() -> None:
    figure = examples()["one of many strays"].figure()
    marks = figure.panels[0].marks
    coloured = {mark.label for mark in marks if not mark.faint}
    assert {"rank 17", "rank 40"} < coloured and len(coloured) == 5
    assert {mark.label for mark in marks if mark.faint} == {"the other 59 ranks"}
    assert [mark.faint for mark in marks] == [True] * 59 + [False] * 5, "in colour lies above"
    assert "the 5 of 64 ranks" in figure.note
    assert "Rank 40: not finite: 30 NaN of 60 values, the first at step 31." in (
        figure.panels[0].note
    )


def test_a_run_of_one_process_has_no_ranks(record_ranks: Any) -> None:
    alone = record_ranks({0: {"loss": [1.0]}})
    assert list(RankMetrics.offers(alone)) == []
    with pytest.raises(bs.NotRecorded, match="on every rank"):
        bs.open(alone.path).rank_metrics()


def test_bad_input_is_told(record_ranks: Any) -> None:
    with pytest.raises(ValueError, match="at least one rank"):
        views.rank_metrics({})
    with pytest.raises(ValueError, match=r"`loss` of rank 3 must be .* got shape \(0,\)"):
        views.rank_metrics({"loss": {3: []}})
    run = bs.open(record_ranks({0: {"loss": [1.0]}, 1: {"loss": [1.0]}}).path)
    with pytest.raises(bs.NotRecorded, match="loss"):
        run.rank_metrics("los")


def test_long_metrics_of_ranks_draw_what_they_draw_with_every_value(
    record_ranks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    losses = rng.normal(size=(12, 2500))
    losses[3, 7], losses[5, 2000] = np.nan, 60.0
    ranks = {rank: {"loss": losses[rank].tolist()} for rank in range(12)}
    run = bs.open(record_ranks(ranks).path)
    whole = run.rank_metrics("loss")
    module = sys.modules[RankMetrics.__module__]
    monkeypatch.setattr(module, "ALL_COLUMNS", 0)
    expected = whole.figure()
    monkeypatch.setattr(module, "MOST_HELD", 10_000)
    long = run.rank_metrics("loss")
    assert all(len(item.values) <= 5 * module.LEAST_COLUMNS for item in long.series)
    found = long.figure()
    assert found.note == expected.note and found.panels[0].note == expected.panels[0].note
    assert "2,500 points, drawn by" in found.panels[0].note
    for mark, other in zip(found.panels[0].marks, expected.panels[0].marks, strict=True):
        assert (mark.label, mark.tone) == (other.label, other.tone)
        assert np.array_equal(mark.x, other.x)
        assert np.array_equal(mark.y, other.y, equal_nan=True)
    for name, column in whole.columns().items():
        assert np.array_equal(long.columns()[name], column, equal_nan=name == "value")
