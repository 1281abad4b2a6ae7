"""What one folder of event files holds: columns of scalars, and everything else by tag."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import unknown_name
from bathyscope.importers.tensorboard.events import Metadata
from bathyscope.importers.tensorboard.values import read_value


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
    payloads : tuple of (int, bytes)
        Each item as it was written, with the number of the field that held it.
    metadata : Metadata
    """

    tag: str
    kind: str
    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    payloads: tuple[tuple[int, bytes], ...]
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


@dataclass(frozen=True, eq=False)
class RunLog:
    """What one folder of event files holds.

    Parameters
    ----------
    name : str
        The folder below the log folder; ``"."`` for the log folder itself.
    path : pathlib.Path
    files : tuple of pathlib.Path
    scalars : dict of str to ScalarColumn
        By tag.
    items : dict of str to dict of str to ItemColumn
        By kind and tag: histograms, images, audio, text, pr_curves, hparams, meshes,
        custom_scalars, graphs and tensors.
    graph, meta_graph : bytes or None
        The last GraphDef and MetaGraphDef.
    run_metadata : dict of str to bytes
        TensorFlow's RunMetadata, by tag.
    n_void : int
        How many values were left out because a restart made them void.
    faults : tuple of str
        What could not be read, file by file.
    """

    name: str
    path: Path
    files: tuple[Path, ...]
    scalars: dict[str, ScalarColumn]
    items: dict[str, dict[str, ItemColumn]]
    graph: bytes | None = None
    meta_graph: bytes | None = None
    run_metadata: dict[str, bytes] = field(default_factory=dict[str, bytes])
    n_void: int = 0
    faults: tuple[str, ...] = ()

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
        kinds = {"scalars": self.scalars, **self.items}
        counts = ", ".join(f"{len(tags)} {kind}" for kind, tags in kinds.items() if tags)
        return f"<RunLog {self.name}: {counts or 'empty'}>"
