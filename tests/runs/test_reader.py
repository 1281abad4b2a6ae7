from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from bathyscope import DamagedFile, NotRecorded
from bathyscope.runs import Run, RunWriter, wrong
from bathyscope.views.base import RunData


def _state(folder):
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


@pytest.fixture
def recorded(tmp_path):
    with RunWriter(tmp_path / "recorded") as writer:
        for step in range(5):
            writer.log_scalars({"loss": step * 0.5, "val/loss": step}, step=step)
        writer.log_arrays("parameters", {"w": np.eye(2)}, step=2)
        writer.log_table("predictions/test", {"sample": [0, 1]}, step=2)
        writer.log_event("note", text="n")
    return Run(tmp_path / "recorded")


def test_a_run_answers_what_views_ask(recorded):
    answered: RunData = recorded
    assert answered.scalar_names() == ("loss", "val/loss")
    assert answered.array_groups() == ("parameters",)
    assert answered.table_names() == ("predictions/test",)
    assert answered.resolve_step(-1, (1, 2), what="x") == 2
    assert "finished" in repr(recorded)


def test_reading_never_changes_a_run(recorded):
    before = _state(recorded.path)
    recorded.scalars("loss")
    recorded.arrays("parameters")
    recorded.table("predictions/test")
    recorded.events()
    recorded.faults()
    assert recorded.status == "finished"
    assert _state(recorded.path) == before


def test_what_a_caller_does_to_the_arrays_stays_with_the_caller(recorded):
    recorded.scalars("loss").values[:] = -1
    recorded.arrays("parameters")["w"][:] = -1
    recorded.table("predictions/test")["sample"][:] = -1
    assert recorded.scalars("loss").values[1] == 0.5
    assert recorded.arrays("parameters")["w"][0, 0] == 1
    assert recorded.table("predictions/test")["sample"][1] == 1


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda run: run.scalars("los"), "Run `recorded`: There is no metric `los`. Did you mean"),
        (lambda run: run.scalars_all("q"), "Known names are `loss`, `val/loss`"),
        (lambda run: run.arrays("parameter"), "no group of arrays `parameter`. Did you mean"),
        (lambda run: run.array_steps("x"), "no group of arrays `x`"),
        (lambda run: run.table("prediction"), "no table `prediction`. Did you mean `pred"),
        (lambda run: run.table_steps(""), "no table ``"),
        (lambda run: run.arrays("parameters", step=3), "step of arrays `parameters`; got 3.*are 2"),
        (lambda run: run.table("predictions/test", step=-2), "at least -1"),
        (lambda run: run.scalars("loss", rank=3), "rank 3 recorded no `loss`"),
    ],
)  # fmt: skip
def test_what_was_not_recorded_is_an_error_that_names_what_was(recorded, ask, message):
    with pytest.raises(NotRecorded, match=message):
        ask(recorded)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda run: run.scalars(["loss"]), "one metric, as text; got list. `scalars_of`"),
        (lambda run: run.long_scalars(None), "one metric, as text; got NoneType"),
        (lambda run: run.table("predictions/test", step="2"), "a whole number; got '2'"),
        (lambda run: run.arrays("parameters", step=2.0), "a whole number; got 2.0"),
    ],
)
def test_what_is_no_name_and_no_step_is_refused(recorded, ask, message):
    with pytest.raises(TypeError, match=message):
        ask(recorded)


def test_every_call_sees_what_was_written_meanwhile(writer, run):
    assert run.scalar_names() == run.table_names() == run.array_groups() == ()
    for step in range(3):
        writer.log_scalars({"x": step}, step=step)
        writer.log_table("t", {"a": [step]}, step=step)
        writer.log_arrays("g", {"a": [step]}, step=step)
        writer.log_event("e", step=step)
        assert run.scalars("x").values[-1] == step
        assert run.table("t")["a"].tolist() == run.arrays("g")["a"].tolist() == [step]
        assert run.table_steps("t") == run.array_steps("g") == tuple(range(step + 1))
        assert run.events("e")[-1]["step"] == step
    writer.finish()
    assert run.scalars("x").values.tolist() == [0, 1, 2]


def test_polling_an_unchanged_run_opens_no_file(recorded, writer, run, monkeypatch):
    writer.log_scalars({"x": 1.0}, step=0)
    for one, name in ((recorded, "loss"), (run, "x")):
        first = one.scalars(name)
        one.faults()

        def refuse(self, *_, **__):
            raise AssertionError(f"{self} was opened")

        with monkeypatch.context() as patched:
            patched.setattr("pathlib.Path.open", refuse)
            again = one.scalars(name)
            assert one.scalar_names()
            assert one.events("started")
        np.testing.assert_array_equal(again.values, first.values)


def test_foreign_files_are_named(recorded):
    (recorded.path / "scalars" / "notes.txt").write_text("")
    (recorded.path / "events" / "x.jsonl").write_text("")
    (recorded.path / "arrays" / "parameters" / "x.npy").write_text("")
    (recorded.path / "scalars" / ".hidden").write_text("")
    assert recorded.faults() == (
        "scalars/notes.txt: is no file of a run",
        "events/x.jsonl: is no file of a run",
        "arrays/parameters/x.npy: is no file of a run",
    )
    assert len(recorded.scalars("loss")) == 5


def test_what_cannot_be_opened_is_named_and_the_rest_shown(recorded):
    """Folders stand where files are expected, which the system refuses to read."""
    names = (
        "scalars/0009-1-00000000-0.journal",
        "scalars/0009-1-00000001-0.00000000.parquet",
        "tables/t/000000000001-0009-1-00000000-0.00000000.parquet",
        "arrays/a/000000000001-0009-1-00000000-0.00000000.safetensors",
        "events/0009-1-00000000.jsonl",
    )
    for name in names:
        (recorded.path / name).mkdir(parents=True)
    assert recorded.faults() == tuple(
        f"{name}: it cannot be read (Is a directory)" for name in (names[1], names[0], *names[2:])
    )
    assert len(recorded.scalars("loss")) == 5
    assert recorded.status == "finished"
    for ask in (recorded.table, recorded.arrays):
        with pytest.raises(DamagedFile, match="cannot be read"):
            ask("t" if ask == recorded.table else "a")


def test_a_newer_event_file_is_named(writer, run, monkeypatch):
    monkeypatch.setattr("bathyscope.runs.writer.VERSION", 3)
    later = RunWriter(writer.path, resume=True)
    later.log_event("note", text="from the future")
    monkeypatch.undo()
    assert run.events("note") == []
    assert len(run.events("started")) == 1
    (fault,) = run.faults()
    assert fault.startswith(f"events/{later.writer}.jsonl: it has format version 3")


def test_a_copied_run_opens_anywhere(recorded, tmp_path):
    import shutil

    copy = shutil.copytree(recorded.path, tmp_path / "else" / "where")
    assert Run(copy).scalars("loss").values.tolist() == recorded.scalars("loss").values.tolist()
    assert Run(str(copy)).name == "recorded"


def test_a_relative_path_is_a_run_too(recorded, monkeypatch):
    monkeypatch.chdir(recorded.path)
    os.remove("run.json")  # noqa: PTH107
    assert Run(".").name == "recorded"


def test_numbers_become_frames(recorded):
    frame = recorded.scalars("loss").to_frame()
    assert list(frame.columns) == ["step", "value", "time"]
    assert frame["value"].tolist() == [0, 0.5, 1, 1.5, 2]
    everything = recorded.scalars_frame()
    assert list(everything.columns) == ["metric", "step", "value", "time"]
    assert everything["metric"].tolist() == ["loss"] * 5 + ["val/loss"] * 5
    assert everything["step"].tolist() == [0, 1, 2, 3, 4] * 2
    assert len(recorded.scalars_frame(["val/loss"])) == 5
    assert len(recorded.scalars_frame("val/loss")) == 5


def test_a_run_without_scalars_has_an_empty_frame(run):
    frame = run.scalars_frame()
    assert list(frame.columns) == ["metric", "step", "value", "time"]
    assert len(frame) == 0


def test_threads_may_share_a_reader(writer, run):
    import threading

    seen, errors = [], []

    def read():
        try:
            for _ in range(40):
                if "x" in run.scalar_names():
                    seen.append(len(run.scalars("x")))
                run.faults()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for step in range(200):
        writer.log_scalars({"x": step}, step=step)
    writer.finish()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(run.scalars("x")) == 200


@pytest.mark.parametrize("few", [0, 1 << 16])
def test_several_metrics_are_read_at_once_as_one_by_one(run_path, monkeypatch, few):
    monkeypatch.setattr("bathyscope.runs.sealed._FEW_ROWS", few)
    rng = np.random.default_rng(2)
    for session in range(4):
        writer = RunWriter(run_path, resume=True)
        for _ in range(60):
            names = rng.choice(["a", "b", "b/c", "é", "'once'", "z"], 3, replace=False)
            writer.log_scalars({str(n): rng.normal() for n in names}, step=int(rng.integers(-9, 9)))
        if session < 3:
            writer.finish()
    run = Run(run_path)
    for chosen in (None, ["z", "a"], ["é", "'once'", "b/c"], ["b"], []):
        found = run.scalars_of(chosen)
        assert list(found) == (list(run.scalar_names()) if chosen is None else chosen)
        for name, series in found.items():
            alone = run.scalars(name)
            assert series.name == name
            np.testing.assert_array_equal(series.steps, alone.steps)
            np.testing.assert_array_equal(series.values, alone.values)
            np.testing.assert_array_equal(series.times, alone.times)
    with pytest.raises(NotRecorded, match="Did you mean `'once'`"):
        run.scalars_of(["a", "once"])


def test_others_read_on_while_large_files_are_checked(recorded, monkeypatch):
    could_read = []

    def check(part):
        reader = threading.Thread(target=recorded.events)
        reader.start()
        reader.join(120)  # who had to wait for the check would wait for ever
        could_read.append(not reader.is_alive())

    monkeypatch.setattr(wrong, "check_bytes", check)
    assert recorded.faults() == ()
    assert could_read == [True, True]
