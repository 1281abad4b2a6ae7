"""What holds for the pictures every view offers of a real run."""

from __future__ import annotations

from typing import Any

import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import mpl

WITH_OFFERS = [name for name, view in views.registry().items() if hasattr(view, "from_run")]


@pytest.fixture
def whole_run(name: str, recorded_run: Any, record_ranks: Any) -> Any:
    """Give a whole training; for what shows ranks, one of several."""
    if name == "rank_metrics":
        return record_ranks({rank: {"loss": [2.0 + rank, 1.0]} for rank in range(2)})
    return recorded_run


@pytest.mark.parametrize("name", WITH_OFFERS)
def test_every_view_offers_pictures_of_a_whole_run(name: str, whole_run: Any) -> None:
    view = views.registry()[name]
    offers = list(view.offers(whole_run))
    assert offers
    assert len({offer.title for offer in offers}) == len(offers)
    for offer in offers:
        assert list(offer.steps) == sorted(offer.steps)
        for step in offer.steps[:1] + offer.steps[-1:] or (None,):
            options = dict(offer.options) if step is None else {**offer.options, "step": step}
            figure = view.from_run(whole_run, **options).figure()
            assert figure.title
        mpl.draw(figure)


@pytest.mark.parametrize("name", WITH_OFFERS)
def test_no_view_offers_pictures_of_an_empty_run(name: str, run_writer: Any) -> None:
    run = bs.open(run_writer("empty").path)
    assert list(views.registry()[name].offers(run)) == []
