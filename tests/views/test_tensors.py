from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bathyscope as bs
from bathyscope import views
from bathyscope.figures import Line, Matrix, Note, Table, Tokens
from bathyscope.views.tensors import Tensors


def examples() -> dict[str, views.View]:
    rng = np.random.default_rng(0)
    return {
        "of every kind": views.tensors(
            {
                "scale": np.array(0.25),
                "codes": np.array([[3]], dtype=np.int64),
                "curve": np.sin(np.arange(60) / 9),
                "attention/head 0": rng.random((12, 12)),
                "signed, of four dimensions": rng.normal(size=(2, 3, 4, 20)),
                "complex": np.exp(1j * np.arange(6)).reshape(2, 3),
                "empty": np.zeros((0, 3)),
            },
            name="own/things",
        ),
        "large": views.tensors(np.add.outer(np.arange(900.0), np.arange(700.0)), name="sums"),
        "not finite": views.tensors({"a": [1.0, np.nan, np.inf], "b": np.full((2, 2), np.nan)}),
    }


def _panels(view: views.View) -> dict[str, Any]:
    return {panel.title: panel for panel in view.figure().panels}


def test_each_shape_has_its_picture() -> None:
    panels = _panels(examples()["of every kind"])
    kinds = [type(panel.marks[0]) for panel in panels.values()]
    assert kinds == [Table, Line, Matrix, Matrix, Matrix, Note]
    numbers = panels["Single numbers"].marks[0]
    assert numbers.columns["value"].tolist() == [0.25, 3.0]


def test_dimensions_are_laid_out_row_by_row() -> None:
    values = np.arange(24.0).reshape(2, 3, 4) - 5
    (panel,) = views.tensors(values).figure().panels
    assert np.array_equal(panel.marks[0].values, values.reshape(6, 4))
    assert panel.marks[0].color.kind == "signed"
    assert "Drawn as 6 × 4: the first 2 dimensions in one." in panel.note
    assert np.array_equal(views.tensors(values).columns()["value"], values.ravel())


def test_blocks_keep_the_entry_farthest_from_zero() -> None:
    values = np.zeros((1000, 1000))
    values[501, 77] = -3.0
    (panel,) = views.tensors(values).figure().panels
    assert panel.marks[0].values.min() == -3.0 and "farthest from 0" in panel.note
    assert panel.marks[0].values.size <= 400**2


def test_arrays_that_have_another_view_are_not_offered(run_writer: Any) -> None:
    writer = run_writer()
    writer.log_arrays("parameters", {"a": np.ones(3)}, step=1)
    writer.log_arrays("parametersets", {"a": np.ones(3)}, step=1)
    writer.log_arrays("images/x", {"0": np.ones((3, 3))}, step=1)
    writer.log_arrays("tensors/note", {"0": np.frombuffer("损失 text".encode(), np.uint8)}, step=2)
    run = bs.open(writer.path)
    titles = [offer.title for offer in Tensors.offers(run)]
    assert titles == ["Arrays: parametersets", "Arrays: tensors/note"]
    (mark,) = run.tensors("tensors/note").figure().panels[0].marks
    assert isinstance(mark, Tokens) and "".join(mark.texts[0]) == "损失 text"
    assert run.tensors("parameters").arrays["a"].tolist() == [1, 1, 1]


def test_text_is_no_tensor() -> None:
    with pytest.raises(ValueError, match="`a` must hold numbers; got dtype <U1"):
        views.tensors({"a": ["x"]})
