"""PyTorch checkpoints, read with ``weights_only=True`` and in no other way."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bathyscope._errors import UnsafeFile
from bathyscope._optional import require
from bathyscope.models.files._model import FileModel
from bathyscope.models.files._names import Entry, layers_from_names

ENDINGS = (".pt", ".pth", ".th", ".ckpt", ".bin")

#: Under these keys a checkpoint usually keeps the model's weights.
_USUAL_KEYS = ("model_state_dict", "state_dict", "model", "module", "net", "weights", "params")
_WRAPPER_PREFIXES = ("module.", "_orig_mod.")


def load(path: Path) -> FileModel:
    """Read the tensors of a checkpoint: a state dictionary, or one that holds such."""
    torch = require("torch", extra="torch", caller=f"load({path.name!r})")
    from bathyscope.models.adapters._torch.arrays import array_from

    tensors = _state_dict(_content(torch, path), torch.Tensor, path)
    entries = [
        Entry(name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))
        for name, tensor in tensors.items()
    ]
    return FileModel(
        framework="file (torch)",
        name=path.name,
        layers=layers_from_names(entries, top=path.stem),
        read=lambda names: {name: array_from(tensors[name]) for name in names},
    )


def _content(torch: Any, path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the refusal below says more about TorchScript
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _unsafe(path, "more than tensors, such as a whole model") from error
    except RuntimeError as error:
        if "TorchScript" in str(error):
            raise _unsafe(path, "TorchScript code") from error
        raise _damaged(path, error) from error
    except (EOFError, ValueError, KeyError) as error:
        raise _damaged(path, error) from error


def _unsafe(path: Path, what: str) -> UnsafeFile:
    return UnsafeFile(
        f"`{path.name}` must hold tensors alone; it holds {what}, and reading that would run code "
        "that came with the file. If you trust it, load it yourself and pass the model, or save "
        "`model.state_dict()` (or safetensors) instead."
    )


def _damaged(path: Path, error: Exception) -> ValueError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return ValueError(f"`{path.name}` must be a PyTorch checkpoint; it cannot be read: {reason}")


def _state_dict(content: Any, tensor: type, path: Path) -> dict[str, Any]:
    """Find the dictionary with most tensors; at equal numbers, the one under a usual key."""
    best: dict[str, Any] = {}
    rank = (0, False)
    for key, mapping in _mappings("", content, depth=2):
        tensors = {str(name): value for name, value in mapping.items() if isinstance(value, tensor)}
        if (len(tensors), key in _USUAL_KEYS) > rank:
            best, rank = tensors, (len(tensors), key in _USUAL_KEYS)
    if not best:
        raise ValueError(
            f"`{path.name}` must hold named tensors, as `model.state_dict()` gives them; "
            f"it holds a `{type(content).__name__}` without any."
        )
    return _without_wrappers(best)


def _mappings(key: str, content: Any, *, depth: int) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    if not isinstance(content, Mapping):
        return
    yield key, content
    if depth:
        for name, value in content.items():
            yield from _mappings(str(name), value, depth=depth - 1)


def _without_wrappers(tensors: dict[str, Any]) -> dict[str, Any]:
    """Take off what parallel and compiled wrappers put before every name."""
    for prefix in _WRAPPER_PREFIXES:
        if all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors
