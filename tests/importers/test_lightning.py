"""Lightning's CSVLogger: what Lightning itself wrote."""

from __future__ import annotations

import argparse
import csv
import math
from pathlib import Path
from typing import Any

import pytest

from bathyscope.importers import detect, lightning_csv
from bathyscope.importers.log import Faults
from bathyscope.importers.yaml_text import read_yaml

loggers = pytest.importorskip("lightning.pytorch.loggers")
yaml = pytest.importorskip("yaml")


@pytest.fixture
def version(tmp_path: Path) -> Path:
    logger = loggers.CSVLogger(tmp_path, name="mine")
    logger.log_hyperparams(
        {"lr": 1e-3, "layers": [8, 4], "name": "it's: a \"name\"", "sizes": (1, 2), "none": None,
         "nested": argparse.Namespace(a=True), "text": "two\nlines", "number": "12"}
    )  # fmt: skip
    for step in range(3):
        logger.log_metrics({"loss": 1 / (step + 3), "epoch": 0}, step=step)
    logger.log_metrics({"val_loss": math.nan, "acc": math.inf, "epoch": 0}, step=2)
    logger.save()
    return Path(logger.log_dir)


def test_what_lightning_writes_is_read(version: Path, imported: Any, points_of: Any) -> None:
    assert detect(version) == "lightning"
    log = lightning_csv.read(version)
    assert log.faults == ()
    with (version / "metrics.csv").open(newline="") as file:
        theirs = sorted(
            (name, int(row["step"]), str(float(cell)))
            for row in csv.DictReader(file)
            for name, cell in row.items()
            if name != "step" and cell
        )
    assert points_of(log) == theirs
    run = imported(log)
    assert run.name == "mine-version_0"
    assert run.config == {
        "lr": 1e-3, "layers": [8, 4], "name": "it's: a \"name\"", "sizes": [1, 2], "none": None,
        "nested": {"a": True}, "text": "two\nlines", "number": "12",
    }  # fmt: skip
    assert run.scalars("loss").values.tolist() == [1 / 3, 1 / 4, 1 / 5]


def test_yaml_makes_no_objects(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    path = tmp_path / "hparams.yaml"
    path.write_text(f"a: !!python/object/apply:os.mkdir ['{marker}']\nb: 1.0e-05\nc: .nan\n")
    found = read_yaml(path, Faults())
    assert found["a"] == [str(marker)]
    assert found["b"] == 1e-5
    assert math.isnan(found["c"])
    assert not marker.exists()


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c]\n",
        "a: &a [*a]\n",
        "[" * 2000,
        "a: [1, 2",
        "- just\n- a list\n",
        "\0",
    ],
    ids=["multiplies", "endless", "deep", "cut", "list", "no text"],
)
def test_bad_yaml_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "hparams.yaml"
    path.write_text(text)
    faults = Faults()
    assert read_yaml(path, faults) == {}
    assert faults.told()[0].startswith("hparams.yaml: it ")
