"""What surfaces draw of marks that can be browsed: the first elements and all that is theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bathyscope.figures import (
    Boxes,
    Browse,
    Categories,
    ColorScale,
    Counted,
    Figure,
    Heat,
    Ids,
    Matrix,
    Panel,
    Table,
    Tiles,
    Tokens,
)
from bathyscope.figures.still import still

ORDER = np.array([3, 0, 2, 1])
BROWSE = Browse({"hardest": ORDER, "id": np.arange(4)}, first=2)


def drawn(mark: Any) -> Any:
    return still(Figure("f", (Panel((mark,)),))).panels[0].marks[0]


def test_tiles_keep_their_captions_heat_boxes_and_ids():
    images = np.arange(4.0)[:, None, None] * np.ones((4, 2, 2))
    heat = Heat(images, ColorScale("signed", -1, 1))
    boxes = Boxes([0, 1, 3], [[0, 0, 1, 1]] * 3, ("zero", "one", "three"), (0, 1, 2))
    mark = drawn(
        Tiles(
            images,
            captions=tuple("abcd"),
            verdicts=("right", "", "", "wrong"),
            overlays=(heat, boxes),
            ids=Ids("sample", [10, 11, 12, 13]),
            browse=BROWSE,
        )
    )
    assert mark.browse is None
    assert mark.images[:, 0, 0].tolist() == [3, 0]
    assert mark.captions == ("d", "a") and mark.verdicts == ("wrong", "right")
    assert mark.ids.values.tolist() == [13, 10]
    assert mark.overlays[0].values[:, 0, 0].tolist() == [3, 0]
    assert mark.overlays[1].tile.tolist() == [1, 0]
    assert mark.overlays[1].labels == ("zero", "three")


def test_texts_and_rows_are_taken_too():
    tokens = drawn(Tokens((("a",), ("b",), ("c",), ("d",)), browse=BROWSE))
    assert tokens.texts == (("d",), ("a",))
    ids = Ids("sample", [7, 8, 9], [3, 3, 1])
    table = drawn(Table({"n": np.arange(4)}, ids=ids, browse=BROWSE))
    assert table.columns["n"].tolist() == [3, 0]
    assert table.ids.values.tolist() == [7, 8] and table.ids.elements.tolist() == [0, 0]


def test_figures_without_such_marks_are_left_alone():
    figure = Figure("f", (Panel((Tokens((("a",),)),)),))
    assert still(figure) is figure


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Browse({}), "at least one order"),
        (lambda: Browse({"a": [0, 1]}, first=0), "draw at least one"),
        (lambda: Browse({"a": [0, 0]}), "each of 0 .. 1 once"),
        (lambda: Browse({"a": [0, 1], "b": [0]}), "'b' must hold each of 0 .. 1 once"),
        (lambda: Browse({"a": [0]}, (Categories([0, 0], ("x",), "kind"),)), "same length"),
        (lambda: Tokens((("a",),), browse=BROWSE), "same length"),
        (lambda: Table({"a": [1]}, browse=BROWSE), "same length"),
        (lambda: Counted([[1, 2]], {"a": [0]}), "square counts"),
        (lambda: Counted([[1]], {}), "square counts and an order"),
        (lambda: Counted([[1]], {"a": [1]}), "each of 0 .. 0 once"),
        (
            lambda: Matrix(np.eye(2), ColorScale(), counted=Counted([[1]], {"a": [0]})),
            r"must have shape \(2, 2\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(build: Any, message: str):
    with pytest.raises(ValueError, match=message):
        build()
