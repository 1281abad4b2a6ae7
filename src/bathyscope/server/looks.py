"""The samples of a map: their places as a view, their colours by any column, their pictures."""

from __future__ import annotations

import contextlib
from typing import Any

from numpy.typing import NDArray

from bathyscope.views import _recorded as recorded
from bathyscope.views._coloring import Color, coloring
from bathyscope.views._following import Places, Wanted
from bathyscope.views._thumbnails import thumbnails_of
from bathyscope.views.base import RunData
from bathyscope.views.feature_vectors import FeatureVectors, classes_in, recorded_columns


def map_view(run: Any, wanted: Wanted, places: Places, **options: Any) -> FeatureVectors:
    """Make the view of samples at their places; `options` as for `FeatureVectors.from_run`."""
    return FeatureVectors.from_run(
        run, wanted.layer, split=wanted.split, step=wanted.step, places=places, **options
    )


def ids_of(run: RunData, wanted: Wanted) -> tuple[NDArray[Any], int]:
    """Give the ids of all samples of a step, and how many numbers their vectors have."""
    group = f"features/{wanted.split}"
    _, arrays = recorded.read_arrays(run, group, wanted.step)
    vectors = recorded.require_vectors(run, group, arrays, wanted.layer)
    ids = recorded.group_ids(run, wanted.split, arrays, len(vectors))
    return ids, int(vectors.reshape(len(vectors), -1).shape[1])


def colors_of(run: RunData, wanted: Wanted) -> dict[str, Any]:
    """Give the colours of all samples of a step by each column that can colour them."""
    ids, _ = ids_of(run, wanted)
    colors: dict[str, Color] = {}
    for name, column in sorted(recorded_columns(run, wanted.split, wanted.step, ids).items()):
        classes = classes_in(run, wanted.split, name, column)
        with contextlib.suppress(ValueError):  # a column of pictures is no colour
            colors[name] = coloring(column, label=name, classes=classes)
    return {"ids": ids, "colors": colors}


def pictures_of(run: RunData, wanted: Wanted) -> dict[str, Any]:
    """Give small pictures of the samples, if all of them have one; texts are in every map."""
    ids, _ = ids_of(run, wanted)
    shown, have = recorded.shown_inputs(run, wanted.split, ids)
    if shown is None or len(have) != len(ids):
        return {"ids": ids, "thumbnails": None, "note": ""}
    thumbnails, note = thumbnails_of(shown)
    return {"ids": ids, "thumbnails": thumbnails, "note": note}
