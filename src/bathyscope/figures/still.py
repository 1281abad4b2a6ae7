"""Figures as surfaces draw them that cannot be browsed: the first elements, in the first order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.figures.figure import Figure, Panel
from bathyscope.figures.marks import Boxes, Heat, Ids, Mark, Note, Overlay, Table, Tiles, Tokens

Rows = NDArray[np.int64]


def still(figure: Figure) -> Figure:
    """Keep of every mark that can be browsed what is drawn before anybody chooses.

    Other figures are given back as they are.
    """
    panels = tuple(_panel(panel) for panel in figure.panels)
    same = all(new is old for new, old in zip(panels, figure.panels, strict=True))
    return figure if same else replace(figure, panels=panels)


def _panel(panel: Panel) -> Panel:
    marks = tuple(_mark(mark) for mark in panel.marks)
    same = all(new is old for new, old in zip(marks, panel.marks, strict=True))
    return panel if same else replace(panel, marks=marks)


def _mark(mark: Mark) -> Mark:
    if not isinstance(mark, Tiles | Tokens | Table) or mark.browse is None:
        return mark
    at = mark.browse.drawn
    if not len(at):
        return Note(f"None of {mark.browse.total:,} is like that.")
    parts: dict[str, Any] = {"browse": None, "ids": _ids(mark.ids, at)}
    if isinstance(mark, Table):
        return replace(mark, columns={k: v[at] for k, v in mark.columns.items()}, **parts)
    parts |= {"captions": _picked(mark.captions, at), "verdicts": _picked(mark.verdicts, at)}
    if isinstance(mark, Tokens):
        return replace(
            mark, texts=_picked(mark.texts, at), weights=_picked(mark.weights, at), **parts
        )
    overlays = tuple(_overlay(overlay, at) for overlay in mark.overlays)
    sounds = None if mark.sounds is None else mark.sounds[at]
    return replace(mark, images=mark.images[at], overlays=overlays, sounds=sounds, **parts)


def _picked(values: tuple[Any, ...] | None, at: Rows) -> tuple[Any, ...] | None:
    return None if values is None else tuple(values[index] for index in at)


def _places(elements: NDArray[np.int64], at: Rows) -> Rows:
    """Where elements are drawn; -1 for those that are not."""
    place = np.full(max(int(elements.max(initial=-1)), int(at.max(initial=-1))) + 1, -1, np.int64)
    place[at] = np.arange(len(at))
    return place[elements]


def _ids(ids: Ids | None, at: Rows) -> Ids | None:
    if ids is None or (ids.elements is None and len(ids.values) == 1):
        return ids
    if ids.elements is None:
        return replace(ids, values=ids.values[at])
    places = _places(ids.elements, at)
    kept = places >= 0
    return replace(ids, values=ids.values[kept], elements=places[kept])


def _overlay(overlay: Overlay, at: Rows) -> Overlay:
    if isinstance(overlay, Heat):
        return replace(overlay, values=overlay.values[at])
    places = _places(overlay.tile, at)
    kept = np.flatnonzero(places >= 0)
    return Boxes(
        places[kept],
        overlay.corners[kept],
        tuple(overlay.labels[box] for box in kept),
        tuple(overlay.tones[box] for box in kept),
    )
