"""``trainer_state.json``: as transformers writes it, and as its authors left it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from bathyscope._errors import DamagedFile, RunNotFound
from bathyscope.importers import detect, huggingface

HISTORY = [
    {"loss": 0.5, "grad_norm": math.nan, "learning_rate": 1e-5, "epoch": 0.5, "step": 10},
    {"eval_loss": 0.25, "eval_ok": True, "epoch": 1.0, "step": 20},
    {"train_runtime": 3.5, "train_loss": math.inf, "epoch": 1.0, "step": 20},
]


def with_json(*paths: Path) -> list[tuple[str, int, str]]:
    """The oracle: every entry that is not in another file, number by number."""
    entries = {
        json.dumps(e): e for path in paths for e in json.loads(path.read_text())["log_history"]
    }
    return sorted(
        (name, entry["step"], str(float(value)))
        for entry in entries.values()
        for name, value in entry.items()
        if name != "step"
    )  # fmt: skip


def test_every_number_of_the_real_logs_is_read(real_data: Path, points_of: Any) -> None:
    folder = real_data / "hf-trainer-state"
    states = [folder / f"checkpoint-{step}" / "trainer_state.json" for step in (500, 4500)]
    for state in states:
        for path in (state, state.parent):
            assert detect(path) == "huggingface"
            assert points_of(huggingface.read(path)) == with_json(state)
    log = huggingface.read(folder)
    assert points_of(log) == with_json(*states)
    assert log.faults == ()
    assert log.config["num_train_epochs"] == 100
    about = dict(zip(*log.tables["about"][0].values(), strict=True))
    assert about["global_step"] == "4500"
    model = dict(zip(*log.tables["model_config"][0].values(), strict=True))
    assert model["architectures"] == '["BertForSequenceClassification"]'
    assert model["id2label.13"] == "LABEL_13"


def test_the_state_transformers_writes_is_read(tmp_path: Path, imported: Any) -> None:
    transformers = pytest.importorskip("transformers")
    for step in (10, 20):
        folder = tmp_path / "out" / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        history = [entry for entry in HISTORY if entry["step"] <= step]
        state = transformers.TrainerState(global_step=step, log_history=history)
        state.save_to_json(str(folder / "trainer_state.json"))
    log = huggingface.read(tmp_path / "out")
    assert log.name == "out"
    run = imported(log)
    assert run.scalars("loss").values.tolist() == [0.5]
    assert run.scalars("train_loss").values.tolist() == [math.inf]
    assert math.isnan(run.scalars("grad_norm").values[0])
    assert run.scalars("eval_ok").values.tolist() == [1.0]
    assert run.scalars("epoch").values.tolist() == [0.5, 1.0]
    assert run.config["save_steps"] == 500


def test_what_is_damaged_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    for step, text in (
        (1, '{"log_history": [{"loss": 1, "step": 1}, {"loss": 2}, 7, {"loss": "x", "step": 2}]}'),
        (2, '{"log_history": [{"loss"'),
        (3, '{"log_history": {}}'),
    ):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "trainer_state.json").write_text(text)
    log = huggingface.read(tmp_path)
    assert log.scalars["loss"].values.tolist() == [1]
    told = "\n".join(log.faults)
    assert "checkpoint-2/trainer_state.json` must be whole JSON" in told
    assert "checkpoint-3/trainer_state.json` must be an object with a list" in told
    assert "an entry without a step: `{'loss': 2}`" in told
    assert "step 2, `loss`: `x` is no number" in told
    with pytest.raises(DamagedFile, match="whole JSON"):
        huggingface.read(tmp_path / "checkpoint-2")
    with pytest.raises(RunNotFound, match="trainer_state"):
        huggingface.read(tmp_path / "nowhere")
