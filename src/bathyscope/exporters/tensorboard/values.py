"""What a run holds, as values of TensorBoard's plugins."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.exporters.tensorboard.proto import (
    held,
    metadata,
    real,
    tensor,
    tensor_value,
    text_tensor,
    whole,
)

Table = Mapping[str, NDArray[Any]]
_CURVE = ("true_positives", "false_positives", "true_negatives", "false_negatives", "precision",
          "recall")  # fmt: skip
#: How a sound is written, in TensorBoard's words: WAV.
_WAV = 11
_STATUS = {"finished": 1, "failed": 2, "interrupted": 2, "running": 3}


def histogram(tag: str, table: Table) -> bytes:
    """Write a histogram: its bins' edges and counts."""
    rows = np.stack([np.asarray(table[key], "<f8") for key in ("left", "right", "count")], axis=1)
    return tensor_value(tag, tensor(rows), metadata("histograms"))


def text(tag: str, table: Table) -> bytes:
    """Write texts."""
    texts = [str(value).encode(errors="replace") for value in table["text"]]
    return tensor_value(tag, text_tensor(texts, (len(texts),)), metadata("text"))


def curve(tag: str, table: Table) -> bytes:
    """Write a precision-recall curve."""
    rows = np.stack([np.asarray(table[key], "<f4") for key in _CURVE])
    about = metadata("pr_curves", whole(2, rows.shape[1]))
    return tensor_value(tag, tensor(rows), about)


def images(tag: str, arrays: Table) -> bytes:
    """Write images of one step.

    Raises
    ------
    ValueError
        If one is none.
    """
    pictures = [_picture(arrays[key]) for key in _in_order(arrays)]
    width, height = pictures[0][1]
    texts = [str(width).encode(), str(height).encode(), *(png for png, _ in pictures)]
    return tensor_value(tag, text_tensor(texts, (len(texts),)), metadata("images"))


def _in_order(arrays: Table) -> list[str]:
    """Give keys in the order of their numbers: 2 before 10."""
    return sorted(arrays, key=lambda key: (len(key), key))


def _picture(array: NDArray[Any]) -> tuple[bytes, tuple[int, int]]:
    """Give an image as it is encoded, and its width and height."""
    from PIL import Image

    try:
        if array.ndim == 1 and array.dtype == np.uint8:  # encoded already
            with Image.open(io.BytesIO(array.tobytes())) as known:
                return array.tobytes(), known.size
        shown = _bytes_of(array)
        image = Image.fromarray(shown[..., 0] if shown.shape[2:] == (1,) else shown)
        encoded = io.BytesIO()
        image.save(encoded, "PNG")
    except (OSError, TypeError, SyntaxError) as error:
        raise ValueError(f"an array of shape {array.shape} that is no image ({error})") from error
    return encoded.getvalue(), image.size


def _bytes_of(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Give numbers as bytes: floating-point ones go from 0 to 1, or else to 255."""
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind == "f":
        finite = np.nan_to_num(array)
        scale = 255 if finite.max(initial=0) <= 1 else 1
        return np.rint(np.clip(finite * scale, 0, 255)).astype(np.uint8)
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    return np.clip(array, 0, 255).astype(np.uint8)


def sounds(tag: str, arrays: Table, about: Table) -> bytes:
    """Write sounds of one step.

    Parameters
    ----------
    tag : str
    arrays : mapping of str to array
        Samples, shape (n_samples,) or (n_samples, n_channels); or an encoded sound.
    about : mapping
        Columns key, rate_hz and caption; as far as they are known.

    Raises
    ------
    ValueError
        If one is none.
    """
    keys = [str(key) for key in about.get("key", np.empty(0))]
    texts: list[bytes] = []
    for key in _in_order(arrays):
        array = arrays[key]
        row = keys.index(key) if key in keys else None
        rate = math.nan if row is None else float(about["rate_hz"][row])
        caption = "" if row is None or "caption" not in about else str(about["caption"][row])
        texts += [_sound(array, rate), caption.encode()]
    content = whole(2, _WAV)
    return tensor_value(tag, text_tensor(texts, (len(arrays), 2)), metadata("audio", content))


def _sound(array: NDArray[Any], rate: float) -> bytes:
    if array.dtype == np.uint8 and array.ndim == 1:  # encoded already
        return array.tobytes()
    if array.ndim not in (1, 2) or not math.isfinite(rate) or rate < 1:
        raise ValueError(f"an array of shape {array.shape} and rate {rate} that is no sound")
    samples = array.astype("<i2")
    if array.dtype.kind == "f":
        samples = np.rint(np.clip(np.nan_to_num(array), -1, 1) * 32767).astype("<i2")
    encoded = io.BytesIO()
    with wave.open(encoded, "wb") as sound:
        sound.setnchannels(1 if array.ndim == 1 else array.shape[1])
        sound.setsampwidth(2)
        sound.setframerate(round(rate))
        sound.writeframes(samples.tobytes())
    return encoded.getvalue()


def session_start(config: Mapping[str, Any], *, name: str, time: float) -> bytes:
    """Write what a run was set to (hyperparameters)."""
    pairs = [
        held(1, held(1, key.encode()) + held(2, _plain(value))) for key, value in _flat(config)
    ]
    started = b"".join(pairs) + held(4, name.encode()) + real(5, time)
    return _session("_hparams_/session_start_info", held(3, started))


def session_end(status: str, *, time: float) -> bytes:
    """Write how a run ended."""
    ended = whole(1, _STATUS.get(status, 0)) + real(2, time)
    return _session("_hparams_/session_end_info", held(4, ended))


def _session(tag: str, content: bytes) -> bytes:
    nothing = whole(1, 1) + held(2, held(2, whole(1, 0)))  # TensorBoard wants a tensor
    return tensor_value(tag, nothing, metadata("hparams", content))


def _flat(config: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Give settings by dotted names."""
    found: list[tuple[str, Any]] = []
    for key, value in config.items():
        name = f"{before}{key}"
        found += _flat(value, f"{name}.") if isinstance(value, Mapping) else [(name, value)]
    return found


def _plain(value: Any) -> bytes:
    """Write a number, a truth or a text (google.protobuf.Value)."""
    if isinstance(value, bool):
        return whole(4, int(value))
    if isinstance(value, (int, float)) and abs(value) < 2**1023:
        return real(2, float(value))
    return held(3, str(value).encode(errors="replace"))
