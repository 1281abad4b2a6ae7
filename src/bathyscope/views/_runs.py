"""Several runs told apart by name, each with what it was set to."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bathyscope.views._configs import Varied, short_names, told, varied
from bathyscope.views.base import RunData

#: A value of more letters, such as a path, makes no label.
_LONGEST = 24
#: Among so many settings, those that tell runs apart are looked for.
_MOST_SETTINGS = 20


def run_labels(runs: Sequence[RunData]) -> tuple[str, ...]:
    """Name runs so that no two have one name.

    Runs of one name are told apart by what tells a person most: by the folders in which they
    differ, where their name is that of a folder; else by the one or two settings in which they all
    differ; else by their folders; else by numbers.
    """
    names = [run.name for run in runs]
    labels = list(names)
    if len(set(names)) < len(names):
        same: dict[str, list[int]] = {}
        for index, name in enumerate(names):
            same.setdefault(name, []).append(index)
        configs = run_configs(runs)
        for name, group in same.items():
            chosen = [(_place(runs[i]), configs[i]) for i in group]
            told_apart = _told_apart(name, chosen) if len(group) > 1 else [name]
            for index, label in zip(group, told_apart, strict=True):
                labels[index] = label
    return _numbered(labels)


def _told_apart(name: str, runs: Sequence[tuple[Path | None, Mapping[str, Any]]]) -> list[str]:
    """Give labels of runs of one name."""
    places = [place for place, _ in runs if place is not None]
    folders = _where_they_differ(places) if len(places) == len(runs) else []
    if any(folders) and all(place.name == name for place in places):
        return [_path(parts, place) for parts, place in zip(folders, places, strict=True)]
    said = _settings_that_differ([config for _, config in runs])
    said = said or ["/".join(parts) for parts in folders]
    return [f"{name} ({one})" if one else name for one in said] or [name] * len(runs)


def _where_they_differ(places: Sequence[Path]) -> list[tuple[str, ...]]:
    """Give the parts of paths between what all have in front and what all have behind."""
    parts = [place.parts for place in places]
    shortest = min(map(len, parts))
    front = _shared(parts, shortest)
    back = _shared([one[::-1] for one in parts], shortest - front)
    return [one[front : len(one) - back] for one in parts]


def _shared(rows: Sequence[tuple[str, ...]], most: int) -> int:
    """Count the first parts that all have."""
    columns = itertools.islice(zip(*rows, strict=False), most)
    return sum(1 for _ in itertools.takewhile(lambda column: len(set(column)) == 1, columns))


def _path(parts: tuple[str, ...], place: Path) -> str:
    """Write where a folder lies: ``x/train``; ``x/.../train`` if there is more between."""
    last = (place.name,)
    for shown in (parts or last, parts + last):
        if place.parts[-len(shown) :] == shown:
            return "/".join(shown)
    return "/".join((*parts, "...", *last))


def _settings_that_differ(configs: Sequence[Mapping[str, Any]]) -> list[str] | None:
    """Write the fewest settings, two at most, by which all runs can be told from each other."""
    usable = [
        item
        for item in varied(configs)
        if all(value is not None and len(told(value)) <= _LONGEST for value in item.values)
    ][:_MOST_SETTINGS]
    for count in (1, 2):
        for chosen in itertools.combinations(usable, count):
            names = short_names(chosen)
            said = [", ".join(map(_setting, names, values)) for values in _rows(chosen)]
            if len(set(said)) == len(said):
                return said
    return None


def _rows(items: Sequence[Varied]) -> Iterator[tuple[Any, ...]]:
    return zip(*(item.values for item in items), strict=True)


def _setting(name: str, value: Any) -> str:
    return f"{name}={told(value)}"


def _numbered(labels: Sequence[str]) -> tuple[str, ...]:
    """Number the labels that occur more than once."""
    taken, seen = set(labels), set[str]()
    made: list[str] = []
    for label in labels:
        unique, number = label, 2
        while label in seen and unique in taken:
            unique, number = f"{label} ({number})", number + 1
        seen.add(label)
        taken.add(unique)
        made.append(unique)
    return tuple(made)


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
