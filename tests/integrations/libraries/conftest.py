from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def table(rng):
    """Two informative columns, one of noise and one that never varies."""
    x = np.column_stack([rng.normal(size=(200, 3)), np.zeros(200)]).astype(np.float32)
    return x, (x[:, 0] + 0.5 * x[:, 1] > 0).astype(np.int64)
