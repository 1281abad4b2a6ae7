"""Items in the forms of a run: as columns of a table, or as arrays by name."""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.importers.tensorboard.pictures import pixels

#: Kinds that are tables; the others are arrays.
TABLES = ("histograms", "text", "pr_curves")
ARRAYS = ("images", "audio", "meshes", "tensors", "graphs")
#: The rows of TensorBoard's tensor of a precision-recall curve.
_PR_ROWS = ("true_positives", "false_positives", "true_negatives", "false_negatives",
            "precision", "recall")  # fmt: skip


def table_of(kind: str, item: Any) -> dict[str, NDArray[Any]]:
    """Give an item as columns."""
    if kind == "histograms":
        return {"left": item.lefts, "right": item.rights, "count": item.counts}
    if kind == "text":
        return {"text": item.reshape(-1)}
    thresholds = np.linspace(0, 1, item.shape[1])
    return {"threshold": thresholds, **dict(zip(_PR_ROWS, item, strict=True))}


def arrays_of(kind: str, item: Any) -> dict[str, NDArray[Any]]:
    """Give an item as arrays by name: images as pixels where they can be decoded."""
    if kind == "images":
        return {str(index): _picture(image.encoded) for index, image in enumerate(item)}
    if kind == "audio":
        return {str(i): np.frombuffer(sound.encoded, np.uint8) for i, sound in enumerate(item)}
    if item.dtype == object:
        flat = enumerate(item.reshape(-1).tolist())
        return {str(index): np.frombuffer(text, np.uint8) for index, text in flat}
    return {"tensor": np.array(item)}


def sounds_table(item: Any) -> dict[str, NDArray[Any]]:
    """Say what sounds are: the key each has among the arrays, its rate in hertz, its caption."""
    return {
        "key": np.array([*map(str, range(len(item))), None], object)[:-1],
        "rate_hz": np.array([sound.sample_rate or _rate(sound.encoded) for sound in item]),
        "caption": np.array([*(sound.label for sound in item), None], object)[:-1],
    }


def _rate(encoded: bytes) -> float:
    """Give the rate a WAV file says; NaN for anything else."""
    try:
        with wave.open(io.BytesIO(encoded)) as sound:
            return float(sound.getframerate())
    except (wave.Error, EOFError, ValueError):
        return float("nan")


def _picture(encoded: bytes) -> NDArray[np.uint8]:
    try:
        return pixels(encoded)
    except ValueError:
        return np.frombuffer(encoded, np.uint8)
