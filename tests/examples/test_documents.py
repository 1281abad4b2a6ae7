"""What the README and the pages of ``docs/`` tell people to type works as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

import bathyscope as bs
from bathyscope.cli.main import group
from bathyscope.exporters import export
from bathyscope.runs import RunWriter, list_runs, parquet_points

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(page: Path, language: str) -> list[str]:
    return [
        code for kind, code in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == language
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a reader tries it; faults of recording are raised."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BATHYSCOPE_STRICT", "1")
    return tmp_path


@pytest.mark.skipif(parquet_points.COMPILED is None, reason="`long_scalars` is compiled")
def test_what_the_pages_say_works(folder: Path) -> None:
    read_the_readme()
    assert bs.open("runs/mnist-mlp").status == "finished"
    assert bs.open("runs/mnist-torch").array_groups()
    assert (folder / "report.html").stat().st_size > 100_000
    assert (folder / "confusion.html").exists()

    for name in "abcd":
        RunWriter(folder / "runs" / name).finish()
    with RunWriter(folder / "runs" / "long") as writer:
        count = np.arange(1_010_002)
        writer.log_scalar_columns({"loss": (count, count / 2)})
    names = type_all(blocks(ROOT / "docs" / "reading-runs.md", "python"), {})
    assert names["steps"][[0, -1]].tolist() == [1_000_000, 1_010_000]
    assert {run.path.name for run in list_runs("runs")} == {
        "mnist-mlp", "mnist-torch", "a", "b", "c", "long",
    }  # fmt: skip

    with RunWriter(folder / "logged") as writer:
        writer.log_scalars({"loss": 0.5}, step=1)
        columns = {"left": [0.0], "right": [1.0], "count": [3.0]}
        writer.log_table("histograms/dense/kernel", columns, step=1)
    export(bs.open(writer.path), folder / "logs" / "train", "tensorboard")
    names = type_all(blocks(ROOT / "docs" / "tensorboard.md", "python"), {"bs": bs})
    assert names["column"].values.tolist() == [0.5]


def read_the_readme() -> None:
    """Do what it says, with small networks and samples."""
    keras, torch = pytest.importorskip("keras"), pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    x, y = rng.random((96, 16), np.float32), rng.integers(0, 3, 96)
    names: dict[str, Any] = {
        "x": x, "y": y, "x_test": x, "y_test": y, "step": 3, "predicted": y, "true": y,
        "y_true": y, "y_pred": y, "images": rng.random((2, 8, 8)), "words": ["a", "b"],
        "waves": [rng.uniform(-1, 1, 800) for _ in x], "texts": ["one", "two"],
        "vectors": rng.random((2, 4)), "kinds": ["number", "number"],
        "loader": iter([(x, y)]), "frame": pd.DataFrame({"name": ["Ada", None], "age": [36, 41]}),
    }  # fmt: skip
    hidden = keras.layers.Dense(8, activation="relu", name="dense")
    output = keras.layers.Dense(3, activation="softmax", name="output")
    names["model"] = keras.Sequential([keras.Input((16,)), hidden, output])
    names["model"].compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    save_file({"dense/kernel": x}, "model.safetensors")

    network = torch.nn.Sequential(torch.nn.Linear(16, 3))
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    inputs, labels = torch.from_numpy(x), torch.from_numpy(y)

    def train_one_epoch() -> float:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(inputs), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    of_torch = {
        "bs": bs, "model": network, "optimizer": optimizer, "x_test": inputs, "y_test": labels,
        "train_one_epoch": train_one_epoch,
    }  # fmt: skip
    first, for_torch, *others = blocks(ROOT / "README.md", "python")
    type_all([first], names)
    names["run"] = type_all([for_torch], of_torch)["run"]
    type_all(others, names)
    type_all(blocks(ROOT / "docs" / "views.md", "python"), names)
    names["run"].finish()


def type_all(code: list[str], names: dict[str, Any]) -> dict[str, Any]:
    for block in code:
        exec(compile(block, "a page", "exec"), names)
        plt.close("all")
    return names


def test_commands_are_written_as_they_are_taken() -> None:
    """Of every ``bathyscope ...`` in a block: the command is there, and so is each option."""
    lines = [
        line.removeprefix(sign)
        for page in PAGES
        for language, sign in (("", ""), ("console", "$ "))
        for line in "".join(blocks(page, language)).splitlines()
        if line.startswith(f"{sign}bathyscope ")
    ]
    assert len(lines) > 15
    for line in lines:
        typed = re.split(r"  +|\s#\s", line)[0]  # what follows explains it
        _, name, *arguments = shlex.split(typed)
        command = group.get_command(click.Context(group), name)
        assert command is not None, line
        command.make_parser(click.Context(command)).parse_args(arguments)


def test_the_page_on_views_names_them_all_and_what_they_are_made_of() -> None:
    page = (ROOT / "docs" / "views.md").read_text(encoding="utf-8")
    told: dict[str, set[str]] = {}
    for names, kinds in re.findall(r"^\| (`.*?`) \| (.*?) \|", page, re.MULTILINE):
        told |= {name: set(kinds.split(", ")) for name in re.findall(r"`(\w+)`", names)}
    makers = {"model": "from_model", "run": "from_run", "runs": "from_runs"}
    assert told == {
        name: {kind for kind, maker in makers.items() if hasattr(view, maker)}
        for name, view in bs.views.registry().items()
    }
