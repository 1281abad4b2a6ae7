from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from bathyscope import DamagedFile
from bathyscope.datasets import load_images
from bathyscope.datasets.images import _IDX_FILES, read_idx

DATA = os.environ.get("BATHYSCOPE_DATA")


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BATHYSCOPE_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


def idx(array: np.ndarray, kind: int = 8) -> bytes:
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes())


def write_mnist(folder: Path, rng: np.random.Generator) -> list[np.ndarray]:
    folder.mkdir(parents=True)
    arrays = [
        rng.integers(0, 256, (6, 28, 28)), rng.integers(0, 10, 6),
        rng.integers(0, 256, (3, 28, 28)), rng.integers(0, 10, 3),
    ]  # fmt: skip
    for name, array in zip(_IDX_FILES, arrays, strict=True):
        (folder / name).write_bytes(idx(array))
    return arrays


def test_without_mnist_the_digits_of_sklearn_are_used_whole() -> None:
    data = load_images()
    assert data.name == "scikit-learn digits"
    digits = load_digits()
    both = np.concatenate([data.x_train, data.x_test]).reshape(-1, 64)
    np.testing.assert_array_equal(
        np.unique(both, axis=0), np.unique((digits.data / 16).astype(np.float32), axis=0)
    )
    assert len(both) == len(digits.data)
    assert set(data.y_test) == set(range(10))


def test_mnist_is_read_from_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    arrays = write_mnist(tmp_path / "data" / "mnist", rng)
    monkeypatch.setenv("BATHYSCOPE_DATA", str(tmp_path / "data"))
    data = load_images()
    assert data.name == "MNIST"
    np.testing.assert_array_equal(np.rint(data.x_train * 255), arrays[0])
    np.testing.assert_array_equal(data.y_test, arrays[3])


def test_mnist_is_read_from_the_keras_cache(tmp_path: Path, rng: np.random.Generator) -> None:
    folder = tmp_path / "keras" / "datasets"
    folder.mkdir(parents=True)
    x, y = rng.integers(0, 256, (4, 28, 28), dtype=np.uint8), rng.integers(0, 10, 4)
    np.savez(folder / "mnist.npz", x_train=x, y_train=y, x_test=x[:2], y_test=y[:2])
    data = load_images()
    np.testing.assert_array_equal(data.y_train, y)
    assert data.x_test.shape == (2, 28, 28)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not gzip",
        idx(np.zeros((2, 2)))[:-9],
        idx(np.zeros(3), kind=13),
        gzip.compress(b"\0\0"),
    ],
    ids=["empty", "not gzip", "cut short", "floats", "no header"],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "labels.gz"
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match=r"labels\.gz must be a gzipped IDX file"):
        read_idx(path)


def test_a_damaged_cache_says_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "keras" / "datasets"
    folder.mkdir(parents=True)
    (folder / "mnist.npz").write_bytes(b"PK broken")
    with pytest.raises(DamagedFile, match="Delete it"):
        load_images()


@pytest.mark.skipif(DATA is None, reason="needs the real MNIST files in $BATHYSCOPE_DATA")
def test_real_mnist_has_its_published_size() -> None:
    folder = Path(str(DATA)) / "mnist"
    assert read_idx(folder / _IDX_FILES[0]).shape == (60_000, 28, 28)
    assert np.bincount(read_idx(folder / _IDX_FILES[3])).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
