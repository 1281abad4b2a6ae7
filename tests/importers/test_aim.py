"""Aim's repositories, written by Aim itself, against what was tracked and what Aim reads back."""

from __future__ import annotations

import math
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope._errors import MissingDependency, RunNotFound
from bathyscope.importers import detect, find_logs, import_found, open_log
from bathyscope.importers.aim import keys, read
from bathyscope.importers.aim.about import about_run
from bathyscope.importers.aim.contents import metric_name
from bathyscope.runs import Run
from bathyscope.sources import list_sources

N_STEPS = 30


@pytest.mark.parametrize(
    ("name", "context", "expected"),
    [
        ("loss", {}, "loss"),
        ("loss", {"subset": "val"}, "val/loss"),
        ("loss", {"subset": "val", "fold": 2}, "val/loss [fold=2]"),
        ("acc", {"b": True, "a": None}, "acc [a=None, b=True]"),
        ("acc", {"subset": 3}, "acc [subset=3]"),
        ("__system__gpu", {"gpu": 0}, "system/gpu [gpu=0]"),
        ("a\ud800", {}, "a?"),
    ],
)
def test_a_sequence_is_named_by_its_context(name: str, context: Any, expected: str) -> None:
    assert metric_name(name, context) == expected


def empty_repository(tmp_path: Path) -> Path:
    """A repository as far as names go."""
    path = tmp_path / "project" / ".aim"
    (path / "meta" / "chunks" / "0123abcd").mkdir(parents=True)
    (path / "run_metadata.sqlite").write_bytes(b"SQLite format 3\0")
    return path


def test_without_aim_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = empty_repository(tmp_path)
    monkeypatch.setitem(sys.modules, "aim", None)
    monkeypatch.setitem(sys.modules, "aim.storage.rockscontainer", None)
    assert [source.relative for source in list_sources(path.parent)] == [".aim#0123abcd"]
    with pytest.raises(MissingDependency, match="Install it with: pip install aim"):
        open_log(path)
    found = find_logs(path.parent)
    (path / "meta" / "chunks" / "4567").mkdir()
    paths, refused = import_found(find_logs(path), tmp_path / "runs")
    assert [one.key for one in found] == ["0123abcd"]
    assert paths == []
    assert len(refused) == 1  # said once for all its runs
    assert "pip install aim" in refused[0]


def test_what_is_no_repository_is_none(tmp_path: Path) -> None:
    (tmp_path / ".aim" / "meta").mkdir(parents=True)
    assert detect(tmp_path / ".aim") is None
    path = empty_repository(tmp_path)
    assert detect(path) == "aim"
    with pytest.raises(RunNotFound, match="must be the hash of a run"):
        read(path, "../../x")


# What Aim wrote


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: one that was tracked in many ways, and one with nothing but a name."""
    aim = pytest.importorskip("aim", reason="Aim is not installed: pip install aim")
    place = tmp_path_factory.mktemp("project")
    run = aim.Run(
        repo=str(place), experiment="digits", system_tracking_interval=None,
        log_system_params=True, capture_terminal_logs=False,
    )  # fmt: skip
    run.name = "grüße"
    run.description = "the first one"
    run.add_tag("paper")
    run.add_tag("b")
    run["hparams"] = {"lr": 0.1, "units": [8, 4], "flag": True, "none": None, "deep": {"a": "x"}}
    run["seed"] = 7
    for step in range(N_STEPS):
        run.track(1 / (step + 1), name="loss", step=step, epoch=step // 10,
                  context={"subset": "train"})  # fmt: skip
        value = math.nan if step == 3 else math.inf if step == 4 else step / 7
        run.track(value, name="loss", step=step, context={"subset": "val"})
        run.track(2**60 + step, name="big", step=10 * step)
    run.track(9.0, name="loss", step=5, context={"subset": "val"})  # a step again
    run.track(aim.Text("hello"), name="said", step=1)
    run.track(aim.Distribution([1.0, 2.0, 2.0, 4.0], bin_count=3), name="w", step=2)
    run.close()
    other = aim.Run(repo=str(place), system_tracking_interval=None, log_system_params=False)
    other.name = "empty"
    other.archived = True
    other.close()
    return place


@pytest.fixture
def first(repository: Path) -> Any:
    path = repository / ".aim"
    return read(path, keys(path)[0])


def test_all_that_was_tracked_is_read(first: Any) -> None:
    assert first.faults == ()
    assert list(first.scalars) == ["big", "epoch", "train/loss", "val/loss"]
    train = first.scalars["train/loss"]
    assert train.steps.tolist() == list(range(N_STEPS))
    assert train.values.tolist() == [1 / (step + 1) for step in range(N_STEPS)]
    assert (np.diff(train.times) >= 0).all()
    expected = [step / 7 for step in range(N_STEPS)]
    expected[3:6] = [math.nan, math.inf, 9.0]
    np.testing.assert_array_equal(first.scalars["val/loss"].values, expected)
    assert first.scalars["big"].values.tolist() == [float(2**60 + s) for s in range(N_STEPS)]
    assert first.scalars["big"].steps.tolist() == list(range(0, 10 * N_STEPS, 10))
    assert first.scalars["epoch"].values.tolist() == [step // 10 for step in range(N_STEPS)]


def test_points_are_those_aim_reads(first: Any, repository: Path) -> None:
    aim = pytest.importorskip("aim")
    run = aim.Run(keys(repository / ".aim")[0], repo=str(repository), read_only=True)
    # Runs of its own process are not in Aim's index yet: the tree of this run is asked.
    tree = run.repo.request_tree("meta", run.hash, read_only=True, skip_read_optimization=True)
    told = tree.subtree(("meta", "chunks", run.hash)).collect()
    traces, contexts = told["traces"], told["contexts"]
    run.meta_run_tree = tree.subtree(("meta", "chunks", run.hash))
    n_metrics = 0
    for number, sequences in traces.items():
        for name, trace in sequences.items():
            if trace["dtype"] not in ("int", "float"):
                continue
            context = aim.sdk.sequence.Context(contexts[number])
            metric = aim.sdk.sequences.metric.Metric(name, context, run)
            steps, (values, _, times) = metric.data.items_list()
            ours = first.scalars[metric_name(name, contexts[number])]
            assert ours.steps.tolist() == steps
            np.testing.assert_array_equal(ours.values, np.array(values, float))
            np.testing.assert_array_equal(ours.times, times)
            n_metrics += 1
    assert n_metrics == 3


def test_what_people_said_is_read(first: Any, repository: Path) -> None:
    assert first.name == "grüße"
    assert first.group == "digits"
    assert first.tags == ("aim", "paper", "b")
    assert first.status == "finished"
    assert first.notes == ("the first one",)
    assert first.config["hparams"] == {
        "lr": 0.1, "units": [8, 4], "flag": True, "none": None, "deep": {"a": "x"},
    }  # fmt: skip
    assert first.config["seed"] == 7
    path = repository / ".aim"
    other = read(path, keys(path)[1])
    assert (other.name, other.tags, len(other.scalars)) == ("empty", ("aim", "archived"), 0)
    assert about_run(path / "run_metadata.sqlite", "nobody").name == ""
    assert 1.7e9 < first.created <= other.created


def test_environment_variables_are_left_aside(first: Any) -> None:
    about = first.tables["about"][0]["name"].tolist()
    assert any(name.startswith("packages.") for name in about)
    assert "run_id" in about
    assert not any("env" in name.lower() for name in about)
    assert set(first.config) == {"hparams", "seed"}


def test_texts_and_distributions_are_tables(first: Any) -> None:
    assert first.tables["text/said"][1]["text"].tolist() == ["hello"]
    histogram = first.tables["histograms/w"][2]
    counts, edges = np.histogram([1.0, 2.0, 2.0, 4.0], bins=3)
    assert histogram["count"].tolist() == counts.tolist()
    np.testing.assert_allclose(histogram["left"], edges[:-1])
    np.testing.assert_allclose(histogram["right"], edges[1:])


def test_a_repository_is_only_read(repository: Path) -> None:
    def state() -> dict[str, bytes]:
        files = (path for path in repository.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files}

    before = state()
    for found in find_logs(repository):
        found.read()
    assert state() == before


def test_it_is_imported_and_shown_as_it_is(
    repository: Path, tmp_path: Path, imported: Any, first: Any
) -> None:
    imported(first)
    found = find_logs(repository)
    assert [one.format for one in found] == ["aim", "aim"]
    paths, refused = import_found(found, tmp_path / "runs")
    assert refused == []
    runs = {run.name: run for run in map(Run, paths)}
    train = runs["grüße"].scalars("train/loss")
    assert train.values.tolist() == [1 / (step + 1) for step in range(N_STEPS)]
    assert runs["empty"].scalar_names() == ()
    sources = list_sources(repository)
    assert [source.kind for source in sources] == ["log", "log"]
    opened = {source.open().name: source.open() for source in sources}
    assert set(opened) == {"grüße", "empty"}
    query = "SELECT max(value) AS most FROM scalars WHERE metric = 'train/loss'"
    assert opened["grüße"].sql(query)["most"].tolist() == [1.0]


def test_a_run_is_followed_while_it_is_written(tmp_path: Path) -> None:
    aim = pytest.importorskip("aim")
    run = aim.Run(repo=str(tmp_path), system_tracking_interval=None, log_system_params=False,
                  capture_terminal_logs=False)  # fmt: skip
    run.track(0.5, name="loss", step=0)
    (found,) = find_logs(tmp_path)
    assert found.read().status == "unknown"
    assert found.read().scalars["loss"].values.tolist() == [0.5]
    run.track(0.25, name="loss", step=1)
    assert found.read().scalars["loss"].values.tolist() == [0.5, 0.25]
    assert set(found.watched()) >= set((tmp_path / ".aim" / "meta" / "chunks").iterdir())
    run.close()
    assert found.read().status == "finished"


def test_a_damaged_container_is_refused_in_one_line(repository: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(repository, copy)
    first, second = find_logs(copy)
    for file in (copy / ".aim" / "seqs" / "chunks" / first.key).iterdir():
        file.write_bytes(b"")
    paths, refused = import_found([first, second], tmp_path / "runs")
    assert len(paths) == 1
    assert len(refused) == 1
    assert "must be whole to be read; Aim says" in refused[0]
