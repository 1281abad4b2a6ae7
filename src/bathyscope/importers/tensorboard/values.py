"""What event files hold besides scalars, decoded: histograms, images, sounds, texts, tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.importers.tensorboard import wire
from bathyscope.importers.tensorboard.events import AUDIO, HISTOGRAM, IMAGE
from bathyscope.importers.tensorboard.tensors import read_tensor

#: Kinds of items, and the plugins of TensorBoard whose they are.
KINDS = {
    "histograms": ("histograms",),
    "images": ("images",),
    "audio": ("audio",),
    "text": ("text",),
    "pr_curves": ("pr_curves",),
    "hparams": ("hparams",),
    "meshes": ("mesh",),
    "custom_scalars": ("custom_scalars",),
    "graphs": ("graphs", "graph_run_metadata", "graph_run_metadata_graph", "graph_keras_model"),
    "tensors": (),
}
_KIND_OF_PLUGIN = {plugin: kind for kind, plugins in KINDS.items() for plugin in plugins}
_KIND_OF_FIELD = {HISTOGRAM: "histograms", IMAGE: "images", AUDIO: "audio"}


def kind_of(number: int, plugin: str) -> str:
    """Give the kind of a value by the field that holds it and its tag's plugin."""
    return _KIND_OF_FIELD.get(number) or _KIND_OF_PLUGIN.get(plugin, "tensors")


@dataclass(frozen=True, eq=False)
class Histogram:
    """How often values fell between edges.

    Parameters
    ----------
    lefts, rights, counts : array of shape (n_buckets,), float64
        Empty buckets at either end are left out, and the outermost edges are the smallest and
        the largest value, as TensorBoard shows them.
    """

    lefts: NDArray[np.float64]
    rights: NDArray[np.float64]
    counts: NDArray[np.float64]


@dataclass(frozen=True)
class Image:
    """An image as it was written: PNG, JPEG, GIF or BMP.

    Parameters
    ----------
    width, height : int
    encoded : bytes
    """

    width: int
    height: int
    encoded: bytes


@dataclass(frozen=True)
class Audio:
    """A sound as it was written, mostly WAV.

    Parameters
    ----------
    encoded : bytes
    label : str
    sample_rate : float
        In hertz; 0 if it is written in the sound only.
    """

    encoded: bytes
    label: str = ""
    sample_rate: float = 0.0


def read_value(kind: str, number: int, payload: bytes) -> Any:
    """Decode an item of a kind, whichever field held it."""
    if number == HISTOGRAM:
        return _histogram_of_summary(payload)
    if number == IMAGE:
        return [_image_of_summary(payload)]
    if number == AUDIO:
        return [_audio_of_summary(payload)]
    if kind == "hparams" and not payload:
        return np.empty(0)
    tensor = read_tensor(payload)
    return _OF_TENSOR[kind](tensor) if kind in _OF_TENSOR else tensor


def histogram_fields(payload: bytes) -> dict[str, Any]:
    """Give the fields of a HistogramProto as they are written."""
    names = {1: "min", 2: "max", 3: "num", 4: "sum", 5: "sum_squares"}
    found: dict[str, Any] = dict.fromkeys(names.values(), 0.0)
    lists: dict[int, list[NDArray[Any]]] = {6: [], 7: []}
    for part in wire.fields(payload):
        if part.number in names:
            found[names[part.number]] = wire.float64(payload, part)
        elif part.number in lists:
            lists[part.number].append(wire.numbers(payload, part, "<f8"))
    for number, name in ((6, "bucket_limit"), (7, "bucket")):
        found[name] = np.concatenate([np.empty(0), *lists[number]])
    return found


def _histogram_of_summary(payload: bytes) -> Histogram:
    found = histogram_fields(payload)
    limits, counts = found["bucket_limit"], found["bucket"]
    filled = np.flatnonzero(counts > 0)
    if not len(filled):
        return Histogram(np.empty(0), np.empty(0), np.empty(0))
    first, last = int(filled[0]), int(filled[-1])
    edges = limits[first:last]
    if len(edges) < last - first:
        raise ValueError(f"a histogram of {len(counts)} counts with {len(limits)} limits")
    return Histogram(
        np.append(found["min"], edges), np.append(edges, found["max"]), counts[first : last + 1]
    )


def _histogram_of_tensor(tensor: NDArray[Any]) -> Histogram:
    if tensor.size == 0:
        return Histogram(np.empty(0), np.empty(0), np.empty(0))
    if tensor.ndim != 2 or tensor.shape[1] != 3 or tensor.dtype.kind not in "iuf":
        raise ValueError(f"a histogram of shape {tensor.shape}")
    lefts, rights, counts = tensor.astype(np.float64).T
    return Histogram(lefts, rights, counts)


def _image_of_summary(payload: bytes) -> Image:
    height = width = 0
    encoded = b""
    for part in wire.fields(payload):
        if part.number == 1:
            height = wire.integer(payload, part)
        elif part.number == 2:
            width = wire.integer(payload, part)
        elif part.number == 4:
            encoded = wire.content(payload, part)
    return Image(width, height, encoded)


def _images_of_tensor(tensor: NDArray[Any]) -> list[Image]:
    texts = _texts(tensor)
    if len(texts) < 2:
        raise ValueError("an image without its width and height")
    width, height = (int(text) for text in texts[:2])
    return [Image(width, height, encoded) for encoded in texts[2:]]


def _audio_of_summary(payload: bytes) -> Audio:
    rate, encoded = 0.0, b""
    for part in wire.fields(payload):
        if part.number == 1:
            rate = wire.float32(payload, part)
        elif part.number == 4:
            encoded = wire.content(payload, part)
    return Audio(encoded, sample_rate=rate)


def _audio_of_tensor(tensor: NDArray[Any]) -> list[Audio]:
    if tensor.ndim == 1:
        return [Audio(encoded) for encoded in _texts(tensor)]
    if tensor.ndim != 2 or tensor.shape[1] != 2:
        raise ValueError(f"sounds of shape {tensor.shape}")
    texts = _texts(tensor)
    pairs = zip(texts[0::2], texts[1::2], strict=True)
    return [Audio(encoded, label.decode(errors="replace")) for encoded, label in pairs]


def _texts_of_tensor(tensor: NDArray[Any]) -> NDArray[Any]:
    texts = np.empty(tensor.size, object)
    texts[:] = [text.decode(errors="replace") for text in _texts(tensor)]
    return texts.reshape(tensor.shape)


def _texts(tensor: NDArray[Any]) -> list[bytes]:
    if tensor.dtype != object:
        raise ValueError(f"a tensor of {tensor.dtype} where there should be texts")
    return tensor.reshape(-1).tolist()


def _pr_curve_of_tensor(tensor: NDArray[Any]) -> NDArray[Any]:
    if tensor.ndim != 2 or len(tensor) != 6 or tensor.dtype.kind not in "iuf":
        raise ValueError(f"a precision-recall curve of shape {tensor.shape}")
    return tensor


_OF_TENSOR = {
    "pr_curves": _pr_curve_of_tensor,
    "histograms": _histogram_of_tensor,
    "images": _images_of_tensor,
    "audio": _audio_of_tensor,
    "text": _texts_of_tensor,
}
