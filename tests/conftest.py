"""What every test shares: one Keras back end, no display, seeded numbers."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ["BATHYSCOPE_STRICT"] = "1"
# Real data may lie beside the checkout; every test passes without it.
_BESIDE = Path(__file__).parents[2] / "shared" / "data"
if _BESIDE.is_dir():
    os.environ.setdefault("BATHYSCOPE_DATA", str(_BESIDE))

import numpy as np  # noqa: E402
import pytest  # noqa: E402


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240607)
