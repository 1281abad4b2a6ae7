"""Read from a run what the views of samples need, joined by sample id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bathyscope import _names as names
from bathyscope._errors import NotRecorded
from bathyscope.views._scores import Scores, class_scores_from
from bathyscope.views._shown import Shown, show
from bathyscope.views.base import RunData

_HOW = (
    "Record it with `run.keras(probe=(x, y))`, `run.watch(model, optimizer, probe=(x, y))` "
    "or `run.evaluate(model, x, y)`."
)


def splits(recorded: Iterable[str], prefix: str) -> tuple[str, ...]:
    """Name the sample sets recorded under a prefix; the probe samples come last."""
    found = {name.removeprefix(prefix) for name in recorded if name.startswith(prefix)}
    return tuple(sorted(found, key=lambda split: (split == "probe", split)))


def default_split(run: RunData, recorded: Sequence[str], prefix: str, split: str | None) -> str:
    """Give the split asked for, or the first recorded one.

    Raises
    ------
    NotRecorded
        If the run holds nothing of the kind.
    """
    known = splits(recorded, prefix)
    if split is not None and split in known:
        return split
    if split is None and known:
        return known[0]
    asked = f"{prefix}{split or '<split>'}"
    there = f"It holds {', '.join(prefix + s for s in known)}." if known else _HOW
    raise NotRecorded(f"The run `{run.name}` holds no `{asked}`. {there}")


def read_arrays(run: RunData, group: str, step: int) -> tuple[int, dict[str, NDArray[Any]]]:
    """Read a group of arrays at a recorded step: ``(step, arrays)``."""
    found = run.resolve_step(step, run.array_steps(group), what=group)
    return found, dict(run.arrays(group, step=found))


def read_table(run: RunData, name: str, step: int) -> tuple[int, dict[str, NDArray[Any]]]:
    """Read a table at a recorded step: ``(step, columns)``."""
    found = run.resolve_step(step, run.table_steps(name), what=name)
    return found, {key: np.asarray(values) for key, values in run.table(name, step=found).items()}


def read_predictions(
    run: RunData, split: str | None, step: int
) -> tuple[str, int, dict[str, NDArray[Any]]]:
    """Read a predictions table: ``(split, step, columns)``."""
    split = default_split(run, run.table_names(), names.PREDICTIONS, split)
    step, table = read_table(run, names.PREDICTIONS + split, step)
    needed = {names.SAMPLE, "true", "predicted"}
    if not needed <= table.keys() or not len(table[names.SAMPLE]):
        raise NotRecorded(
            f"`{names.PREDICTIONS}{split}` of the run `{run.name}` must hold the columns "
            f"{', '.join(sorted(needed))} of at least one sample; "
            f"it has {', '.join(table) or 'none'}."
        )
    return split, step, table


def label_codes(
    run: RunData, split: str, table: Mapping[str, NDArray[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the true and predicted classes of a predictions table as whole numbers from 0."""
    pair: list[NDArray[np.int64]] = []
    for column in ("true", "predicted"):
        values = table[column]
        if values.dtype.kind not in "iu" or values.min() < 0:
            raise NotRecorded(
                f"Column `{column}` of `{names.PREDICTIONS}{split}` in the run `{run.name}` must "
                f"hold class numbers from 0; got {values.dtype} starting at {values.min()!s}."
            )
        pair.append(values.astype(np.int64))
    return pair[0], pair[1]


def class_names(run: RunData, split: str, *codes: NDArray[Any]) -> tuple[str, ...]:
    """Give the class names of a set of samples, or class numbers where names are missing.

    Where a set has no names of its own, those that were said last in the run are taken for its.
    """
    events = run.events(names.CLASSES_EVENT)
    own = [event for event in events if event.get("split") == split] or events
    known = [str(name) for name in own[-1]["names"]] if own else []
    highest = max((int(values.max()) for values in codes if values.size), default=-1)
    distinct = len(set(known)) == len(known)
    return tuple(
        known[code] if code < len(known) and distinct else str(code)
        for code in range(max(highest + 1, len(known)))
    )


def framework(run: RunData) -> str:
    """Name the framework of the recorded model; "" if none was recorded."""
    events = run.events(names.MODEL_EVENT)
    return str(events[-1].get("framework", "")) if events else ""


def layer_kind(run: RunData, layer: str) -> str:
    """Class name of a layer of the recorded model; "" if unknown."""
    events = run.events(names.MODEL_EVENT)
    layers: Sequence[Mapping[str, Any]] = events[-1].get("layers", ()) if events else ()
    return next((str(item.get("kind", "")) for item in layers if item.get("name") == layer), "")


def recorded_layers(run: RunData, group: str) -> list[str]:
    """Name the layers a group of arrays holds, in the order of the model."""
    steps = run.array_steps(group)
    found = [name for name in run.arrays(group, step=steps[-1]) if name != names.SAMPLE]
    events = run.events(names.MODEL_EVENT)
    layers: Sequence[Mapping[str, Any]] = events[-1].get("layers", ()) if events else ()
    place = {str(item.get("name")): index for index, item in enumerate(layers)}
    return sorted(found, key=lambda name: (place.get(name, len(place)), name))


def positions(known: ArrayLike, wanted: ArrayLike) -> NDArray[np.int64]:
    """Find ids in a list of ids: their positions, -1 where they are missing."""
    ids, sought = np.asarray(known), np.asarray(wanted)
    if _are_same(ids, sought):
        return np.arange(len(ids))
    place = {value: index for index, value in enumerate(ids.tolist())}
    return np.array([place.get(value, -1) for value in sought.tolist()], dtype=np.int64)


def _are_same(ids: NDArray[Any], sought: NDArray[Any]) -> bool:
    """Tell whether these are the same samples, as recorded together: the usual case."""
    is_same = np.array_equal(ids, sought) and ids.dtype.kind in "iu"
    return is_same and bool((ids[1:] > ids[:-1]).all())


def shown_inputs(
    run: RunData, split: str, sample: NDArray[Any]
) -> tuple[Shown | None, NDArray[np.int64]]:
    """Find what a person can be shown of samples.

    Returns
    -------
    shown : Shown or None
        One entry per sample that has one; None if nothing is recorded.
    rows : array of int64
        Positions in ``sample`` of those that have one.
    """
    for look in (_shown_table, _recorded_inputs):
        try:
            found = look(run, split)
        except ValueError:
            # A model may take what no person can look at; the rest is shown without it.
            continue
        if found is None:
            continue
        ids, shown = found
        at = positions(ids, sample)
        rows = np.flatnonzero(at >= 0)
        if rows.size:
            return shown.take(at[rows]), rows
    return None, np.arange(0)


def _shown_table(run: RunData, split: str) -> tuple[NDArray[Any], Shown] | None:
    name = f"{names.SHOWN}{split}"
    if name not in run.table_names():
        return None
    _, table = read_table(run, name, -1)
    ids = table.pop(names.SAMPLE, None)
    if ids is None or not table:
        return None
    return ids, show(table["text"]) if "text" in table else show(table)


def _recorded_inputs(run: RunData, split: str) -> tuple[NDArray[Any], Shown] | None:
    group = names.INPUTS + split
    if group not in run.array_groups():
        return None
    _, arrays = read_arrays(run, group, -1)
    ids = arrays.pop(names.SAMPLE, None)
    if ids is None or not arrays:
        return None
    if (sounds := arrays.get(names.SOUNDS)) is not None and names.RATE_HZ in arrays:
        return ids, Shown(sounds=sounds, rate_hz=float(arrays[names.RATE_HZ][0]))
    # Of several inputs the one that looks most like a picture is shown.
    key = max(arrays, key=lambda name: arrays[name].ndim)
    note = f"Of {len(arrays)} inputs, `{key}` is shown." if len(arrays) > 1 else ""
    return ids, show(arrays[key]).noted(note)


def predictions_of(
    run: RunData, split: str, step: int, sample: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """Look up what is recorded of samples in the predictions table of a step.

    Returns
    -------
    dict of str to array, shape (n_samples,)
        Empty if there is no table of that step. Whole numbers are -1, others NaN or "" for
        samples that the table does not hold.
    """
    name = names.PREDICTIONS + split
    if name not in run.table_names() or step not in run.table_steps(name):
        return {}
    return looked_up(run.table(name, step=step), sample)


def looked_up(table: Mapping[str, NDArray[Any]], sample: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Give what a table of samples holds of some of them, as `predictions_of` does."""
    known = np.asarray(table[names.SAMPLE])
    columns = {name: np.asarray(held) for name, held in table.items() if name != names.SAMPLE}
    if _are_same(known, sample):
        return columns
    at = positions(known, sample)
    return {name: _taken(values, at) for name, values in columns.items()}


def _taken(values: NDArray[Any], at: NDArray[np.int64]) -> NDArray[Any]:
    missing: Any = {"i": -1, "u": 0, "f": np.nan, "b": False}.get(values.dtype.kind, "")
    return np.where(at >= 0, values[at], missing) if len(values) else np.full(len(at), missing)


def worst_samples(run: RunData, split: str, sample: NDArray[Any]) -> NDArray[Any]:
    """Order samples by their loss at the last recorded step, the highest first, unknown ones last.

    Raises
    ------
    NotRecorded
        If no losses are recorded of them.
    """
    _, step, _ = read_predictions(run, split, -1)
    loss = predictions_of(run, split, step, sample).get("loss")
    if loss is None:
        raise NotRecorded(
            f"The run `{run.name}` holds no losses of {split} samples. "
            "Use `sort='given'`, or name the samples with `sample`."
        )
    return sample[np.argsort(-np.nan_to_num(loss, nan=-np.inf), kind="stable")]


def require_key(
    run: RunData, group: str, arrays: Mapping[str, NDArray[Any]], key: str
) -> NDArray[Any]:
    """Give one array of a group, or say that it is not there."""
    if key not in arrays or not len(arrays[key]):
        raise NotRecorded(
            f"`{group}` of the run `{run.name}` must hold `{key}` with at least one sample; "
            f"it has {', '.join(arrays) or 'nothing'}."
        )
    return arrays[key]


def require_vectors(
    run: RunData, group: str, arrays: Mapping[str, NDArray[Any]], key: str
) -> NDArray[Any]:
    """Give one array of a group that has a sample of finite numbers, or say that it has none."""
    vectors = require_key(run, group, arrays, key)
    if not finite_rows(vectors).any():
        raise NotRecorded(
            f"`{key}` in `{group}` of the run `{run.name}` must hold a sample of finite numbers; "
            f"all {len(vectors)} have NaN or infinities. The model has diverged."
        )
    return vectors


def finite_rows(vectors: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which samples hold only finite numbers."""
    finite = np.isfinite(vectors.reshape(len(vectors), -1))
    # Nearly always all are, which is told at once; to ask row by row takes ten times as long.
    return np.ones(len(finite), bool) if finite.all() else np.asarray(finite.all(axis=1))


def group_ids(
    run: RunData, split: str, arrays: Mapping[str, NDArray[Any]], count: int
) -> NDArray[Any]:
    """Give the sample ids of a group of arrays: its own, those of the inputs, else positions."""
    ids = arrays.get(names.SAMPLE)
    group = names.INPUTS + split
    if ids is None and group in run.array_groups():
        ids = read_arrays(run, group, -1)[1].get(names.SAMPLE)
    # Of the inputs more samples may be kept than of large arrays: always the first ones.
    return np.arange(count) if ids is None or len(ids) < count else ids[:count]


def shows_text(run: RunData, split: str) -> bool:
    """Whether texts are recorded of a set of samples."""
    name = names.SHOWN + split
    return name in run.table_names() and "text" in read_table(run, name, -1)[1]


def columns_of(
    run: RunData, split: str, step: int, sample: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """Collect every column recorded of samples: of their predictions, and of what is shown."""
    known = predictions_of(run, split, step, sample)
    if not known and names.PREDICTIONS + split in run.table_names():
        # The truth is the same at every step; predictions of another step are not.
        last = run.table_steps(names.PREDICTIONS + split)[-1]
        found = predictions_of(run, split, last, sample)
        known = {name: values for name, values in found.items() if name == "true"}
    if names.SHOWN + split in run.table_names():
        _, table = read_table(run, names.SHOWN + split, -1)
        at = positions(table.pop(names.SAMPLE, np.arange(0)), sample)
        known |= {name: _taken(values, at) for name, values in table.items()}
    return known


def scores_from(run: RunData, split: str, values: NDArray[Any]) -> Scores:
    """Read recorded scores as what they were recorded as.

    Raises
    ------
    NotRecorded
        If they are not finite, or have no such shape.
    """
    said = [event for event in run.events(names.SCORES_EVENT) if event.get("split") == split]
    kind = str(said[-1].get("scores", "auto")) if said else "auto"
    try:
        return class_scores_from(values, kind=kind)  # pyright: ignore[reportArgumentType]
    except ValueError as error:
        raise NotRecorded(
            f"`{names.SCORES}{split}` of the run `{run.name}` cannot be shown. {error}"
        ) from error
