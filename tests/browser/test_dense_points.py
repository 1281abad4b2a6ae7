"""Points without number: what is selected among them stands out, however dense the others lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bathyscope.figures import Axis, Figure, Ids, Panel, Points

READ = """() => {
  const [panel] = window.bathyscope.panels();
  const drawn = document.querySelector('.plot canvas');
  const { left, top } = drawn.getBoundingClientRect();
  const copy = new OffscreenCanvas(drawn.width, drawn.height);
  const context = copy.getContext('2d', { willReadFrequently: true });
  context.drawImage(drawn, 0, 0);
  const at = (x) => {
    const place = panel.locate(x, 0);
    const [column, row] = [Math.floor(place.x - left), Math.floor(place.y - top)];
    return [...context.getImageData(column, row, 1, 1).data.slice(0, 3)];
  };
  return [at(0), at(1), at(0.55)];
}"""


def test_dense_points_that_are_not_selected_are_pale(
    open_figure: Callable[..., Any], until: Callable[..., None]
) -> None:
    count = 15_000
    x = np.repeat([0.0, 1.0], count)
    points = Points(x, np.zeros(2 * count), ids=Ids("sample", np.arange(2 * count)))
    page = open_figure(Figure("Two heaps", (Panel((points,), Axis("x"), Axis("y")),)))
    until(page, f"(() => {{ const [a, b, c] = ({READ})(); return a.join() !== c.join(); }})()")
    first, second, ground = (np.array(color) for color in page.evaluate(READ))
    np.testing.assert_array_equal(first, second)
    for chosen in (range(count), range(3)):  # most of those in a pixel, and very few
        page.evaluate("(ids) => window.bathyscope.selection.set('sample', ids)", list(chosen))
        until(page, f"(() => {{ const [a, b] = ({READ})(); return a.join() !== b.join(); }})()")
        bright, pale, _ = (np.array(color) for color in page.evaluate(READ))
        assert np.abs(pale - ground).sum() < 0.3 * np.abs(second - ground).sum()
        assert np.abs(pale - ground).sum() > 0
        assert np.abs(bright - ground).sum() > 0.5 * np.abs(first - ground).sum()
