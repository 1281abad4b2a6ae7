"""bfloat16, which NumPy does not have: the upper half of a float32."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def widened(halves: NDArray[np.uint16]) -> NDArray[Any]:
    """Widen the bits of bfloat16 numbers to float32, exactly."""
    return (halves.astype(np.uint32) << 16).view(np.float32)
