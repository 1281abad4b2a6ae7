from __future__ import annotations

import numpy as np
import pytest

from bathyscope.figures import Axis, Bars, ColorScale, Figure, Line, Matrix, Panel, Tiles
from bathyscope.figures.grid import Box, Grid
from bathyscope.figures.sizing import cartesian_size, spaces, tile_grid


def panel(mark) -> Panel:
    return Panel((mark,), Axis("x"), Axis("y"))


def test_panels_get_narrower_the_more_stand_in_a_row():
    figure = Figure("", (panel(Line([1], [1])),))
    widths = [spaces(figure, columns)[0].axes for columns in (1, 2, 3, 4)]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == 4


@pytest.mark.parametrize("n", [2, 10, 100, 1000])
def test_square_matrices_are_square(n):
    width, height = cartesian_size(panel(Matrix(np.zeros((n, n)), ColorScale())), 6.4)
    assert width == pytest.approx(height)
    assert width <= 6.5


def test_thin_matrices_stay_visible():
    width, height = cartesian_size(panel(Matrix(np.zeros((1, 5000)), ColorScale())), 6.4)
    assert height >= 1
    assert width <= 6.5


def test_horizontal_bars_grow_with_their_number():
    few, many = (
        cartesian_size(panel(Bars(np.ones(n), edges=np.arange(n + 1), horizontal=True)), 6.4)[1]
        for n in (5, 30)
    )
    assert many > 3 * few


@pytest.mark.parametrize("n", [1, 2, 7, 36, 100, 512])
@pytest.mark.parametrize("shape", [(8, 8), (28, 28), (20, 90), (224, 224), (100, 10)])
def test_tiles_fit_the_width_keep_their_shape_and_do_not_touch(n, shape):
    grid = tile_grid(Tiles(np.zeros((n, *shape))), 9.0)
    assert grid.width <= 9.0 + 1e-9
    assert grid.tile_width / grid.tile_height == pytest.approx(shape[1] / shape[0])
    assert grid.rows * grid.columns >= n
    assert (grid.rows - 1) * grid.columns < n
    corners = np.array([grid.corner(i) for i in range(n)])
    assert (corners[:, 0] + grid.tile_width <= grid.width + 1e-9).all()
    assert len({tuple(corner) for corner in corners.round(6)}) == n


def test_wished_columns_are_kept():
    assert tile_grid(Tiles(np.zeros((12, 8, 8)), columns=6), 9.0).columns == 6


def test_panels_of_a_grid_do_not_overlap_and_line_up():
    boxes = [Box(3, 2, left=0.5, right=0.1, top=0.4, bottom=0.6), Box(1, 4, 0.2, 1.0, 0.1, 0.3),
             Box(2, 1, 0.9, 0.0, 0.2, 0.2)]  # fmt: skip
    grid = Grid(boxes, 2, (0.3, 0.3))
    corners = [grid.corner(i) for i in range(3)]
    assert corners[0][1] == corners[1][1]
    assert corners[0][0] == corners[2][0]
    areas = [
        (x - b.left, y - b.top, x + b.width + b.right, y + b.height + b.bottom)
        for (x, y), b in zip(corners, boxes, strict=True)
    ]
    for i, a in enumerate(areas):
        assert a[0] >= -1e-9
        assert a[1] >= -1e-9
        assert a[2] <= grid.width + 1e-9
        assert a[3] <= grid.height + 1e-9
        for b in areas[i + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_columns_share_a_row_by_their_widths():
    figure = Figure("", (panel(Line([1], [1])),) * 2, columns=2, widths=(1.0, 3.0))
    small, large = spaces(figure, 2)
    equal = spaces(Figure("", figure.panels, columns=2), 2)[0]
    assert large.free == pytest.approx(3 * small.free)
    assert small.axes + large.axes == pytest.approx(2 * equal.axes)
    assert len(spaces(figure, 1)) == 1
