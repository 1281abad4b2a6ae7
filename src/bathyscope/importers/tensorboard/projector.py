"""What TensorBoard's embedding projector shows: vectors, what is said of them, and their images.

``projector_config.pbtxt`` names the files; they are read when they are asked for. Vectors that lie
in a checkpoint of TensorFlow are named and not read.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.importers.tensorboard.pictures import pixels

CONFIG = "projector_config.pbtxt"
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|([A-Za-z_][\w]*)|([{}:<>,;\[\]])'
                    r"|([-+.\w]+)|#[^\n]*")  # fmt: skip
_ESCAPE = re.compile(r"\\(.)")
_STEP = re.compile(r"(?:^|[:/])(\d{1,18})(?=$|/)")
_LARGEST_CONFIG = 1 << 22


@dataclass
class Embedding:
    """One set of vectors.

    Parameters
    ----------
    name : str
    step : int
    tensor, metadata, sprite : pathlib.Path or None
        Files of tab-separated values, and the image of all samples.
    image_size : (int, int)
        Width and height of one sample in the sprite.
    """

    name: str = ""
    step: int = 0
    tensor: Path | None = None
    metadata: Path | None = None
    sprite: Path | None = None
    image_size: tuple[int, int] = (0, 0)

    def vectors(self) -> NDArray[np.float32]:
        """Read the vectors, shape (n_samples, n_features).

        Raises
        ------
        ValueError, OSError
            If they cannot be read.
        """
        if self.tensor is None:
            raise ValueError("vectors that lie in a checkpoint of TensorFlow")
        rows = self.tensor.read_text(encoding="utf-8", errors="replace").splitlines()
        table = [np.array(row.split("\t"), np.float32) for row in rows if row.strip()]
        if len({len(row) for row in table}) > 1:
            raise ValueError("vectors of different lengths")
        return np.stack(table) if table else np.empty((0, 0), np.float32)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Read what is said of the samples: one column is a text, several have their names."""
        if self.metadata is None:
            return {}
        with self.metadata.open(encoding="utf-8", errors="replace", newline="") as file:
            reader = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            rows = [row for row in reader if row]
        if not rows or len(rows[0]) < 2:
            return {"text": _texts([row[0] for row in rows])} if rows else {}
        head, body = rows[0], rows[1:]
        return {
            name or f"column {place + 1}": _texts(
                [r[place] if place < len(r) else "" for r in body]
            )
            for place, name in enumerate(head)
        }

    def images(self, n_samples: int) -> NDArray[np.uint8] | None:
        """Cut the samples' images out of the sprite; None if there is none that fits."""
        width, height = self.image_size
        if self.sprite is None or width < 1 or height < 1:
            return None
        sprite = pixels(self.sprite.read_bytes())
        across, down = sprite.shape[1] // width, sprite.shape[0] // height
        if across * down < n_samples:
            return None
        cut = sprite[: down * height, : across * width]
        tiles = cut.reshape(down, height, across, width, -1).swapaxes(1, 2)
        tiles = tiles.reshape(-1, height, width, tiles.shape[-1])[:n_samples]
        return tiles[..., 0] if tiles.shape[-1] == 1 else tiles


def _texts(texts: list[str]) -> NDArray[Any]:
    return np.array([*texts, None], object)[:-1]


def read_config(folder: Path) -> list[Embedding]:
    """Read which embeddings a folder names; none if it names none.

    Raises
    ------
    ValueError
        If the file is no such configuration.
    """
    path = folder / CONFIG
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_CONFIG).decode(errors="replace")
    except OSError:
        return []
    told = _Text(text).message()
    found = [_embedding(one, folder) for one in told.get("embeddings", []) if isinstance(one, dict)]
    return [embedding for embedding in found if embedding.name]


def _embedding(told: dict[str, list[Any]], folder: Path) -> Embedding:
    name = str(told.get("tensor_name", [""])[-1])
    tensor = _file(told, "tensor_path", folder)
    sprites = [one for one in told.get("sprite", []) if isinstance(one, dict)]
    sprite = sprites[-1] if sprites else {}
    size = [int(one) for one in sprite.get("single_image_dim", []) if str(one).isdigit()][:2]
    step = _STEP.search(name) or _STEP.search(str(told.get("tensor_path", [""])[-1]))
    return Embedding(
        name=name.partition(":")[0],
        step=int(step[1]) if step else 0,
        tensor=tensor,
        metadata=_file(told, "metadata_path", folder),
        sprite=_file(sprite, "image_path", folder),
        image_size=(size[0], size[1]) if len(size) == 2 else (0, 0),
    )


def _file(told: dict[str, list[Any]], key: str, folder: Path) -> Path | None:
    """Give a file that is named; one outside of the folder is nobody's to show."""
    names = told.get(key)
    if not names or not isinstance(names[-1], str) or not names[-1] or "\0" in names[-1]:
        return None
    path = folder / names[-1]
    return path if path.resolve().is_relative_to(folder.resolve()) else None


@dataclass
class _Text:
    """Reads the text form of protocol buffers, as far as these files use it."""

    text: str
    tokens: list[re.Match[str]] = field(default_factory=list[re.Match[str]])
    at: int = 0

    def __post_init__(self) -> None:
        found = _TOKEN.finditer(self.text)
        self.tokens = [token for token in found if not token[0].startswith("#")]

    def message(self, depth: int = 0) -> dict[str, list[Any]]:
        """Read fields until the message ends."""
        if depth > 16:
            raise ValueError(f"`{CONFIG}` is nested too deeply")
        told: dict[str, list[Any]] = {}
        while self.at < len(self.tokens) and self.tokens[self.at][0] not in "}>":
            key = self.tokens[self.at][0]
            self.at += 1
            told.setdefault(key, []).append(self._value(depth))
        self.at += 1
        return told

    def _value(self, depth: int) -> Any:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == ":":
            self.at += 1
        if self.at >= len(self.tokens):
            raise ValueError(f"`{CONFIG}` ends within a field")
        token = self.tokens[self.at]
        self.at += 1
        if token[0] in "{<":
            return self.message(depth + 1)
        text = token[1] if token[1] is not None else token[2]
        return token[0] if text is None else _ESCAPE.sub(r"\1", text)
