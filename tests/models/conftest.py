"""The zoo of small models, for the tests of particulars."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

_ZOO = Path(__file__).parents[1] / "zoo"


def _zoo(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"models_zoo_{name}", _ZOO / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def keras_zoo() -> ModuleType:
    return _zoo("keras")


@pytest.fixture(scope="session")
def torch_zoo() -> ModuleType:
    return _zoo("torch")
