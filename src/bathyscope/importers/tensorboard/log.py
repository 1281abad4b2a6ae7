"""What one folder of event files holds: columns of scalars, and everything else by tag.

Nothing is decoded before it is asked for, so that a log of any size costs what is looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import unknown_name
from bathyscope.importers.tensorboard.events import Metadata
from bathyscope.importers.tensorboard.items import Payloads, Place
from bathyscope.importers.tensorboard.points import FILE_BITS
from bathyscope.importers.tensorboard.store import Store
from bathyscope.importers.tensorboard.values import kind_of, read_value

_EMPTY = Metadata()


@dataclass(frozen=True, eq=False)
class ScalarColumn:
    """The scalars of one tag, in the order they were written.

    Parameters
    ----------
    tag : str
    steps : array of shape (n_points,), int64
    times : array of shape (n_points,), float64
        Seconds since 1970 (UTC).
    values : array of shape (n_points,)
        In the type they were written in.
    metadata : Metadata
    """

    tag: str
    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    values: NDArray[Any]
    metadata: Metadata

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True, eq=False)
class ItemColumn:
    """What was written under one tag and is no scalar, in the order it was written.

    Parameters
    ----------
    tag : str
    kind : str
        One of ``bathyscope.importers.tensorboard.values.KINDS``.
    steps : array of shape (n_items,), int64
    times : array of shape (n_items,), float64
        Seconds since 1970 (UTC).
    payloads : sequence of (int, bytes)
        Each item as it was written, with the number of the field that held it. They are read
        from the file when they are asked for.
    metadata : Metadata
    """

    tag: str
    kind: str
    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    payloads: Payloads
    metadata: Metadata

    def __len__(self) -> int:
        return len(self.steps)

    def value(self, index: int) -> Any:
        """Decode one item.

        Returns
        -------
        Histogram, list of Image, list of Audio, list of str or array

        Raises
        ------
        ValueError
            If its bytes are no such thing.
        """
        number, payload = self.payloads[index]
        return read_value(self.kind, number, payload)


class ScalarColumns(Mapping[str, ScalarColumn]):
    """The scalars of a log by tag; a column is made when it is asked for, and not kept."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @cached_property
    def _tags(self) -> dict[str, None]:
        """The tags of which a restart did not make everything void."""
        found = self.store.scalar_tags()
        if self.store.has_restarts():
            found = [tag for tag in found if len(self._column(tag))]
        return dict.fromkeys(found)

    def _column(self, tag: str) -> ScalarColumn:
        columns, values = self.store.columns(tag)
        keep = self.store.survivors(columns.records, columns.steps)
        if keep is not None:
            columns, values = columns.take(keep), values[keep]
        metadata = self.store.metadata.get(tag, _EMPTY)
        return ScalarColumn(tag, columns.steps, columns.times, values, metadata)

    def __getitem__(self, tag: str) -> ScalarColumn:
        if tag not in self._tags:
            raise KeyError(tag)
        return self._column(tag)

    def __contains__(self, tag: object) -> bool:
        return tag in self._tags

    def __iter__(self) -> Iterator[str]:
        return iter(self._tags)

    def __len__(self) -> int:
        return len(self._tags)


def item_columns(store: Store) -> dict[str, dict[str, ItemColumn]]:
    """Give what a store holds that is no scalar, by kind and tag."""
    names = list(store.tags)
    found: defaultdict[str, dict[str, ItemColumn]] = defaultdict(dict)
    for key in store.items.keys():  # noqa: SIM118 (a table, no mapping)
        rows = store.items.of(key)
        keep = store.survivors(rows.records, rows.steps)
        if keep is not None:
            rows = rows.take(keep)
        tag = names[key]
        metadata = store.metadata.get(tag, _EMPTY)
        kinds = np.array([kind_of(int(number), metadata.plugin) for number in rows.kinds])
        for kind in dict.fromkeys(kinds.tolist()):
            part = rows.take(kinds == kind)
            places = [
                Place(store.files[record >> FILE_BITS].path, start, stop)
                for record, start, stop in zip(
                    part.records.tolist(), part.starts.tolist(), part.stops.tolist(), strict=True
                )
            ]
            payloads = Payloads(part.kinds, places)
            found[kind][tag] = ItemColumn(tag, kind, part.steps, part.times, payloads, metadata)
    return dict(found)


class RunLog:
    """What one folder of event files holds.

    Parameters
    ----------
    name : str
        The folder below the log folder; ``"."`` for the log folder itself.
    path : pathlib.Path
    files : tuple of pathlib.Path
    store : Store
        What was read of them.
    faults : tuple of str
        What could not be read, file by file.

    Attributes
    ----------
    scalars : mapping of str to ScalarColumn
        By tag.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        files: tuple[Path, ...],
        *,
        store: Store,
        faults: tuple[str, ...],
    ) -> None:
        self.name = name
        self.path = path
        self.files = files
        self.faults = faults
        self.store = store
        self.scalars = ScalarColumns(store)

    @cached_property
    def items(self) -> dict[str, dict[str, ItemColumn]]:
        """Everything else, by kind and tag.

        Kinds are histograms, images, audio, text, pr_curves, hparams, meshes, custom_scalars,
        graphs and tensors.
        """
        return item_columns(self.store)

    @property
    def metadata(self) -> Mapping[str, Metadata]:
        """What the writer said of each tag first."""
        return self.store.metadata

    @property
    def graph(self) -> bytes | None:
        """The last GraphDef."""
        return None if self.store.graph is None else self.store.graph.read()

    @property
    def meta_graph(self) -> bytes | None:
        """The last MetaGraphDef."""
        return None if self.store.meta_graph is None else self.store.meta_graph.read()

    @property
    def run_metadata(self) -> dict[str, bytes]:
        """TensorFlow's RunMetadata, by tag."""
        return {tag: place.read() for tag, place in self.store.run_metadata.items()}

    @cached_property
    def n_void(self) -> int:
        """How many values were left out because a restart made them void."""
        store = self.store
        written = int(store.points.counts(len(store.keys)).sum()) + len(store.items.whole().keys)
        written += sum(map(len, store.odd.values()))
        kept = sum(len(column) for column in self.scalars.values())
        kept += sum(len(column) for tags in self.items.values() for column in tags.values())
        return written - kept

    def scalar(self, tag: str) -> ScalarColumn:
        """Give the scalars of a tag.

        Raises
        ------
        UnknownName
            If there is no such tag; the nearest are offered.
        """
        if tag not in self.scalars:
            raise unknown_name("scalar", tag, self.scalars)
        return self.scalars[tag]

    def __repr__(self) -> str:
        kinds: dict[str, Mapping[str, Any]] = {"scalars": self.scalars, **self.items}
        counts = ", ".join(f"{len(tags)} {kind}" for kind, tags in kinds.items() if tags)
        return f"<RunLog {self.name}: {counts or 'empty'}>"
