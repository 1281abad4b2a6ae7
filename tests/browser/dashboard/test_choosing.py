"""Galleries of more samples than a page holds: what a reader asks is asked of all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bathyscope as bs

N = 1200
CARD = "Predictions of test samples"


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    """Scores of two steps, and the truth."""
    rng = np.random.default_rng(5)
    scores = [rng.dirichlet(np.ones(4), N) for _ in range(2)]
    return {"scores": scores, "true": rng.integers(0, 4, N), "amount": rng.permutation(N)}


@pytest.fixture(scope="module")
def galleries(serve: Callable[..., Any], known: Any, tmp_path_factory: Any) -> Any:
    """One run of images, one of tables."""
    root = tmp_path_factory.mktemp("galleries")
    images = np.random.default_rng(6).integers(0, 255, (N, 6, 6), dtype=np.uint8)
    shown = {"images": {"inputs": images}, "tables": {"show": {"amount": known["amount"]}}}
    for name, options in shown.items():
        run = bs.record(name, runs_dir=root)
        for step, scores in enumerate(known["scores"]):
            run.evaluate_scores(scores, known["true"], step=step, **options)
        run.finish()
    return serve(Path(root), "--read-only")


def card_of(page: Any, name: str = CARD) -> Any:
    return page.get_by_role("article", name=name, exact=True)


def said(card: Any) -> str:
    return card.locator(".controls [role=status]").text_content() or ""


def captions(card: Any) -> list[str]:
    return card.locator("[data-tile]").evaluate_all("(all) => all.map((x) => x.ariaLabel)")


def test_the_first_of_all_samples_are_shown(
    galleries: Any, known: Any, open_room: Any, becomes: Any
) -> None:
    page = open_room(galleries, "predictions", "images")
    card = card_of(page)
    scores, true = known["scores"][1], known["true"]
    predicted = scores.argmax(axis=1)
    wrong = (predicted != true) & (true == 2)
    # These would not all be among the few hundred that a page begins with.
    assert becomes(page, lambda: said(card) == f"24 of {N:,} shown")
    card.get_by_label("verdict", exact=True).select_option("wrong")
    card.get_by_label("true class", exact=True).select_option("2")
    card.get_by_label("Order", exact=True).select_option("least sure")
    assert becomes(page, lambda: said(card) == f"24 of {wrong.sum()} shown")
    rows = [row for row in scores.max(axis=1).argsort() if wrong[row]]

    def first() -> bool:
        told = [text.split(",")[0].split(" · ")[0] for text in captions(card)]
        return told == [str(predicted[row]) for row in rows[: len(told)]] and len(told) == 24

    assert becomes(page, first)
    option = card.get_by_label("predicted class", exact=True).locator('option[value="1"]')
    n_here = (wrong & (predicted == 1)).sum()
    assert becomes(page, lambda: option.text_content() == f"1 ({n_here})")
    # At another step the same is asked of that step.
    page.evaluate("window.bathyscope.cursor.go(0)")
    before = known["scores"][0].argmax(axis=1)
    n_wrong = ((before != true) & (true == 2)).sum()
    assert becomes(page, lambda: said(card) == f"24 of {n_wrong} shown")


def test_a_sample_is_found_by_its_id_and_the_selected_ones_are_brought(
    galleries: Any, open_room: Any, becomes: Any
) -> None:
    page = open_room(galleries, "predictions", "images")
    card = card_of(page)
    card.get_by_role("searchbox").fill("1199")
    assert becomes(page, lambda: said(card) == "1 shown")
    card.get_by_role("button", name="Show all", exact=True).click()
    page.evaluate("window.bathyscope.selection.set('sample', [3, 900, 1111])")
    card.get_by_label(f"only the 3 selected of {N:,}").check()
    assert becomes(page, lambda: said(card) == "3 shown")
    assert becomes(page, lambda: "selected:1" in page.url)


def test_a_column_sorts_all_rows_and_more_come_when_asked_for(
    galleries: Any, known: Any, open_room: Any, becomes: Any
) -> None:
    page = open_room(galleries, "predictions", "tables")
    card = card_of(page)
    rows = card.locator("tbody tr[data-position]")

    def first_is(sample: int) -> Callable[[], bool]:
        return lambda: (rows.first.locator("td").first.text_content() or "").strip() == str(sample)

    card.get_by_role("button", name="amount").click()
    assert becomes(page, first_is(int(known["amount"].argmin())))
    card.get_by_role("button", name="amount").click()
    assert becomes(page, first_is(int(known["amount"].argmax())))
    assert becomes(page, lambda: said(card) == f"400 of {N:,} shown")
    card.get_by_role("button", name="Show 400 more of 800").click()
    assert becomes(page, lambda: said(card) == f"800 of {N:,} shown")


def test_wrong_predictions_are_wrong(
    galleries: Any, known: Any, open_room: Any, becomes: Any
) -> None:
    page = open_room(galleries, "predictions", "images")
    card = card_of(page, "Wrong predictions of test samples")
    n_wrong = int((known["scores"][1].argmax(axis=1) != known["true"]).sum())
    assert becomes(page, lambda: said(card) == f"24 of {n_wrong} shown")
    assert becomes(page, lambda: [text.endswith("wrong") for text in captions(card)] == [True] * 24)
