"""The confusion matrix on a page: order, shares, hidden cells, and one class of very many."""

from __future__ import annotations

import numpy as np
import pytest

from bathyscope import views

MATRIX = "window.bathyscope.panels().find((p) => p.marks[0].type === 'matrix')"


@pytest.fixture(scope="module")
def judged() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    true = rng.integers(0, 5, 300)
    return true, np.where(rng.random(300) < 0.7, true, rng.integers(0, 5, 300))


def values(page) -> list[float | None]:
    """Numbers of the cells as drawn, row by row; None for NaN."""
    return page.evaluate(
        f"[...{MATRIX}.marks[0].values.data].map((v) => Number.isNaN(v) ? null : v)"
    )


def test_shares_and_the_diagonal_are_the_readers(open_figure, judged, becomes):
    view = views.confusion_matrix(*judged)
    page = open_figure(view.figure())
    assert values(page) == view.counts.ravel().tolist()
    page.get_by_label("Numbers", exact=True).select_option(label="share of the true class")
    shares = view.counts / view.counts.sum(axis=1, keepdims=True)
    assert becomes(page, lambda: np.allclose(np.array(values(page), float), shares.ravel()))
    page.get_by_label("right predictions", exact=True).uncheck()
    expected = [None if i % 6 == 0 else x for i, x in enumerate(shares.ravel().tolist())]
    assert becomes(page, lambda: values(page)[0] is None)
    assert values(page) == pytest.approx(expected)
    assert page.get_by_text("Right predictions are hidden.").is_visible()


def test_a_reordered_cell_selects_its_samples(open_figure, judged, becomes):
    true, predicted = judged
    view = views.confusion_matrix(true, predicted, sample=np.arange(300) + 1000)
    page = open_figure(view.figure())
    page.get_by_label("Order", exact=True).select_option("most mistakes first")
    mistakes = view.counts.sum(0) + view.counts.sum(1) - 2 * np.diag(view.counts)
    order = np.argsort(-mistakes, kind="stable")
    counts = view.counts[np.ix_(order, order)].ravel().tolist()
    assert becomes(page, lambda: values(page) == counts)
    at = page.evaluate(f"{MATRIX}.locate(1, 0)")
    page.mouse.click(at["x"], at["y"])
    chosen = "[...(window.bathyscope.selection.get('sample') ?? [])].map(Number).sort()"
    expected = np.flatnonzero((true == order[0]) & (predicted == order[1])) + 1000
    assert becomes(page, lambda: page.evaluate(chosen) == sorted(expected.tolist()))
    assert becomes(page, lambda: "controls=" in page.url)


def test_one_class_of_a_thousand_is_found(open_figure, becomes):
    rng = np.random.default_rng(0)
    true = rng.integers(0, 1000, 20_000)
    predicted = true.copy()
    predicted[true == 123] = np.where(np.arange((true == 123).sum()) % 2, 77, 640)
    view = views.confusion_matrix(true, predicted, classes=[f"kind {k}" for k in range(1000)])
    page = open_figure(view.figure())
    page.get_by_label("Find a class", exact=True).fill("kind 123")
    assert becomes(page, lambda: len(values(page)) == 9)
    order = [77, 123, 640]
    assert values(page) == view.counts[np.ix_(order, order)].ravel().tolist()
    assert page.get_by_text("3 of 1,000 classes").is_visible()
    page.get_by_role("button", name="As before").click()
    assert becomes(page, lambda: len(values(page)) == 1_000_000)


def test_a_threshold_is_moved_and_read(open_figure, becomes):
    rng = np.random.default_rng(1)
    true = rng.integers(0, 2, 200)
    score = np.clip(0.5 * true + rng.random(200) * 0.6, 0, 1)
    view = views.thresholds(true, score)
    page = open_figure(view.figure())

    def told(place: float) -> list[str]:
        reached = score >= place
        hits = (reached & (true == 1)).sum()
        precision, recall = hits / reached.sum(), hits / true.sum()
        return [f"{value:.4g}" for value in (precision, recall)]

    words = page.locator(".controls dd")
    for place in (0.5, 0.72, 0.31):
        number = page.locator(".controls input[type=number]")
        number.fill(str(place))
        number.press("Enter")
        assert becomes(page, lambda: number.input_value() == str(place))  # noqa: B023
        expected = told(place)
        assert becomes(page, lambda: words.nth(0).text_content().split(" ")[0] == expected[0])  # noqa: B023
        assert words.nth(1).text_content() == expected[1]
    slider = page.locator(".controls input[type=range]")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert becomes(page, lambda: "at:0.311" in page.url)
