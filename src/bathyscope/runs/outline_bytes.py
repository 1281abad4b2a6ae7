"""Outlines as a sealed file holds them: behind its points, where readers of Parquet do not look.

They are the bytes of a safetensors file. The metadata of the Parquet file say where they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bathyscope._errors import DamagedFile
from bathyscope.runs.outline import Outline, starts_of

#: Under this name the metadata of a sealed file say where its outlines begin, and their size.
KEY = b"bathyscope_outlines"
#: Of fewer points no outline is written: they are read as quickly.
LEAST_POINTS = 2048
_KINDS = {"I64": "<i8", "F64": "<f8"}


def outlines_to_bytes(outlines: Mapping[int, Outline]) -> bytes:
    """Write outlines.

    Parameters
    ----------
    outlines : mapping of int to Outline
        By the place of the metric among those of the file; at least one.
    """
    from safetensors.numpy import save

    steps, values, odd_steps, odd_values, _ = zip(*outlines.values(), strict=True)
    return save(
        {
            "metrics": np.array([*outlines], np.int64),
            "steps": np.concatenate(steps),
            "values": np.concatenate(values),
            "odd_counts": np.array([len(one) for one in odd_steps], np.int64),
            "odd_steps": np.concatenate(odd_steps),
            "odd_values": np.concatenate(odd_values),
        }
    )


def outlines_from_bytes(data: bytes, counts: Sequence[int]) -> dict[int, Outline]:
    """Read outlines, by the place of the metric among those of the file.

    Parameters
    ----------
    data : bytes
    counts : sequence of int
        How many points each metric of the file has.

    Raises
    ------
    DamagedFile
        If they are not as they were written.
    """
    from safetensors import SafetensorError

    try:
        return _read(data, counts)
    except (SafetensorError, LookupError, ValueError, TypeError) as error:
        raise DamagedFile(f"its outlines cannot be read ({error!r})") from error


def _read(data: bytes, counts: Sequence[int]) -> dict[int, Outline]:
    from safetensors import deserialize

    held = {key: _array(said["dtype"], said["shape"], said["data"])
            for key, said in deserialize(data)}  # fmt: skip
    metrics = held["metrics"].tolist()
    starts = [starts_of(counts[metric]) for metric in metrics]
    blocks = np.cumsum([0, *(len(one) - 1 for one in starts)]).tolist()
    odd = np.cumsum([0, *held["odd_counts"].tolist()]).tolist()
    if blocks[-1] != len(held["steps"]) or odd[-1] != len(held["odd_steps"]):
        raise ValueError(f"{len(held['steps'])} blocks, where {blocks[-1]} are needed")
    found: dict[int, Outline] = {}
    for k, metric in enumerate(metrics):
        here, there = slice(blocks[k], blocks[k + 1]), slice(odd[k], odd[k + 1])
        found[metric] = Outline(
            held["steps"][here], held["values"][here],
            held["odd_steps"][there], held["odd_values"][there], starts[k],
        )  # fmt: skip
    return found


def _array(kind: str, shape: Sequence[int], data: bytes) -> NDArray[np.int64 | np.float64]:
    return np.frombuffer(data, _KINDS[kind]).reshape(shape)
