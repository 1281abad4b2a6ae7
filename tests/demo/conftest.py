from __future__ import annotations

from pathlib import Path

import pytest

from bathyscope.demo import DemoResult, run_demo


@pytest.fixture(scope="session")
def no_mnist(tmp_path_factory: pytest.TempPathFactory) -> pytest.MonkeyPatch:
    """Make the demo fall back to the digits every machine has, whatever lies on this one."""
    patch = pytest.MonkeyPatch()
    patch.delenv("BATHYSCOPE_DATA", raising=False)
    patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
    return patch


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, no_mnist: pytest.MonkeyPatch) -> DemoResult:
    """The article's example, three epochs, recorded and shown."""
    out: Path = tmp_path_factory.mktemp("demo")
    result = run_demo(out, epochs=3)
    no_mnist.undo()
    return result
