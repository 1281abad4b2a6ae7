"""Finding other tools' logs, opening them like runs, and reading them again while they grow."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

import bathyscope as bs
from bathyscope._errors import NotRecorded, RunNotFound, UnknownName
from bathyscope.importers import (
    FORMATS,
    Log,
    detect,
    find_logs,
    import_found,
    keras_csv,
    memory,
    open_log,
    write_log,
)
from bathyscope.importers.formats import module_of
from bathyscope.importers.log import Column
from bathyscope.runs import Run, RunWriter
from bathyscope.sources import list_sources


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder with logs of four tools, a run of ours, and files that only look like logs."""
    root = tmp_path / "logs"
    for folder in ("a/b", "hf/checkpoint-10", "hf/checkpoint-20", ".hidden", "lightning/version_3"):
        (root / folder).mkdir(parents=True)
    (root / "a" / "training.csv").write_text("epoch,loss\n0,0.5\n1,0.25\n")
    (root / "a" / "prices.csv").write_text("date,price\n2020-01-01,7\n")
    (root / "a" / "b" / "history.json").write_text('{"loss": [1, 2]}')
    (root / "a" / "b" / "settings.json").write_text('{"loss": [1, 2]}')
    (root / ".hidden" / "x.csv").write_text("epoch,loss\n0,0.5\n")
    (root / "lightning" / "version_3" / "metrics.csv").write_text("epoch,loss,step\n0,0.5,7\n")
    for step in (10, 20):
        state = {"log_history": [{"loss": 0.5, "step": step}], "global_step": step}
        text = json.dumps(state)
        (root / "hf" / f"checkpoint-{step}" / "trainer_state.json").write_text(text)
    with RunWriter(root / "ours") as run:
        run.log_scalars({"loss": 1.0}, step=0)
    (root / "ours" / "x.csv").write_text("epoch,loss\n0,0.5\n")
    return root


def test_a_folder_is_searched(logs: Path) -> None:
    found = [(one.format, one.path.relative_to(logs).as_posix()) for one in find_logs(logs)]
    assert found == [
        ("keras-history", "a/b/history.json"),
        ("keras", "a/training.csv"),
        ("huggingface", "hf"),
        ("lightning", "lightning/version_3/metrics.csv"),
    ]
    only = find_logs(logs, form="keras")
    assert [one.path.name for one in only] == ["training.csv"]
    # A file that is named is looked into whatever it is called.
    assert detect(logs / "a" / "b" / "settings.json") == "keras-history"
    assert detect(logs / "a" / "prices.csv") is None
    assert detect(logs / "nowhere") is None


def test_a_search_reads_no_huge_json(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bathyscope.importers.formats._LARGEST_JSON", 10)
    path = logs / "a" / "b" / "history.json"
    assert path not in [one.path for one in find_logs(logs)]
    assert [one.path for one in find_logs(path)] == [path]


def test_every_format_is_complete() -> None:
    for name in FORMATS:
        module = module_of(name)
        assert module.TITLE
        assert module.FILES or hasattr(module, "FOLDERS") or module.may_be
        assert module.sniff
        assert module.read
    with pytest.raises(UnknownName, match="Did you mean `keras`"):
        module_of("kreas")


def test_sources_list_other_logs_beside_runs(logs: Path) -> None:
    sources = {source.relative: source for source in list_sources(logs)}
    assert {relative: source.kind for relative, source in sources.items()} == {
        "a/b/history.json": "log",
        "a/training.csv": "log",
        "hf#huggingface": "log",
        "lightning/version_3/metrics.csv": "log",
        "ours": "run",
    }
    assert sources["hf#huggingface"].open().scalars("loss").steps.tolist() == [10, 20]
    assert sources["a/training.csv"].open().scalars("loss").values.tolist() == [0.5, 0.25]
    assert sources["a/training.csv"].status == "running"
    os.utime(logs / "a" / "training.csv", (1e9, 1e9))
    old = {source.relative: source for source in list_sources(logs)}["a/training.csv"]
    assert (old.status, old.updated) == ("unknown", 1e9)
    assert old.open().status == "unknown"


def test_a_log_is_shown_as_it_is(logs: Path, tmp_path: Path) -> None:
    seen = bs.open(logs / "hf")
    figure = seen.metrics("loss").figure()
    assert figure.title
    page = bs.report(logs / "hf", tmp_path / "report.html")
    assert "loss" in page.read_text()
    assert bs.open(logs / "lightning" / "version_3").scalars("loss").steps.tolist() == [7]
    with pytest.raises(RunNotFound):
        bs.open(logs / "a" / "prices.csv")


def test_what_was_not_recorded_is_named(logs: Path) -> None:
    run = open_log(logs / "hf")
    for ask in (run.scalars, run.table, run.arrays):
        with pytest.raises(NotRecorded, match="Run `hf`: There is no"):
            ask("lost")
    with pytest.raises(RunNotFound, match="does not exist"):
        open_log(logs / "nowhere.csv")
    with pytest.raises(RunNotFound, match=r"must be a log of W&B, .*; .* is none"):
        open_log(logs / "a" / "prices.csv")


def test_a_log_that_grows_is_read_again(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_PAUSE_SECS", 0.0)
    path = logs / "a" / "training.csv"
    run = open_log(path)
    points, cursor = run.new_scalars()
    assert len(points.steps) == 4
    assert cursor == run.scalars_cursor()
    with path.open("a") as file:
        file.write("2,nan\n")
    points, cursor = run.new_scalars(cursor)
    assert sorted(zip(points.metrics, points.steps.tolist(), strict=True)) == [
        ("epoch", 3),
        ("loss", 3),
    ]
    assert np.isnan(points.values).sum() == 1
    assert len(run.new_scalars(cursor)[0].steps) == 0
    path.write_text("epoch,loss\n0,7\n")  # another training began
    assert run.scalars("loss").values.tolist() == [7]
    assert run.new_scalars(cursor)[0].values.tolist() == [1, 7]
    path.unlink()  # what was read stays
    assert run.scalars("loss").values.tolist() == [7]


def test_frames_and_summaries_say_what_a_run_says(logs: Path, tmp_path: Path) -> None:
    log = keras_csv.read(logs / "a" / "training.csv")
    ours, theirs = memory.LogRun(log), Run(write_log(log, tmp_path / "run"))
    pandas = pytest.importorskip("pandas")
    pandas.testing.assert_frame_equal(
        ours.scalars_frame().drop(columns="time"), theirs.scalars_frame().drop(columns="time")
    )
    assert ours.summaries() == theirs.summaries()
    assert "Keras CSVLogger" in repr(ours)


def test_names_from_files_lead_nowhere(tmp_path: Path) -> None:
    column = Column(np.array([0]), np.array([1.0]), np.array([0.0]))
    names = ["../../escaped", "/etc/passwd", "a:b\\c\n", "..", "x" * 300, "\ud800"]
    for name in names:
        log = Log(name, tmp_path / "x.csv", "test", {"../../up": column})
        (found,), refused = import_found([Fake(log)], tmp_path / "runs")
        assert refused == []
        assert found.parent == tmp_path / "runs"
    again, refused = import_found([Fake(Log("", tmp_path, "t", {}))], tmp_path / "runs")
    assert (again, len(refused)) == ([], 1)
    assert "must not exist yet" in refused[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs"]


class Fake:
    """Something found, whose log is known."""

    def __init__(self, log: Log) -> None:
        self.path, self._log = log.path, log

    def read(self) -> Log:
        return self._log
