"""Every example runs as its reader would run it."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples"


def test_examples_stay_short() -> None:
    assert len((FOLDER / "mnist_mlp.py").read_text(encoding="utf-8").splitlines()) < 60


def test_mnist_mlp_makes_every_picture(tmp_path: Path) -> None:
    environment = {name: v for name, v in os.environ.items() if name != "BATHYSCOPE_DATA"}
    environment["KERAS_HOME"] = str(tmp_path / "keras")
    code = (
        "import runpy, sys, pathlib;"
        f"runpy.run_path({str(FOLDER / 'mnist_mlp.py')!r})['main'](pathlib.Path(sys.argv[1]), 2)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out")],
        capture_output=True, text=True, env=environment, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pictures = {path.name for path in (tmp_path / "out").glob("*.png")}
    assert pictures == {
        "loss.png", "accuracy.png", "gradients.png", "weights.png", "biases.png",
        "features.png", "predictions.png", "confusion.png",
    }  # fmt: skip
    assert (tmp_path / "out" / "report.html").stat().st_size > 100_000


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_examples_can_be_imported_without_running(path: Path) -> None:
    assert "main" in runpy.run_path(str(path))
