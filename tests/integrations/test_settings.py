from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from bathyscope.integrations.recording import Recording
from bathyscope.runs import Run


@dataclass
class Optimizer:
    name: str = "adam"
    lr: float = 1e-3


@dataclass
class Settings:
    epochs: int = 3
    optimizer: Optimizer = field(default_factory=Optimizer)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float)
    return parser.parse_args(["--lr", "0.1"])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"lr": 0.1}, {"lr": 0.1}),
        (parsed(), {"lr": 0.1}),
        (SimpleNamespace(lr=0.1, inner=SimpleNamespace(a=1)), {"lr": 0.1, "inner": {"a": 1}}),
        (Settings(), {"epochs": 3, "optimizer": {"name": "adam", "lr": 1e-3}}),
    ],
)
def test_settings_are_taken_as_programs_hold_them(tmp_path, given, kept):
    with Recording("first", config=given, runs_dir=tmp_path) as run:
        pass
    with Recording("later", runs_dir=tmp_path) as later:
        later.log_config(given)
    assert Run(run.path).config == Run(later.path).config == kept


def test_a_class_instead_of_settings_is_refused(tmp_path):
    with pytest.raises(TypeError, match="`config` must be a mapping; got type"):
        Recording("a", config=Settings, runs_dir=tmp_path, strict=False)
