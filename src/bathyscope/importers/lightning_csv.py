"""Lightning's ``CSVLogger``: ``metrics.csv``, and ``hparams.yaml`` beside it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from bathyscope import _names as names
from bathyscope.importers.log import Faults, Log, Scalars, shortened
from bathyscope.importers.reading import modified
from bathyscope.importers.rows import add_cells, header_of, number, read_rows, whole
from bathyscope.importers.yaml_text import read_yaml

TITLE = "Lightning CSVLogger"
FILES = ("metrics.csv",)
_HPARAMS = "hparams.yaml"


def sniff(path: Path) -> bool:
    """Say whether a file, or the ``metrics.csv`` of a folder, has a column of steps."""
    file = _file(path)
    return file.is_file() and "step" in header_of(file)


def _file(path: Path) -> Path:
    return path / "metrics.csv" if path.is_dir() else path


def read(path: Path) -> Log:
    """Read a file, or the folder of a version. Steps and epochs are kept as Lightning counts them.

    A row holds what was logged at one step, so that most of its cells are empty.
    """
    file = _file(path)
    faults, scalars, time = Faults(), Scalars(), modified(file)
    for row in read_rows(file, faults):
        text = row.cells.get("step", "")
        try:
            step = whole(text)
        except ValueError:
            faults.add(f"line {row.line}: `{shortened(text)}` is no step")
            continue
        add_cells(scalars, row, step, time, skip=("step", "epoch"), faults=faults)
        with contextlib.suppress(ValueError):
            scalars.add(names.EPOCH, step, number(row.cells.get("epoch", "")), time)
    hparams = file.parent / _HPARAMS
    config = read_yaml(hparams, faults) if hparams.is_file() else {}
    return Log(
        _name(file),
        path,
        TITLE,
        scalars.columns(),
        config=config,
        tags=("lightning",),
        created=time,
        notes=(
            "Lightning counts steps and epochs from 0, and so do these.",
            "The file says no times: every point has the time the file was written last.",
        ),
        faults=faults.told(),
        files=(file, hparams),
    )


def _name(file: Path) -> str:
    """Name a run ``lightning_logs/version_0`` by its folder and the one around it."""
    folder = file.resolve().parent
    if file.name != "metrics.csv":
        return file.stem
    is_numbered = folder.name.startswith("version_")
    return f"{folder.parent.name}-{folder.name}" if is_numbered else folder.name
