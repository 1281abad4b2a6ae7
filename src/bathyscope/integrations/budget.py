"""How much of what is seen is kept: so many bytes at a step, the rest named in a note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

#: Bytes kept of one group of arrays at one step, unless the caller says otherwise.
MAX_BYTES = 64 * 2**20
#: Fewer samples than this are no picture of a layer; then whole layers are left out instead.
_FEWEST_SAMPLES = 8


def largest_left_out(sizes: Mapping[str, int], max_bytes: int) -> tuple[list[str], list[str]]:
    """Divide names into those kept and those left out, the largest first, to stay in a budget.

    Parameters
    ----------
    sizes : mapping of str to int
        Bytes by name.
    max_bytes : int

    Returns
    -------
    kept, left_out : list of str
        Each in the order given.
    """
    kept = dict(sizes)
    for name in sorted(sizes, key=lambda name: sizes[name], reverse=True):
        if sum(kept.values()) <= max_bytes:
            break
        del kept[name]
    return list(kept), [name for name in sizes if name not in kept]


def first_samples(n_samples: int, bytes_per_sample: int, max_bytes: int) -> int:
    """Count the first samples that fit into a budget: at least one."""
    if n_samples * bytes_per_sample <= max_bytes:
        return n_samples
    return max(1, max_bytes // bytes_per_sample)


def samples_and_layers(
    bytes_per_sample: Mapping[str, int], n_samples: int, max_bytes: int
) -> tuple[int, list[str], list[str]]:
    """Choose samples and layers to keep: first fewer samples, then fewer layers.

    Parameters
    ----------
    bytes_per_sample : mapping of str to int
        By layer.
    n_samples : int
    max_bytes : int

    Returns
    -------
    n_kept : int
        The first samples, this many.
    kept, left_out : list of str
        Layers.
    """
    total = sum(bytes_per_sample.values())
    n_kept = first_samples(n_samples, max(total, 1), max_bytes)
    if n_kept >= min(n_samples, _FEWEST_SAMPLES) and n_kept * total <= max_bytes:
        return n_kept, list(bytes_per_sample), []
    n_kept = min(n_samples, _FEWEST_SAMPLES)
    sizes = {name: size * n_kept for name, size in bytes_per_sample.items()}
    return n_kept, *largest_left_out(sizes, max_bytes)


def bytes_per_sample(arrays: Mapping[str, NDArray[Any]]) -> dict[str, int]:
    """Bytes of one sample in each array of shape (n_samples, ...)."""
    return {name: array.nbytes // max(len(array), 1) for name, array in arrays.items()}


def check_max_bytes(max_bytes: int) -> int:
    """Check a budget a caller gave."""
    if max_bytes < 1:
        raise ValueError(f"`max_bytes` must be at least 1; got {max_bytes}.")
    return max_bytes


def listing(names: Sequence[str], *, at_most: int = 5) -> str:
    """Name things in a note, the rest as a count."""
    shown = ", ".join(names[:at_most])
    rest = len(names) - at_most
    return f"{shown} and {rest} more" if rest > 0 else shown


def size(n_bytes: int) -> str:
    """Write a number of bytes for a person."""
    for unit in ("bytes", "KiB", "MiB"):
        if n_bytes < 1024:
            return f"{n_bytes:.4g} {unit}"
        n_bytes /= 1024  # pyright: ignore[reportAssignmentType]
    return f"{n_bytes:.4g} GiB"
