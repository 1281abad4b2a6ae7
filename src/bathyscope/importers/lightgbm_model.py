"""LightGBM's models, in its own text form or as JSON. Their trees are left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bathyscope import _names as names
from bathyscope._errors import DamagedFile
from bathyscope.importers.log import BySteps, Log, cleaned, text_column
from bathyscope.importers.reading import (
    begins_json,
    head,
    is_number,
    json_value,
    modified,
    read_bytes,
    read_json,
)

TITLE = "LightGBM model"
FILES = ("*lgb*.txt", "*lgb*.json", "*lightgbm*.txt", "*lightgbm*.json")
_LEFT_OUT = ("tree_info", "feature_importances", "feature_infos", "pandas_categorical",
             "tree_sizes")  # fmt: skip


def sniff(path: Path) -> bool:
    """Say whether a file is a model."""
    if not path.is_file():
        return False
    if _is_text(path):
        return True
    if not begins_json(path):
        return False
    try:
        return _is_lightgbm(read_json(path))
    except DamagedFile:
        return False


def _is_text(path: Path) -> bool:
    return head(path, 64).replace(b"\r\n", b"\n").startswith(b"tree\nversion=")


def _is_lightgbm(found: Any) -> bool:
    return isinstance(found, Mapping) and "tree_info" in found and "feature_names" in found


def read(path: Path) -> Log:
    """Read the parameters of a model as settings, and how often each feature was used.

    Raises
    ------
    DamagedFile
        If it is none.
    """
    if _is_text(path):
        lines = read_bytes(path).decode(errors="replace").splitlines()
        config, worth = _of_text(lines)
    else:
        found = read_json(path)
        if not _is_lightgbm(found):
            raise DamagedFile(f"`{path}` must be a model that LightGBM saved; it is not.")
        config, worth = dict(found), found.get("feature_importances")
    features = config.get("feature_names")
    known = [str(one) for one in features] if isinstance(features, list) else []
    tables = _importance(worth if isinstance(worth, Mapping) else {}, known)
    return Log(
        path.stem,
        path,
        TITLE,
        {},
        config={name: value for name, value in config.items() if name not in _LEFT_OUT},
        tags=("lightgbm",),
        created=modified(path),
        tables=tables,
        files=(path,),
    )


def _importance(worth: Mapping[str, Any], features: list[str]) -> dict[str, BySteps]:
    """Give how often each feature was used, those that were never used too."""
    found = {name: float(value) for name, value in worth.items() if is_number(value)}
    if not found:
        return {}
    order = list(dict.fromkeys([*features, *found]))
    splits = np.array([found.get(name, 0.0) for name in order])
    return {names.FEATURE_IMPORTANCE: {0: {"feature": text_column(order), "split": splits}}}


def _of_text(lines: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the head, the parameters and the importances of a model file."""
    config: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    worth: dict[str, Any] = {}
    part = "head"
    for line in lines:
        text = cleaned(line.strip())
        if text.startswith("Tree="):
            part = "tree"
        elif text in ("feature_importances:", "parameters:"):
            part = text[:-1]
        elif part == "head" and "=" in text:
            name, _, value = text.partition("=")
            config[name] = value.split() if name == "feature_names" else value
        elif part == "parameters" and text.startswith("["):
            name, _, value = text.strip("[]").partition(": ")
            parameters[name] = _said(value)
        elif part == "feature_importances" and "=" in text:
            name, _, value = text.rpartition("=")
            worth[name] = _said(value)
    return (config | {"parameters": parameters} if parameters else config), worth


def _said(value: str) -> Any:
    """Give a number as one, and any other text as it is."""
    try:
        said = json_value(value)
    except ValueError:
        return value
    return said if is_number(said) else value
