"""Models, files and runs with every view as a method."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import save_file

import bathyscope as bs
from bathyscope.cli.inspect import command as inspect_command
from bathyscope.runs import RunWriter
from bathyscope.views import registry


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "net.safetensors"
    save_file({"first.weight": np.eye(4, 3), "first.bias": np.arange(4.0)}, path)
    return path


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    with RunWriter(tmp_path / "runs" / "one") as writer:
        writer.log_scalars({"loss": 0.5}, step=1)
    return writer.path


def test_every_view_of_models_is_a_method(weights: Path) -> None:
    seen = bs.inspect(weights)
    wanted = {name for name, view in registry().items() if hasattr(view, "from_model")}
    assert set(seen.view_names()) == wanted
    assert wanted <= set(dir(seen))
    shown = seen.weights("first").figure().panels[0].marks[0]
    np.testing.assert_array_equal(shown.values, np.eye(4, 3))
    assert seen.layers().view_name == "layers"


def test_every_view_of_runs_is_a_method(run_folder: Path) -> None:
    seen = bs.open(run_folder)
    wanted = {name for name, view in registry().items() if hasattr(view, "from_run")}
    assert set(seen.view_names()) == wanted
    assert seen.metrics("loss").view_name == "metrics"


def test_no_view_hides_behind_a_name_of_the_subject() -> None:
    from bathyscope.subjects import InspectedModel, OpenedRun

    for name, view in registry().items():
        if hasattr(view, "from_model"):
            assert not hasattr(InspectedModel, name), name
        if hasattr(view, "from_run"):
            assert not hasattr(OpenedRun, name), name


def test_methods_carry_the_views_documentation(run_folder: Path) -> None:
    method = bs.open(run_folder).metrics
    assert method.__doc__ == registry()["metrics"].from_run.__doc__  # type: ignore[attr-defined]


def test_an_unknown_view_offers_the_nearest_names(weights: Path, run_folder: Path) -> None:
    with pytest.raises(AttributeError, match=r"Did you mean .*`weights`"):
        bs.inspect(weights).weigths()
    with pytest.raises(AttributeError, match="`confusion_matrix`"):
        bs.open(run_folder).confusion()
    with pytest.raises(AttributeError, match="`confusion_matrix`"):
        bs.views.confusionmatrix  # noqa: B018


def test_a_model_says_what_it_is(weights: Path) -> None:
    assert repr(bs.inspect(weights)).startswith(
        "<net.safetensors: file (safetensors), 1 layer, 16 parameters; views: layers, weights"
    )


def test_inspecting_twice_is_inspecting_once(weights: Path) -> None:
    seen = bs.inspect(weights)
    assert bs.inspect(seen) is seen


@pytest.mark.parametrize("given", [3, {"kernel": np.eye(2)}, np.eye(2), None])
def test_what_is_not_a_model_is_refused(given: object) -> None:
    with pytest.raises(bs.UnsupportedModel, match="`keras` or `torch`"):
        bs.inspect(given)


def test_a_missing_run_names_those_beside_it(run_folder: Path) -> None:
    with pytest.raises(bs.RunNotFound, match="one"):
        bs.open(run_folder.parent / "two")


def test_runs_of_one_file_are_compared(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "mlflow.db") as database:
        database.executescript("""
            CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT);
            CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, status TEXT, user_id TEXT,
                start_time BIGINT, end_time BIGINT, lifecycle_stage TEXT, artifact_uri TEXT,
                experiment_id INTEGER);
            CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT,
                step BIGINT, is_nan BOOLEAN);
            CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
            CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
            INSERT INTO runs VALUES ('a1', 'one', 'FINISHED', '', 1, 2, 'active', '', 1);
            INSERT INTO runs VALUES ('b2', 'two', 'FAILED', '', 1, 2, 'active', '', 1);
            INSERT INTO metrics VALUES ('loss', 0.25, 1000, 'b2', 7, 0);
        """)
    database.close()
    assert [run.name for run in bs.compare(tmp_path).runs] == ["one", "two"]
    assert bs.open(f"{tmp_path / 'mlflow.db'}#b2").scalars("loss").values.tolist() == [0.25]
    told = CliRunner().invoke(inspect_command, [f"{tmp_path / 'mlflow.db'}#b2"])
    assert told.exit_code == 0, told.output
    assert "loss      scalar      1        0.25" in told.output
