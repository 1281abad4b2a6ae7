from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bathyscope.reports.headlines import headlines
from bathyscope.runs import Run, RunWriter
from bathyscope.views import _curves


def write(path: Path, true: list[int], predicted: list[int]) -> Run:
    writer = RunWriter(path)
    for step, loss in enumerate([0.9, 0.4, 0.6], start=1):
        writer.log_scalars({"val_loss": loss, "epoch": float(step)}, step=step * 10)
    writer.log_event("classes", names=["cat", "dog", "[red]"])
    n = len(true)
    writer.log_table(
        "predictions/test",
        {"sample": np.arange(n), "true": np.array(true), "predicted": np.array(predicted),
         "confidence": np.full(n, 0.5), "loss": np.full(n, 0.7)},
        step=30,
    )  # fmt: skip
    writer.finish()
    return Run(path)


def test_headlines_name_accuracy_confusion_and_the_best_epoch(tmp_path: Path) -> None:
    run = write(tmp_path / "run", [0, 0, 1, 1, 2, 2, 2, 2], [0, 0, 1, 1, 2, 0, 0, 1])
    accuracy, confusion, validation = headlines(run)
    assert accuracy.value == "62.50%"
    assert "5 of 8" in accuracy.detail
    assert confusion.value == "[red] taken for cat"
    assert confusion.detail == "2 of 4 in test"
    assert validation.value == "0.6 at the end"
    assert validation.detail == "best 0.4 at epoch 2 of 3"


def test_the_best_epoch_of_a_run_of_very_many_points_is_told_without_reading_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_curves, "FEW", 1000)
    steps = np.arange(1, 5001)
    with RunWriter(tmp_path / "run") as writer:
        losses = np.abs(steps - 3210) / 1000 + 0.5
        writer.log_scalar_columns({"val_loss": (steps, losses), "epoch": (steps, steps / 1000)})
    run = Run(tmp_path / "run")
    if run.long_scalars("val_loss") is not None:
        monkeypatch.setattr(Run, "scalars", None)
    (found,) = headlines(run)
    assert found.value == "2.29 at the end"
    assert found.detail == "best 0.5 at epoch 3.21 of 5"


def test_epochs_that_are_not_finite_are_not_told(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run") as writer:
        writer.log_scalars({"val_loss": 1.0, "epoch": float("nan")}, step=3)
    (found,) = headlines(Run(tmp_path / "run"))
    assert found.detail == "best 1 at step 3"


def test_a_run_without_errors_has_no_confusion_to_tell(tmp_path: Path) -> None:
    run = write(tmp_path / "run", [0, 1], [0, 1])
    assert [headline.label for headline in headlines(run)] == [
        "Accuracy on test",
        "Validation loss",
    ]


def test_the_loss_on_other_data_goes_by_many_names(tmp_path: Path) -> None:
    recorded = {"validation_0/mlogloss": 0.1, "validation_1/mlogloss": 0.3, "lr": 0.5}
    writer = RunWriter(tmp_path / "xgboost")
    writer.log_scalars(recorded, step=1)
    writer.log_scalars({"validation_1/mlogloss": 0.4}, step=2)
    writer.finish()
    first, second = headlines(Run(tmp_path / "xgboost"))
    assert (first.label, first.value) == ("validation_1/mlogloss", "0.4 at the end")
    assert first.detail == "best 0.3 at step 1"
    assert second.label == "Last lr"


def test_an_accuracy_is_told_once(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "forest")
    writer.log_table("predictions/test", {"sample": [0], "true": [1], "predicted": [1]}, step=0)
    writer.log_scalars({"test_accuracy": 1.0, "test_loss": 0.2}, step=0)
    writer.finish()
    labels = [headline.label for headline in headlines(Run(tmp_path / "forest"))]
    assert labels == ["Accuracy on test", "Last test_loss"]


def test_a_loss_that_was_never_finite_is_said_to_be_so(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run")
    writer.log_scalars({"val_loss": float("nan")}, step=1)
    writer.finish()
    assert headlines(Run(tmp_path / "run"))[0].value == "never finite"


def test_a_run_with_one_metric_tells_its_last_value(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run")
    writer.log_scalars({"reward": 3.25}, step=1_000)
    writer.finish()
    (only,) = headlines(Run(tmp_path / "run"))
    assert (only.label, only.value, only.detail) == ("Last reward", "3.25", "step 1,000")


def test_an_empty_run_tells_nothing(tmp_path: Path) -> None:
    RunWriter(tmp_path / "run").finish()
    assert headlines(Run(tmp_path / "run")) == ()


def test_a_table_that_lacks_what_was_predicted_tells_nothing(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run")
    writer.log_table("predictions/test", {"sample": [0, 1], "true": [1, 0]}, step=1)
    writer.finish()
    assert headlines(Run(tmp_path / "run")) == ()


def test_a_last_value_names_the_rank_it_is_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run"
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank, steps in ((0, (1, 2, 3)), (1, (1, 2))):
        monkeypatch.setenv("RANK", str(rank))
        with RunWriter(path, resume=path.exists()) as writer:
            for step in steps:
                writer.log_scalars({"loss": 10.0 * rank + step}, step=step)
    (last,) = headlines(Run(path))
    assert last.text == "3 (step 3, rank 0)", "rank 1, which joined last, did not get so far"
    monkeypatch.setenv("RANK", "1")
    with RunWriter(path, resume=True) as writer:
        writer.log_scalars({"loss": 7.0}, step=3)
    (last,) = headlines(Run(path))
    assert last.text == "7 (step 3, rank 1)"


def test_a_last_loss_that_is_not_a_number_is_written_as_everywhere(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run")
    writer.log_scalars({"loss": float("nan")}, step=1)
    writer.finish()
    assert headlines(Run(tmp_path / "run"))[0].value == "NaN"
