"""A panel taken away as SVG: the same scene as on the screen, in any size."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

SVG = "{http://www.w3.org/2000/svg}"


def take(page: Any, path: Path) -> ElementTree.Element:
    """Save the first panel as SVG, as a reader does, and read the file."""
    page.locator(".plot").first.hover()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as SVG").first.click()
    download.value.save_as(path)
    return ElementTree.fromstring(path.read_text(encoding="utf-8"))


def test_a_curve_lies_where_it_lies_on_the_screen(open_figure, figures, at, tmp_path) -> None:
    page = open_figure(figures.lines())
    root = take(page, tmp_path / "lines.svg")
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert "Loss" in texts
    assert {"training", "validation", "broken", "step →"} <= set(texts)
    x = np.arange(0, 100, 5.0)
    places = np.array([at(page, float(one), float(np.exp(-one / 40))) for one in x])
    drawn = [path.get("d") for path in root.iter(f"{SVG}path") if path.get("fill") == "none"]
    curves = [np.array(points) for d in drawn if len(points := points_of(d)) == len(x)]
    shift = [curve - places for curve in curves]
    # The file has its own margin: one curve must differ by that alone.
    assert any(np.ptp(each, axis=0).max() < 0.6 for each in shift)


def points_of(path: str) -> list[tuple[float, float]]:
    if set(path) & set("AhvZ"):
        return []
    pairs = path.replace("M", "L").split("L")[1:]
    return [tuple(float(part) for part in pair.split()) for pair in pairs]


@pytest.mark.parametrize("kind", ["points", "matrix", "bars", "wave"])
def test_every_kind_of_panel_is_well_formed(open_figure, figures, kind, tmp_path) -> None:
    page = open_figure(getattr(figures, kind)())
    root = take(page, tmp_path / f"{kind}.svg")
    assert float(root.get("width")) > 200
    assert not list(root.iter(f"{SVG}script"))
    drawn = [*root.iter(f"{SVG}path"), *root.iter(f"{SVG}rect"), *root.iter(f"{SVG}image")]
    assert len(drawn) > 5
    assert "NaN" not in (tmp_path / f"{kind}.svg").read_text()


def test_a_title_cannot_write_markup(open_figure, figures, tmp_path) -> None:
    figure = figures.bars().titled('</text><script>alert(1)</script> & "more"')
    root = take(open_figure(figure), tmp_path / "title.svg")
    assert '</text><script>alert(1)</script> & "more"' in [t.text for t in root.iter(f"{SVG}text")]
    assert not list(root.iter(f"{SVG}script"))
