"""What every test shares: one Keras back end, no display, seeded numbers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ["BATHYSCOPE_STRICT"] = "1"
# Real data may lie beside the checkout; every test passes without it.
_BESIDE = Path(__file__).parents[2] / "shared" / "data"
if _BESIDE.is_dir():
    os.environ.setdefault("BATHYSCOPE_DATA", str(_BESIDE))

import numpy as np  # noqa: E402
import pytest  # noqa: E402

if TYPE_CHECKING:
    from bathyscope.demo import DemoResult


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240607)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoResult:
    """The worked example on the digits every machine has: three epochs, recorded and shown."""
    from bathyscope.demo import run_demo

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("BATHYSCOPE_DATA", raising=False)
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        return run_demo(tmp_path_factory.mktemp("demo"), epochs=3)
