"""What every test shares: one Keras back end, no display, seeded numbers."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
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
from hypothesis import HealthCheck, settings  # noqa: E402

if TYPE_CHECKING:
    from bathyscope.demo import DemoResult


# The same examples every time, however slow the machine is; at full size others every time.
_IS_FULL = bool(os.environ.get("BATHYSCOPE_FULL_FAULTS"))
settings.register_profile(
    "bathyscope",
    deadline=None,
    derandomize=not _IS_FULL,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("bathyscope")


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


@pytest.fixture
def start_python(tmp_path: Path):
    """Start real processes that run a script; end those still alive after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(code: str, *arguments: object, **options: object) -> subprocess.Popen[bytes]:
        script = tmp_path / f"script{len(started)}.py"
        script.write_text(textwrap.dedent(code))
        process = subprocess.Popen(
            [sys.executable, str(script), *(str(one) for one in arguments)],
            stdout=subprocess.PIPE,
            cwd=tmp_path,
            **options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def run_python(start_python) -> Callable[..., str]:
    """Run a script in a real process to its end; give what it printed."""

    def run_to_end(code: str, *arguments: object) -> str:
        process = start_python(code, *arguments)
        output = process.stdout.read()
        assert process.wait() == 0
        return output.decode()

    return run_to_end
