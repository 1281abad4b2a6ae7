"""Handwritten digits: MNIST where it lies on this machine, else the digits of scikit-learn."""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile
from bathyscope._optional import require

#: The four files of MNIST, in the order x_train, y_train, x_test, y_test.
_IDX_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
_IDX_UNSIGNED_BYTE = 8


@dataclass(frozen=True, eq=False)
class ImageData:
    """Images with labels, in a training and a test set.

    Parameters
    ----------
    name : str
    source : str
        Where they were found.
    x_train, x_test : array of float32, shape (n_samples, height, width)
        Scaled to [0, 1].
    y_train, y_test : array of int64, shape (n_samples,)
    classes : tuple of str
    """

    name: str
    source: str
    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]
    classes: tuple[str, ...]

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return (self.x_train.shape[1], self.x_train.shape[2])


def load_images() -> ImageData:
    """Load MNIST from ``$BATHYSCOPE_DATA/mnist`` or the Keras cache, else scikit-learn's digits.

    Raises
    ------
    DamagedFile
        If an MNIST file is there but cannot be read.
    MissingDependency
        If there is no MNIST and scikit-learn is not installed.
    """
    folder = os.environ.get("BATHYSCOPE_DATA")
    if folder and all((Path(folder) / "mnist" / name).exists() for name in _IDX_FILES):
        return _mnist_from_idx(Path(folder) / "mnist")
    cache = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets" / "mnist.npz"
    if cache.exists():
        return _mnist_from_cache(cache)
    return _digits_of_sklearn()


def _mnist_from_idx(folder: Path) -> ImageData:
    arrays = [read_idx(folder / name) for name in _IDX_FILES]
    return _mnist(arrays, source=str(folder))


def _mnist_from_cache(path: Path) -> ImageData:
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = [stored[name] for name in ("x_train", "y_train", "x_test", "y_test")]
    except (OSError, ValueError, KeyError) as error:
        raise DamagedFile(
            f"{path} must hold MNIST as Keras stores it, but cannot be read ({error}). "
            "Delete it and let `keras.datasets.mnist.load_data()` fetch it anew."
        ) from error
    return _mnist(arrays, source=str(path))


def _mnist(arrays: list[NDArray[Any]], *, source: str) -> ImageData:
    x_train, y_train, x_test, y_test = arrays
    return ImageData(
        "MNIST",
        source,
        (x_train / np.float32(255)).astype(np.float32),
        y_train.astype(np.int64),
        (x_test / np.float32(255)).astype(np.float32),
        y_test.astype(np.int64),
        tuple(str(digit) for digit in range(10)),
    )


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read a gzipped IDX file of unsigned bytes, the format MNIST is published in.

    Raises
    ------
    DamagedFile
        If the file is not IDX, is cut short, or fails its checksum.
    """
    try:
        content = gzip.decompress(path.read_bytes())
        kind, n_dimensions = content[2], content[3]
        start = 4 + 4 * n_dimensions
        shape = np.frombuffer(content, dtype=">u4", count=n_dimensions, offset=4)
        if kind != _IDX_UNSIGNED_BYTE:
            raise ValueError(f"element type {kind} is not unsigned byte ({_IDX_UNSIGNED_BYTE})")
        return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape.tolist())
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise DamagedFile(
            f"{path} must be a gzipped IDX file of bytes, but cannot be read ({error}). "
            "Replace it with an undamaged copy."
        ) from error


def _digits_of_sklearn() -> ImageData:
    datasets = require("sklearn.datasets", extra="demo", caller="bathyscope.datasets.load_images")
    digits = datasets.load_digits()
    images = (digits.images / 16.0).astype(np.float32)
    labels = digits.target.astype(np.int64)
    # The set is in the order of its writers; a fixed shuffle gives both halves all of them.
    order = np.random.default_rng(0).permutation(len(images))
    train, test = order[:1297], order[1297:]
    return ImageData(
        "scikit-learn digits",
        "scikit-learn",
        images[train],
        labels[train],
        images[test],
        labels[test],
        tuple(str(name) for name in digits.target_names),
    )
