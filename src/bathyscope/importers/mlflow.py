"""MLflow's file store: a folder for each run in ``mlruns/<experiment>/``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from bathyscope._errors import DamagedFile, RunNotFound
from bathyscope.importers.log import Faults, Log, Scalars, shortened
from bathyscope.importers.mlflow_common import milliseconds, run_log, table_of_artifacts
from bathyscope.importers.reading import head, read_bytes, size_of

TITLE = "MLflow"
FILES = ()
_META = "meta.yaml"
_PARTS = ("metrics", "params", "tags")
_FACT = re.compile(r"([A-Za-z_]+):(?: (.*))?")
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})|\\U([0-9A-Fa-f]{8})")
_MOST_PARAMETER_BYTES = 1 << 20  # MLflow allows 6000 characters


def sniff(path: Path) -> bool:
    """Say whether a folder is that of a run."""
    return (
        path.is_dir() and re.search(rb"(?m)^run_(uu)?id:", head(path / _META, 1 << 16)) is not None
    )


def may_be(folders: Iterable[str], files: Iterable[str]) -> bool:
    """Say whether the names in a folder look like a run's."""
    return _META in files and any(part in folders for part in _PARTS)


def watched(path: Path) -> list[Path]:
    """Give the places that change when the run goes on: files, and folders that get new ones."""
    found = [path, path / _META]
    for part in _PARTS:
        if not (path / part).is_symlink():
            for place, _, files in os.walk(path / part):
                found += [Path(place), *(Path(place, name) for name in files)]
    return found


def read(path: Path) -> Log:
    """Read the folder of a run.

    Raises
    ------
    RunNotFound
        If it is none.
    """
    if not sniff(path):
        raise RunNotFound(
            f"`path` must be the folder of a run of MLflow, with {_META}; `{path}` is none."
        )
    faults, scalars = Faults(), Scalars()
    facts = _facts(path / _META, faults)
    experiment = path.parent / _META
    if experiment.is_file():
        facts["experiment"] = _facts(experiment, faults).get("name", "")
    facts.setdefault("run_id", facts.get("run_uuid", ""))
    facts["name"] = facts.get("run_name") or facts.get("name", "")
    for name, file in _named_files(path / "metrics", faults):
        _read_metric(scalars, name, file, faults)
    params = dict(_texts(path / "params", faults))
    tags = dict(_texts(path / "tags", faults))
    sizes = [(name, size_of(file)) for name, file in _named_files(path / "artifacts", faults)]
    return run_log(
        path,
        facts=facts,
        scalars=scalars,
        params=params,
        tags=tags,
        tables=table_of_artifacts(sizes),
        faults=faults,
        files=tuple(watched(path)),
    )


def _facts(path: Path, faults: Faults) -> dict[str, str]:
    """Read the flat YAML that MLflow writes: one ``name: value`` a line."""
    facts: dict[str, str] = {}
    try:
        lines = read_bytes(path).decode(errors="replace").splitlines()
    except (DamagedFile, RunNotFound) as error:
        faults.add(str(error))
        return {}
    for line in lines:
        match = _FACT.fullmatch(line)
        if match:
            facts[match[1]] = _unquoted(match[2] or "")
    return facts


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        try:
            said = json.loads(_ESCAPE.sub(_as_json, text))
        except (ValueError, RecursionError):
            return text
        return said if isinstance(said, str) else text
    return text


def _as_json(match: re.Match[str]) -> str:
    """Write a character as JSON does, which YAML wrote by its number."""
    number = int(match[1] or match[2], 16)
    return json.dumps(chr(number))[1:-1] if number < 0x110000 else "?"


def _named_files(folder: Path, faults: Faults) -> Iterator[tuple[str, Path]]:
    """Give the files of a folder at any depth, by their places in it; links are not followed."""
    if folder.is_symlink():
        faults.add(f"{folder.name} is a link; left out")
        return
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            file = Path(place, name)
            label = file.relative_to(folder).as_posix()
            if file.is_symlink() or not file.is_file():
                faults.add(f"{folder.name}/{shortened(label)} is no plain file; left out")
            else:
                yield label, file


def _texts(folder: Path, faults: Faults) -> Iterator[tuple[str, str]]:
    for name, file in _named_files(folder, faults):
        if size_of(file) > _MOST_PARAMETER_BYTES:
            faults.add(f"{folder.name}/{shortened(name)} has {size_of(file):,} bytes; left out")
            continue
        try:
            yield name, read_bytes(file).decode(errors="replace")
        except (DamagedFile, RunNotFound) as error:
            faults.add(str(error))


def _read_metric(scalars: Scalars, name: str, file: Path, faults: Faults) -> None:
    """Read a metric's lines: ``milliseconds value step``, and perhaps a data set's name."""
    try:
        lines = read_bytes(file).split(b"\n")
    except (DamagedFile, RunNotFound) as error:
        faults.add(str(error))
        return
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            moment, value, *rest = line.decode("ascii").split()
            step = int(rest[0]) if rest else 0
            if "_" in value or abs(step) >= 2**63:
                raise ValueError
            scalars.add(name, step, float(value), milliseconds(moment))
        except (ValueError, OverflowError):
            text = shortened(line.decode(errors="replace"))
            faults.add(f"metrics/{shortened(name)}, line {number}: `{text}` must be "
                       "`milliseconds value step`")  # fmt: skip
