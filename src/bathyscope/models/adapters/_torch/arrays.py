"""Between tensors and NumPy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

#: Floats that NumPy does not have; float32 holds each of them exactly.
_WIDENED = {torch.bfloat16} | {
    getattr(torch, name) for name in dir(torch) if name.startswith("float8_")
}


def array_from(tensor: torch.Tensor) -> NDArray[Any]:
    """Copy a tensor to NumPy; bfloat16 and 8-bit floats widen to float32, exactly."""
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.dtype in _WIDENED:
        tensor = tensor.to(torch.float32)
    return np.array(tensor.resolve_conj().resolve_neg().cpu().numpy())


def tensor_from(array: Any, *, like: torch.Tensor | None) -> torch.Tensor:
    """Copy an array to a tensor on the model's device; floats take the model's precision."""
    tensor = torch.from_numpy(np.array(array))
    if like is None:
        return tensor
    dtype = like.dtype if tensor.is_floating_point() and like.is_floating_point() else None
    return tensor.to(device=like.device, dtype=dtype)


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor."""
    return isinstance(value, torch.Tensor)
