"""The demo's report as a person opens it: from a file, offline, with numbers that are not ours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

#: All panels of the last step of every item: room, title of the item, marks with plain numbers.
PANELS = """
async () => {
  const { document, loadFigure } = window.bathyscope;
  const plain = (value) => value && value.data && value.shape
    ? { data: Array.from(value.data, Number), shape: value.shape } : value;
  const found = [];
  for (const section of document.sections) {
    for (const item of section.items) {
      const last = item.kind === 'film' ? item.steps.length - 1 : 0;
      const figure = await loadFigure(item, last);
      for (const panel of figure.panels) {
        for (const mark of panel.marks) {
          const values = mark.values ?? mark.images ?? null;
          found.push({ room: section.room, title: figure.title, panel: panel.title,
            type: mark.type, values: values && plain(values), text: mark.text ?? '',
            ids: mark.ids ? { kind: mark.ids.kind } : null });
        }
      }
    }
  }
  return found;
}
"""


@pytest.fixture
def page(open_html, demo) -> Any:
    return open_html(demo.report.read_text(encoding="utf-8"))


@pytest.fixture
def panels(page) -> list[dict[str, Any]]:
    return page.evaluate(PANELS)


@pytest.fixture(scope="session")
def model(demo) -> Any:
    keras = pytest.importorskip("keras")
    return keras.models.load_model(demo.model)


@pytest.fixture(scope="session")
def test_set() -> Any:
    from bathyscope.datasets.images import _digits_of_sklearn

    return _digits_of_sklearn()


def array(values: dict[str, Any]) -> np.ndarray:
    return np.array(values["data"], dtype=float).reshape(values["shape"])


def test_every_room_is_there_and_nothing_failed(page, panels) -> None:
    rooms = {panel["room"] for panel in panels}
    assert rooms == {"overview", "parameters", "loss", "features", "predictions"}
    assert [link.lower() for link in page.locator("nav a").all_inner_texts()] == [
        "overview", "parameters", "loss", "features", "predictions",
    ]  # fmt: skip
    assert not [panel for panel in panels if "could not be made" in str(panel["text"])]


def test_the_confusion_matrix_on_the_page_equals_sklearns(panels, model, test_set) -> None:
    from sklearn.metrics import confusion_matrix

    predicted = model.predict(test_set.x_test, verbose=0).argmax(1)
    expected = confusion_matrix(test_set.y_test, predicted, labels=range(10))
    (shown,) = [
        array(panel["values"]) for panel in panels
        if panel["type"] == "matrix" and panel["title"] == "Confusion matrix of the test samples"
    ]  # fmt: skip
    np.testing.assert_array_equal(shown, expected)


def test_the_accuracy_on_the_page_equals_keras_own(page, model, test_set) -> None:
    keras = pytest.importorskip("keras")
    one_hot = keras.utils.to_categorical(test_set.y_test, 10)
    _, accuracy = model.evaluate(test_set.x_test, one_hot, verbose=0)
    assert page.locator("dd").first.inner_text() == f"{accuracy:.2%}"


def test_the_weight_tiles_on_the_page_equal_the_keras_files(panels, model) -> None:
    kernel = np.asarray(model.get_layer("hidden").kernel)
    tiles = [
        panel for panel in panels if panel["room"] == "parameters" and panel["type"] == "tiles"
    ]
    shown = array(tiles[0]["values"])
    expected = kernel.T.reshape(-1, 8, 8)[: len(shown)]
    np.testing.assert_array_equal(shown, expected)


def test_the_step_cursor_reaches_every_recorded_epoch(page, demo) -> None:
    from bathyscope.runs import Run

    steps = page.evaluate(
        "window.bathyscope.document.sections.flatMap((s) => s.items)"
        ".filter((i) => i.kind === 'film').map((i) => Array.from(i.steps))"
    )
    recorded = list(Run(demo.run).array_steps("parameters"))
    assert recorded in steps


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_its_window(open_html, demo, show_all, scheme, width) -> None:
    page = open_html(demo.report.read_text(encoding="utf-8"), width=width, color_scheme=scheme)
    show_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
