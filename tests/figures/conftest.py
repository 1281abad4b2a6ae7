"""Fixtures every renderer's tests share: the samples, one by one and all together."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from bathyscope.figures import Figure


def _load_samples():
    spec = importlib.util.spec_from_file_location(
        "bathyscope_test_samples", Path(__file__).with_name("samples.py")
    )
    module = sys.modules.get(spec.name)
    if module is None:
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    return module


samples = _load_samples()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `sample_name` runs once per sample."""
    if "sample_name" in metafunc.fixturenames:
        metafunc.parametrize("sample_name", samples.sample_names())


@pytest.fixture
def sample(sample_name: str) -> Figure:
    """The figure called `sample_name`."""
    return samples.sample_figure(sample_name)


@pytest.fixture(scope="session")
def sample_figures() -> dict[str, Figure]:
    """All samples by name."""
    return samples.sample_figures()


@pytest.fixture(scope="session")
def sample_figure():
    """A function that gives the sample of a name."""
    return samples.sample_figure
