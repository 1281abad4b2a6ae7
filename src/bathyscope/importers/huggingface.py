"""``trainer_state.json`` of the ``Trainer`` of Hugging Face, alone or in folders of checkpoints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bathyscope._errors import DamagedFile, RunNotFound
from bathyscope.importers.log import Faults, Log, Scalars, cleaned, shortened, table_of_values
from bathyscope.importers.reading import is_number, modified, read_json

TITLE = "Hugging Face Trainer"
FILES = ("trainer_state.json",)
_STATE = "trainer_state.json"
_CHECKPOINT = re.compile(r"checkpoint-([0-9]{1,18})")
_CONFIG = "config.json"
#: What the state says beside its history, apart from what the callbacks keep to themselves.
_SETTINGS = ("max_steps", "num_train_epochs", "train_batch_size", "eval_steps", "logging_steps",
             "save_steps", "trial_params")  # fmt: skip
_LEFT_OUT = ("log_history", "stateful_callbacks")


def sniff(path: Path) -> bool:
    """Say whether a file is a trainer's state, or a folder holds one or checkpoints with one."""
    return bool(_states(path))


def may_be(folders: Iterable[str], files: Iterable[str]) -> bool:
    """Say whether the names in a folder look like a training's."""
    return _STATE in files or any(_CHECKPOINT.fullmatch(name) for name in folders)


def _states(path: Path) -> list[Path]:
    """Give the states of one training, the earliest first."""
    if path.is_file():
        return [path] if path.name == _STATE else []
    found: list[tuple[int, Path]] = []
    try:
        for folder in path.iterdir():
            match = _CHECKPOINT.fullmatch(folder.name)
            if match and (folder / _STATE).is_file():
                found.append((int(match[1]), folder / _STATE))
    except OSError:
        return []
    last = [path / _STATE] if (path / _STATE).is_file() else []
    return [state for _, state in sorted(found)] + last


def watched(path: Path) -> list[Path]:
    """Give the places that change when the training goes on."""
    if path.is_file():
        return [path]
    try:
        folders = [one for one in path.iterdir() if _CHECKPOINT.fullmatch(one.name)]
    except OSError:
        folders = []
    return [path, *sorted(folders), *_states(path)]


def read(path: Path) -> Log:
    """Read a state, or all states of a folder: what only an earlier one holds comes first.

    Raises
    ------
    DamagedFile
        If none of them can be read.
    """
    faults, scalars = Faults(), Scalars()
    states = _read_states(path, faults)
    last_file, last = states[-1]
    seen = {_key(entry) for entry in last["log_history"]}
    for file, state in states[:-1]:
        for entry in state["log_history"]:
            if _key(entry) not in seen:
                seen.add(_key(entry))
                _add(scalars, entry, modified(file), faults)
    for entry in last["log_history"]:
        _add(scalars, entry, modified(last_file), faults)
    about = {name: value for name, value in last.items() if name not in _LEFT_OUT}
    tables = {"about": table_of_values(about)}
    if model := _model(last_file, faults):
        tables["model_config"] = table_of_values(model)
    return Log(
        _name(path),
        path,
        TITLE,
        scalars.columns(),
        config={name: value for name, value in about.items() if name in _SETTINGS},
        tags=("transformers",),
        created=modified(states[0][0]),
        tables=tables,
        notes=(
            "The state says no times: every point has the time the file was written last.",
            "The arguments of the training lie in training_args.bin, a pickle: it is not opened.",
        ),
        faults=faults.told(),
        files=tuple(watched(path)),
    )


def _read_states(path: Path, faults: Faults) -> list[tuple[Path, Mapping[str, Any]]]:
    files = _states(path)
    if not files:
        raise RunNotFound(
            f"`path` must be a {_STATE}, or a folder with one or with folders checkpoint-<step>; "
            f"`{path}` is none."
        )
    states: list[tuple[Path, Mapping[str, Any]]] = []
    for file in files:
        try:
            found = read_json(file)
        except (DamagedFile, RunNotFound) as error:
            faults.add(str(error))
            continue
        if isinstance(found, dict) and isinstance(found.get("log_history"), list):
            states.append((file, found))
        else:
            faults.add(f"`{file}` must be an object with a list `log_history`")
    if not states:
        raise DamagedFile(" ".join(faults.told()))
    return states


def _key(entry: Any) -> str:
    return json.dumps(entry, sort_keys=True)


def _add(scalars: Scalars, entry: Any, time: float, faults: Faults) -> None:
    step = entry.get("step") if isinstance(entry, dict) else None
    if not isinstance(step, int) or isinstance(step, bool) or abs(step) >= 2**62:
        faults.add(f"an entry without a step: `{shortened(str(entry))}`")
        return
    for name, value in entry.items():
        if name == "step" or value is None:
            continue
        if is_number(value) or isinstance(value, bool):
            scalars.add(name, step, float(value), time)
        else:
            faults.add(f"step {step}, `{shortened(name)}`: `{shortened(str(value))}` is no number")


def _model(state: Path, faults: Faults) -> Mapping[str, Any]:
    """Give the configuration of the model, which lies beside the state in a checkpoint."""
    path = state.parent / _CONFIG
    if not path.is_file():
        return {}
    try:
        found = read_json(path)
    except (DamagedFile, RunNotFound) as error:
        faults.add(str(error))
        return {}
    return found if isinstance(found, dict) else {}


def _name(path: Path) -> str:
    folder = (path.parent if path.is_file() else path).resolve()
    is_checkpoint = _CHECKPOINT.fullmatch(folder.name) is not None
    return cleaned(f"{folder.parent.name}-{folder.name}" if is_checkpoint else folder.name)
