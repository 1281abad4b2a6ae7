"""Files of Keras' ``CSVLogger``: one row an epoch."""

from __future__ import annotations

from pathlib import Path

from bathyscope import _names as names
from bathyscope.importers.log import Faults, Log, Scalars, shortened
from bathyscope.importers.reading import modified
from bathyscope.importers.rows import add_cells, header_of, read_rows, whole

TITLE = "Keras CSVLogger"
#: Files that are looked into when a folder is searched.
FILES = ("*.csv", "*.tsv", "*.log")


def sniff(path: Path) -> bool:
    """Say whether a file begins as ``CSVLogger`` begins it: with a column of epochs."""
    if not path.is_file():
        return False
    header = header_of(path)
    return len(header) > 1 and header[0] == "epoch" and "step" not in header


def read(path: Path) -> Log:
    """Read a file. Keras counts epochs from 0: its epoch 0 is step 1, with one epoch done."""
    faults, scalars, time = Faults(), Scalars(), modified(path)
    for row in read_rows(path, faults):
        try:
            step = whole(row.cells.get("epoch", "")) + 1
        except ValueError:
            text = shortened(row.cells.get("epoch", ""))
            faults.add(f"line {row.line}: `{text}` is no epoch")
            continue
        scalars.add(names.EPOCH, step, float(step), time)
        add_cells(scalars, row, step, time, skip=("epoch",), faults=faults)
    return Log(
        path.stem,
        path,
        TITLE,
        scalars.columns(),
        tags=("keras",),
        created=time,
        notes=(
            "Keras counts epochs from 0; here a step is the number of epochs done.",
            "The file says no times: every point has the time the file was written last.",
        ),
        faults=faults.told(),
        files=(path,),
    )
