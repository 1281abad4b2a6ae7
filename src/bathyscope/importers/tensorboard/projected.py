"""The embeddings of the projector in the forms of a run: features, inputs and what is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile
from bathyscope._names import FEATURES, INPUTS, SAMPLE, SHOWN
from bathyscope.importers.tensorboard.projector import CONFIG, Embedding, read_config

#: What is said of samples that are shown as images.
SAID = "metadata/"


class Projected:
    """Embeddings by name and step.

    Parameters
    ----------
    folder : pathlib.Path
        Where ``projector_config.pbtxt`` may lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[float, list[Embedding], str] = (-1.0, [], "")

    def _all(self) -> list[Embedding]:
        try:
            modified = (self._folder / CONFIG).stat().st_mtime
        except OSError:
            return []
        if modified != self._seen[0]:
            try:
                self._seen = modified, read_config(self._folder), ""
            except ValueError as error:
                self._seen = modified, [], str(error)
        return self._seen[1]

    def arrays(self) -> dict[str, dict[int, Embedding]]:
        """Give the groups of arrays, by step."""
        found: dict[str, dict[int, Embedding]] = {}
        for one in self._all():
            if one.tensor is not None:
                found.setdefault(f"{FEATURES}{one.name}", {})[one.step] = one
                if one.sprite is not None:
                    found.setdefault(f"{INPUTS}{one.name}", {})[one.step] = one
        return found

    def tables(self) -> dict[str, dict[int, Embedding]]:
        """Give the tables, by step."""
        found: dict[str, dict[int, Embedding]] = {}
        for one in self._all():
            if one.metadata is not None:
                prefix = SHOWN if one.sprite is None else SAID
                found.setdefault(f"{prefix}{one.name}", {})[one.step] = one
        return found

    def notes(self) -> list[str]:
        """Say what is not read."""
        lost = [one.name for one in self._all() if one.tensor is None]
        said = [
            f"The vectors of the embedding `{name}` lie in a checkpoint of TensorFlow, "
            "which is not read."
            for name in lost
        ]
        return [*said, *([self._seen[2]] if self._seen[2] else [])]


def arrays_of_embedding(group: str, embedding: Embedding) -> dict[str, NDArray[Any]]:
    """Read the arrays of a group: vectors, or images."""
    vectors = _read(group, embedding.vectors)
    sample = np.arange(len(vectors))
    if group.startswith(FEATURES):
        return {SAMPLE: sample, embedding.name: vectors}
    images = _read(group, lambda: embedding.images(len(vectors)))
    if images is None:
        raise DamagedFile(
            f"`{group}` must be cut out of an image that holds all {len(vectors)} samples; "
            f"`{embedding.sprite}` does not. Restore it, or look at the vectors alone."
        )
    return {SAMPLE: sample, "inputs": images}


def columns_of_embedding(name: str, embedding: Embedding) -> dict[str, NDArray[Any]]:
    """Read what is said of the samples."""
    columns = _read(name, embedding.columns)
    length = len(next(iter(columns.values()), ()))
    return {SAMPLE: np.arange(length), **columns}


def _read(name: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (OSError, ValueError) as error:
        raise DamagedFile(
            f"`{name}` must be readable files of the embedding projector; {error}. Restore them."
        ) from error
