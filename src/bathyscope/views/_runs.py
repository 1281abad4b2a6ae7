"""Several runs told apart by name, each with what it was set to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bathyscope.views.base import RunData


def run_labels(runs: Sequence[RunData]) -> tuple[str, ...]:
    """Name runs so that no two have one name: by the folders around them, else by numbers."""
    names = [run.name for run in runs]
    places = [_place(run) for run in runs]
    labels = [_with_folders(index, names, places) for index in range(len(runs))]
    counts: dict[str, int] = {}
    made: list[str] = []
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
        made.append(label if counts[label] == 1 else f"{label} ({counts[label]})")
    return tuple(made)


def _with_folders(index: int, names: Sequence[str], places: Sequence[Path | None]) -> str:
    """Give a name with as many of the folders around it as tell it from runs of that name."""
    place = places[index]
    same = [places[i] for i, name in enumerate(names) if name == names[index] and i != index]
    if not same or place is None:
        return names[index]
    for length in range(2, len(place.parts) + 1):
        ending = place.parts[-length:]
        if not any(_ends_with(other, ending) for other in same):
            return "/".join(ending)
    return names[index]


def run_configs(runs: Sequence[RunData]) -> list[Mapping[str, Any]]:
    """Give what each run was set to; one without settings has those of the run around it.

    TensorBoard keeps the hyperparameters in one folder, and the metrics in folders within it.
    """
    known = {place: run.config for run in runs if (place := _place(run)) is not None and run.config}
    return [run.config or _inherited(_place(run), known) for run in runs]


def _inherited(place: Path | None, known: Mapping[Path, Mapping[str, Any]]) -> Mapping[str, Any]:
    around = [] if place is None else [known[parent] for parent in place.parents if parent in known]
    return around[0] if around else {}


def _place(run: RunData) -> Path | None:
    path = getattr(run, "path", None)
    return None if path is None else Path(path)


def _ends_with(place: Path | None, ending: tuple[str, ...]) -> bool:
    return place is not None and place.parts[-len(ending) :] == ending
