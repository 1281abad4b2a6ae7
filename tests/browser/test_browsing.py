"""Galleries: a reader chooses what comes first and what is left out, and the address keeps it."""

from __future__ import annotations

import numpy as np
import pytest

from bathyscope import views
from bathyscope.figures import web


@pytest.fixture(scope="module")
def gallery() -> views.View:
    rng = np.random.default_rng(4)
    scores = rng.dirichlet(np.ones(3) * 0.6, 60)
    return views.predictions(
        rng.random((60, 8, 8)),
        rng.integers(0, 3, 60),
        scores=scores,
        classes=["cat", "dog", "test"],
        sample=np.arange(60) + 500,
    )


def shown(page) -> list[int]:
    """Positions of the tiles, in the order in which they stand."""
    return page.eval_on_selector_all("[data-tile]", "(all) => all.map((x) => +x.dataset.tile)")


def choose(page, label: str, value: str) -> None:
    page.get_by_label(label, exact=True).select_option(value)


def test_the_order_is_the_readers(open_html, gallery, becomes):
    page = open_html(web.page(gallery.figure()))
    assert becomes(page, lambda: shown(page) == list(range(24)))
    choose(page, "Order", "highest loss")
    expected = np.argsort(-gallery.loss, kind="stable").tolist()
    assert becomes(page, lambda: shown(page) == expected[:24])
    page.get_by_role("button", name="Reverse the order").click()
    assert becomes(page, lambda: shown(page) == expected[::-1][:24])
    page.get_by_role("button", name="Show 36 more").click()
    assert becomes(page, lambda: shown(page) == expected[::-1])


def test_facets_keep_some_and_say_how_many(open_html, gallery, becomes):
    page = open_html(web.page(gallery.figure()))
    wrong = (gallery.predicted != gallery.true) & (gallery.true == 2)
    choose(page, "verdict", "wrong")
    option = page.get_by_label("true class", exact=True).locator('option[value="test"]')
    assert becomes(page, lambda: option.text_content() == f"test ({wrong.sum()})")
    choose(page, "true class", "test")
    assert becomes(page, lambda: shown(page) == np.flatnonzero(wrong).tolist()[:24])
    status = page.locator(".controls [role=status]").text_content()
    assert str(int(wrong.sum())) in status
    page.get_by_role("button", name="Show all", exact=True).click()
    assert becomes(page, lambda: shown(page) == list(range(24)))


def test_the_address_restores_the_choice(open_html, gallery, becomes):
    page = open_html(web.page(gallery.figure()))
    choose(page, "Order", "least sure")
    choose(page, "predicted class", "dog")
    assert becomes(page, lambda: "controls=" in page.url and "dog" in page.url)
    sure = np.argsort(gallery.confidence, kind="stable")
    expected = [int(i) for i in sure if gallery.predicted[i] == 1][:24]
    page.reload()
    assert becomes(page, lambda: shown(page) == expected)
    assert page.get_by_label("Order", exact=True).input_value() == "least sure"


def test_a_selection_from_elsewhere_is_brought_into_sight(open_html, gallery, becomes):
    page = open_html(web.page(gallery.figure()))
    assert becomes(page, lambda: len(shown(page)) == 24)
    page.evaluate("window.bathyscope.selection.set('sample', [559])")
    assert becomes(page, lambda: 59 in shown(page))
    page.get_by_label("only the 1 selected of 60").check()
    assert becomes(page, lambda: shown(page) == [59])


def test_texts_and_tables_are_browsed_by_the_same_controls(open_html, becomes):
    true, made = [0, 1, 0, 1], [0, 0, 1, 1]
    texts = views.predictions(["one", "two", "three", "four"], true, made)
    page = open_html(web.page(texts.figure()))
    choose(page, "verdict", "wrong")
    items = page.locator("li[role=option] .text")
    assert becomes(page, lambda: items.all_text_contents() == ["two", "three"])
    table = views.predictions({"age": [1.5, 2.5, 3.5, 4.5]}, true, made)
    page = open_html(web.page(table.figure()))
    choose(page, "verdict", "right")
    rows = page.locator("tbody tr[data-position]")
    assert becomes(page, lambda: rows.count() == 2)
    assert "4.5" in rows.nth(1).text_content()


def test_channels_of_all_samples_are_gone_through_together(open_html, becomes):
    maps = np.random.default_rng(2).random((2, 6, 6, 12)) * (np.arange(12) + 1)
    view = views.feature_maps(maps, inputs=np.zeros((2, 6, 6)), limit=4)
    page = open_html(web.page(view.figure()))
    captions = (
        "[...document.querySelectorAll('[role=listbox]')]"
        ".map((l) => [...l.querySelectorAll('.caption')].map((c) => +c.textContent))"
        ".filter((l) => l.length)"
    )
    first = np.argsort(-maps.mean(axis=(0, 1, 2)), kind="stable").tolist()
    assert becomes(page, lambda: page.evaluate(captions) == [first[:4]] * 2)
    assert page.get_by_label("Order", exact=True).count() == 1
    choose(page, "Order", "by channel")
    page.get_by_role("button", name="Show 8 more").click()
    assert becomes(page, lambda: page.evaluate(captions) == [list(range(12))] * 2)
