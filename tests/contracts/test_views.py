"""What holds for every view: it is found, explained, numbered, drawn and saved everywhere."""

from __future__ import annotations

import csv
import importlib.util
import inspect
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from bathyscope import views
from bathyscope.figures import Mark, mpl, plotly, web

_TESTS_OF_VIEWS = Path(__file__).parents[1] / "views"
_ID_KINDS = {"sample", "layer", "class", "step", "run", "parameter", "rank"}


def _module(name: str) -> ModuleType:
    path = _TESTS_OF_VIEWS / f"test_{name}.py"
    spec = importlib.util.spec_from_file_location(f"contract_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXAMPLES = {
    f"{name}: {label}": view
    for name in views.registry()
    for label, view in _module(name).examples().items()
}
FIRST = {name: next(k for k in EXAMPLES if k.startswith(f"{name}: ")) for name in views.registry()}
every_example = pytest.mark.parametrize("example", EXAMPLES)
every_view = pytest.mark.parametrize("name", views.registry())


@pytest.fixture(autouse=True)
def _close_figures() -> Any:
    yield
    plt.close("all")


def _marks(view: views.View) -> list[Mark]:
    return [mark for panel in view.figure().panels for mark in panel.marks]


def _n_elements(mark: Any) -> int:
    for part in ("heights", "images", "texts", "labels", "values", "x", "samples"):
        value = getattr(mark, part, None)
        if value is not None:
            return value.size if part == "values" else len(value)
    return len(next(iter(mark.columns.values())))


@every_view
def test_every_view_has_a_file_a_class_and_a_function_of_one_name(name: str) -> None:
    view = views.registry()[name]
    function = getattr(views, name)
    assert view.__module__ == f"bathyscope.views.{name}"
    assert inspect.isfunction(function) and function.__module__ == view.__module__
    assert getattr(views, view.__name__) is view
    assert {name, view.__name__} <= set(dir(views))


@every_view
def test_every_view_is_explained(name: str) -> None:
    view, function = views.registry()[name], getattr(views, name)
    for item in (view, function):
        assert "Parameters\n" in inspect.getdoc(item), item
    own = [value for value in vars(view).values() if isinstance(value, classmethod)]
    own = [method.__func__ for method in own if not method.__func__.__name__.startswith("_")]
    assert all(method.__doc__ for method in own), [m.__name__ for m in own if not m.__doc__]


@every_view
def test_every_view_comes_from_arrays_and_from_somewhere_else(name: str) -> None:
    view = views.registry()[name]
    assert any(hasattr(view, maker) for maker in ("from_model", "from_run", "from_runs"))
    if hasattr(view, "from_run"):
        assert view.offers.__func__ is not views.View.offers.__func__
    if hasattr(view, "from_runs"):
        assert view.compares.__func__ is not views.View.compares.__func__


@every_example
def test_columns_have_one_length(example: str) -> None:
    columns = EXAMPLES[example].columns()
    assert columns
    assert {np.asarray(values).ndim for values in columns.values()} == {1}
    assert len({len(values) for values in columns.values()}) == 1
    frame = EXAMPLES[example].to_frame()
    assert list(frame.columns) == list(columns)


@every_example
def test_ids_name_elements_that_are_there(example: str) -> None:
    for mark in _marks(EXAMPLES[example]):
        ids = getattr(mark, "ids", None)
        if ids is None:
            continue
        assert ids.kind in _ID_KINDS
        n_elements = _n_elements(mark)
        if ids.elements is None:
            assert len(ids.values) in {1, n_elements}
        elif len(ids.elements):
            assert ids.elements.min() >= 0 and ids.elements.max() < n_elements


@every_view
def test_a_view_says_in_one_line_what_it_holds_and_makes_no_picture_for_that(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = EXAMPLES[FIRST[name]]
    monkeypatch.delattr(type(view), "figure")
    words = repr(view)
    assert re.fullmatch(rf"<{type(view).__name__}: .*\w.*>", words)
    assert len(words) < 400


def test_what_a_view_is_in_one_line() -> None:
    given = views.metrics({"loss": [2.0, 1.0], "val_loss": [3.0, 2.0]}, log=True)
    assert repr(given) == "<Metrics: series (2), log=True>"
    counted = views.confusion_matrix([0, 1, 1], [0, 1, 0])
    assert repr(counted).startswith("<ConfusionMatrix: counts (2, 2), classes (2)")


@every_example
def test_figures_have_titles_and_named_axes(example: str) -> None:
    figure = EXAMPLES[example].figure()
    assert figure.title
    assert all(panel.x.label and panel.y.label for panel in figure.panels if panel.cartesian)


@every_example
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_matplotlib_draws_one_axes_per_panel(example: str, theme: Any) -> None:
    view = EXAMPLES[example]
    drawn = mpl.draw(view.figure(), theme=theme)
    axes = drawn if isinstance(drawn, list) else [drawn]
    assert len(axes) == len(view.figure().panels)


@every_example
def test_plotly_draws_it(example: str) -> None:
    drawn = plotly.draw(EXAMPLES[example].figure())
    assert len(drawn.data) + len(drawn.layout.annotations) > 0
    json.loads(drawn.to_json())


@every_example
def test_a_page_holds_it_and_asks_nobody(example: str) -> None:
    page = web.page(EXAMPLES[example].figure())
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert 'src="http' not in page and 'href="http' not in page


@every_view
@pytest.mark.parametrize(
    ("ending", "magic"),
    [
        (".png", b"\x89PNG"),
        (".svg", b"<?xml"),
        (".pdf", b"%PDF"),
        (".html", b"<!"),
        (".json", b"{"),
        (".csv", b""),
    ],
)
def test_every_view_is_saved_by_its_ending(
    name: str, ending: str, magic: bytes, tmp_path: Path
) -> None:
    view = EXAMPLES[FIRST[name]]
    path = view.save(tmp_path / "deeper" / f"picture{ending}")
    content = path.read_bytes()
    assert content.lower().startswith(magic.lower()) and len(content) > 50
    if ending == ".json":
        json.loads(content)
    if ending == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        columns = view.columns()
        assert rows[0] == list(columns)
        assert len(rows) - 1 == len(next(iter(columns.values())))


def test_an_unknown_ending_is_an_error(tmp_path: Path) -> None:
    view = next(iter(EXAMPLES.values()))
    with pytest.raises(ValueError, match=r"`path` must end in one of .*got 'picture.bmp'"):
        view.save(tmp_path / "picture.bmp")


@every_view
def test_views_cannot_be_changed(name: str) -> None:
    view = EXAMPLES[FIRST[name]]
    attribute = next(iter(vars(view)))
    with pytest.raises(AttributeError):
        setattr(view, attribute, None)
