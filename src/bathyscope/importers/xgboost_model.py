"""XGBoost's model in JSON: what is said of it. Its trees are left alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bathyscope._errors import DamagedFile
from bathyscope.importers.log import Log
from bathyscope.importers.reading import begins_json, json_value, modified, read_json

TITLE = "XGBoost model"
FILES = ("*xgb*.json",)


def sniff(path: Path) -> bool:
    """Say whether a JSON file is a model."""
    if not begins_json(path):
        return False
    try:
        return _is_xgboost(read_json(path))
    except DamagedFile:
        return False


def read(path: Path) -> Log:
    """Read the attributes and parameters of a model, as settings of a run.

    Raises
    ------
    DamagedFile
        If it is none.
    """
    found = read_json(path)
    if not _is_xgboost(found):
        raise DamagedFile(f"`{path}` must be a model that XGBoost saved as JSON; it is not.")
    config = _config(found)
    return Log(path.stem, path, TITLE, {}, config=config, tags=("xgboost",),
               created=modified(path), files=(path,))  # fmt: skip


def _is_xgboost(found: Any) -> bool:
    return isinstance(found, Mapping) and isinstance(found.get("learner"), Mapping)


def _config(found: Mapping[str, Any]) -> dict[str, Any]:
    learner = found["learner"]
    attributes = {name: _said(value) for name, value in _mapping(learner, "attributes").items()}
    booster = _mapping(learner, "gradient_booster")
    inner = _mapping(booster, "model") or _mapping(_mapping(booster, "gbtree"), "model")
    config = {
        "attributes": attributes,
        "booster": booster.get("name"),
        "objective": _mapping(learner, "objective"),
        "learner": _mapping(learner, "learner_model_param"),
        "trees": _mapping(inner, "gbtree_model_param"),
        "xgboost_version": found.get("version"),
    }
    features = learner.get("feature_names")
    if isinstance(features, list) and features:
        config["feature_names"] = features
    return config


def _mapping(around: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = around.get(name)
    return found if isinstance(found, Mapping) else {}


def _said(value: Any) -> Any:
    """Give an attribute: XGBoost writes all of them as text, scikit-learn's as JSON in it."""
    try:
        return json_value(value) if isinstance(value, str) else value
    except ValueError:
        return value
