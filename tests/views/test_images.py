from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Note, Tiles
from bathyscope.views.images import Images


def _plot() -> Any:
    """An image as large and as fine as a plot."""
    image = np.full((480, 640, 3), 255, dtype=np.uint8)
    image[::40] = image[:, ::40] = (200, 200, 220)
    at = np.arange(640)
    image[(240 - 180 * np.sin(at / 60)).astype(int), at] = (200, 30, 30)
    return image


def examples() -> dict[str, views.View]:
    digits = load_digits().images[:20] / 16
    captions = [f"sample {i}: a caption of some length" for i in range(20)]
    return {
        "digits": views.images(digits, name="generated/digits", captions=captions),
        "a plot": views.images([_plot()], name="curve"),
        "of several sizes": views.images([digits[0], _plot(), digits[1] * 3 - 1, np.eye(3)]),
        "many": views.images(np.random.default_rng(0).random((60, 6, 6, 4)), limit=50),
        "not finite": views.images(np.array([[[0.0, np.nan], [np.inf, 1.0]]])),
    }


def _tiles(view: views.View) -> list[Tiles]:
    return [mark for panel in view.figure().panels for mark in panel.marks]  # type: ignore


def test_pixels_are_drawn_as_they_are() -> None:
    values = np.random.default_rng(0).integers(0, 255, (4, 6, 7, 3)).astype(np.uint8)
    (mark,) = _tiles(views.images(values))
    assert np.array_equal(mark.images, values)
    (gray,) = _tiles(views.images(np.array([[[0.0, 0.5], [0.25, 1.0]]])))
    assert (gray.color.low, gray.color.high) == (0, 1)


def test_channels_may_come_first() -> None:
    values = np.random.default_rng(0).random((2, 3, 6, 7))
    (mark,) = _tiles(views.images(values))
    assert mark.images.shape == (2, 6, 7, 3)
    (mark,) = _tiles(views.images(values[:, :, :, :4], channels="first"))
    assert mark.images.shape == (2, 6, 4, 3)


def test_images_of_one_size_share_a_panel() -> None:
    view = examples()["of several sizes"]
    panels = view.figure().panels
    assert [panel.title for panel in panels] == [
        "8 × 8 pixels", "480 × 640 pixels", "3 × 3 pixels",
    ]  # fmt: skip
    assert [len(panel.marks[0].images) for panel in panels] == [2, 1, 1]


def test_a_few_large_images_stay_large() -> None:
    (mark,) = _tiles(views.images([_plot()]))
    assert mark.images.shape == (1, 480, 640, 3)
    mixed = views.images([_plot()] * 20).figure().panels[0]
    assert max(mixed.marks[0].images.shape[1:3]) <= 128 and "averaged" in mixed.note


def test_what_is_not_drawn_is_told() -> None:
    assert "50 of 60 images are drawn" in examples()["many"].figure().note
    sizes = views.images([np.ones((2, 2 + i)) for i in range(8)])
    assert "Not drawn: images of the sizes 2 × 8, 2 × 9." in sizes.figure().note


def test_pixels_that_are_not_finite_are_counted() -> None:
    (panel,) = examples()["not finite"].figure().panels
    assert "Not finite: 1 NaN and 1 infinite of 4 values." in panel.note


def test_captions_of_a_run_and_what_could_not_be_decoded(run_writer: Any) -> None:
    writer = run_writer()
    arrays = {str(i): np.full((2, 2), i, dtype=np.uint8) for i in range(11)}
    writer.log_arrays("images/a", {**arrays, "11": np.zeros(40, dtype=np.uint8)}, step=3)
    writer.log_table("images/a", {"key": ["10", "0"], "caption": ["ten", "zero"]}, step=3)
    writer.log_arrays("images/bytes", {"0": np.zeros(40, dtype=np.uint8)}, step=0)
    run = bs.open(writer.path)
    view = run.images("a")
    assert [int(image[0, 0]) for image in view.images] == list(range(11))
    assert view.captions[0] == "zero" and view.captions[10] == "ten" and view.captions[1] == ""
    assert "1 image cannot be drawn" in view.figure().note
    assert isinstance(run.images("bytes").figure().panels[0].marks[0], Note)
    assert [(offer.title, offer.steps) for offer in Images.offers(run)] == [
        ("Images: a", (3,)), ("Images: bytes", (0,)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: views.images([np.zeros(4)]), r"must have shape \(height, width\).*got \(4,\)"),
        (lambda: views.images(np.zeros((2, 3, 3)), captions=["a"]), r"one per image \(2\); got 1"),
        (lambda: views.images([]), "at least one image"),
        (lambda: views.images(np.zeros((2, 3, 3)), limit=0), "`limit` must be at least 1"),
    ],
)
def test_bad_input_is_told(call: Any, message: str) -> None:
    with pytest.raises((ValueError, bs.NotRecorded), match=message):
        call()
