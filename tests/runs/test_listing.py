from __future__ import annotations

import math
import shutil

import numpy as np
import pytest

from bathyscope import RunError, RunNotFound
from bathyscope.runs import Run, RunWriter, list_runs


def test_runs_are_listed_the_oldest_first(tmp_path):
    RunWriter(tmp_path / "b", name="shown", config={"lr": 0.1}, tags=["t"]).finish()
    RunWriter(tmp_path / "a").finish("failed")
    RunWriter(tmp_path / "c")
    (tmp_path / "no run").mkdir()
    (tmp_path / "a file").write_text("")
    first, second, third = list_runs(tmp_path)
    assert (first.path, first.name, first.status) == (tmp_path / "b", "shown", "finished")
    assert (dict(first.config), first.tags, first.faults) == ({"lr": 0.1}, ("t",), ())
    assert (second.name, second.status) == ("a", "failed")
    assert (third.name, third.status) == ("c", "running")
    assert first.created <= second.created <= third.created


def test_settings_and_tags_of_later_sessions_are_listed(tmp_path, monkeypatch):
    RunWriter(tmp_path / "a", config={"lr": 0.1, "seed": 1}, tags=["a"]).finish()
    with RunWriter(tmp_path / "a", config={"lr": 0.01}, tags=["b"], resume=True) as later:
        later.log_event("note", text="long " * 4000)
    monkeypatch.setattr("bathyscope.runs.writer.VERSION", 7)
    RunWriter(tmp_path / "a", config={"lr": "of a later format"}, tags=["c"], resume=True).finish()
    monkeypatch.undo()
    (listed,) = list_runs(tmp_path)
    run = Run(tmp_path / "a")
    assert listed.config == run.config == run.at_a_glance().config == {"lr": 0.01, "seed": 1}
    assert listed.tags == run.tags == run.at_a_glance().tags == ("a", "b")


def test_runs_of_one_group_say_so(tmp_path):
    RunWriter(tmp_path / "a", group="search 1").finish()
    RunWriter(tmp_path / "b").finish()
    assert [run.group for run in list_runs(tmp_path)] == ["search 1", ""]
    assert (Run(tmp_path / "a").group, Run(tmp_path / "b").group) == ("search 1", "")
    with pytest.raises(ValueError, match="`group` must not be empty"):
        RunWriter(tmp_path / "c", group="")


def test_a_run_whose_manifest_is_damaged_is_listed_last(tmp_path):
    RunWriter(tmp_path / "a").finish()
    RunWriter(tmp_path / "b").finish()
    (tmp_path / "a" / "run.json").write_text("{")
    good, bad = list_runs(tmp_path)
    assert good.name == "b"
    assert (bad.name, bad.status) == ("a", "finished")
    assert math.isnan(bad.created)
    assert "cannot be read" in bad.faults[0]


def test_an_empty_folder_has_no_runs(tmp_path):
    assert list_runs(tmp_path) == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(RunNotFound, match="must be a folder of runs; there is none at"):
        list_runs(tmp_path / "runs")


def test_runs_beside_a_missing_one_are_named(tmp_path):
    for name in ("mnist-mlp", "mnist-cnn", "zebra", "other1", "other2", "other3", "other4"):
        RunWriter(tmp_path / name).finish()
    with pytest.raises(RunNotFound, match=r"exist\. Runs beside it: `mnist-mlp`") as caught:
        Run(tmp_path / "mnist-mpl")
    assert "(2 more)" in str(caught.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunNotFound, match=r"is no run\. Runs beside it: "):
        Run(tmp_path / "empty")


def test_a_folder_of_runs_is_no_run(tmp_path):
    RunWriter(tmp_path / "a").finish()
    with pytest.raises(RunNotFound, match=r"is a folder of runs\. Open one of them: `a`"):
        Run(tmp_path)


@pytest.mark.parametrize("path", ["nothing", "nowhere/nothing"])
def test_without_runs_beside_it_the_error_says_so(tmp_path, path):
    with pytest.raises(RunNotFound, match="No run is beside it"):
        Run(tmp_path / path)


@pytest.mark.parametrize("name", ["scalars", "events", "tables", "arrays", "run.json"])
def test_a_folder_of_runs_is_none_whatever_they_are_called(tmp_path, name):
    """Nor is one that holds a folder of runs of such a name."""
    for place in (tmp_path / "runs" / name, tmp_path / "sweeps" / name / "a"):
        with RunWriter(place) as writer:
            writer.log_scalars({"x": 1.0}, step=0)
            writer.log_table("t", {"a": [1]}, step=0)
    assert [run.path.name for run in list_runs(tmp_path / "runs")] == [name]
    assert list_runs(tmp_path) == []
    with pytest.raises(RunNotFound, match="is a folder of runs"):
        Run(tmp_path / "runs")
    with pytest.raises(RunNotFound, match="is no run"):
        Run(tmp_path / "sweeps")
    with pytest.raises(RunError, match="holds something else"):
        RunWriter(tmp_path / "runs", resume=True)


@pytest.mark.parametrize("left", ["scalars", "events", "tables", "arrays"])
def test_a_run_that_lost_its_manifest_and_most_folders_is_one(tmp_path, left):
    with RunWriter(tmp_path / "a") as writer:
        writer.log_scalars({"x": 1.0}, step=0)
        writer.log_table("t", {"a": [1]}, step=0)
        writer.log_arrays("g", {"w": np.zeros(2)}, step=0)
    for path in (tmp_path / "a").iterdir():
        if path.name != left:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (found,) = list_runs(tmp_path)
    assert found.path == tmp_path / "a"
    assert Run(found.path).faults() != ()
