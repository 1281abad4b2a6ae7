"""Every example runs as its reader would run it."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import bathyscope as bs

FOLDER = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_examples_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 65


def test_torch_loop_goes_on_where_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.delenv("BATHYSCOPE_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("BATHYSCOPE_STRICT", "1")
    main = runpy.run_path(str(FOLDER / "torch_loop.py"))["main"]
    main(tmp_path, 2)
    main(tmp_path, 1)
    run = bs.open(tmp_path / "runs" / "torch-loop")
    assert run.scalars("epoch").values.tolist() == [1, 2, 3]
    losses = run.scalars("val_loss")
    assert losses.steps.tolist() == [21, 42, 63]
    assert losses.values[2] < losses.values[0]
    assert run.scalars("lr").values.tolist()[::21] == pytest.approx([0.05, 0.045, 0.0405])
    assert run.status == "finished"


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
