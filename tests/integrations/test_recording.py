from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import textwrap
from copy import deepcopy

import numpy as np
import pytest

import bathyscope as bs
from bathyscope.integrations.recording import Recording
from bathyscope.runs import Run, RunWriter


def test_record_is_the_recording_class():
    assert bs.record is Recording


def test_numbers_are_read_back_with_their_steps(recording, reopen):
    recording.log({"loss": np.float32(0.5), "val": {"loss": 2}})
    recording.log({"loss": np.nan})
    recording.log({"loss": 0.25}, step=10)
    recording.log({"loss": 0.125})
    run = reopen(recording)
    np.testing.assert_array_equal(run.scalars("loss").steps, [1, 2, 10, 11])
    np.testing.assert_array_equal(run.scalars("loss").values, [0.5, np.nan, 0.25, 0.125])
    assert run.scalars("val/loss").values.tolist() == [2.0]


def test_arrays_tables_and_notes_are_read_back(recording, reopen, notes):
    recording.log({"loss": 1}, step=4)
    recording.log_arrays("attention", {"head": np.eye(2)})
    recording.log_table("shapes", {"name": ["a", "b"], "size": [1, 2]}, step=7)
    recording.note("the learning rate was halved by hand")
    run = reopen(recording)
    np.testing.assert_array_equal(run.arrays("attention", step=4)["head"], np.eye(2))
    assert run.table("shapes", step=7)["size"].tolist() == [1, 2]
    assert notes(recording) == ["the learning rate was halved by hand"]


def test_tensors_of_torch_are_recorded_as_arrays(recording, reopen):
    torch = pytest.importorskip("torch")
    recording.log_arrays("weights", {"w": torch.ones(2, 3, requires_grad=True)}, step=0)
    np.testing.assert_array_equal(reopen(recording).arrays("weights")["w"], np.ones((2, 3)))


def test_histograms_are_exact_and_drawn(recording, reopen, rng):
    torch = pytest.importorskip("torch")
    values = rng.normal(size=(50, 20)).astype(np.float32)
    values[0, :3] = [np.nan, np.inf, 0]
    recording.log_histogram("weights/hidden", torch.from_numpy(values), step=5, bins=16)
    recording.log_histogram("weights/hidden", values * 2, step=6)
    run = reopen(recording)
    table = run.table("histograms/weights/hidden", step=5)
    finite = values[np.isfinite(values)].astype(float)
    counts, edges = np.histogram(finite, 16)
    np.testing.assert_array_equal(table["count"], counts)
    np.testing.assert_array_equal([*table["left"], table["right"][-1]], edges)
    assert set(table["nans"]) == {1}
    np.testing.assert_allclose(table["std"], finite.std())
    view = bs.open(run.path).histograms("weights/hidden")
    assert view.steps.tolist() == [5, 6]
    assert view.bins(6).total == 998


def test_config_and_tags_are_kept(tmp_path):
    with Recording("a", runs_dir=tmp_path, config={"lr": 0.1}, tags=["baseline"]) as run:
        pass
    found = Run(run.path)
    assert found.config["lr"] == 0.1
    assert found.info["tags"] == ["baseline"]


def test_a_taken_name_is_numbered(tmp_path):
    names = []
    for _ in range(3):
        with Recording("digits", runs_dir=tmp_path) as run:
            names.append(run.name)
    assert names == ["digits", "digits-2", "digits-3"]
    assert [Run(tmp_path / name).name for name in names] == names


def _make(folder: str, barrier) -> None:
    barrier.wait()
    Recording("same", runs_dir=folder).finish()


def test_two_programs_never_share_a_folder(tmp_path):
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3)
    makers = [context.Process(target=_make, args=(str(tmp_path), barrier)) for _ in range(3)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert [maker.exitcode for maker in makers] == [0, 0, 0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["same", "same-2", "same-3"]
    assert all(len(Run(path).events("started")) == 1 for path in tmp_path.iterdir())


def test_resuming_goes_on_where_the_run_was(tmp_path):
    with Recording("a", runs_dir=tmp_path) as run:
        run.log({"loss": 3.0}, step=7)
    with Recording("a", runs_dir=tmp_path, resume=True) as again:
        again.log({"loss": 2.0})
        again.log({"loss": 9.0}, step=7)
    assert again.path == run.path
    series = Run(run.path).scalars("loss")
    assert series.steps.tolist() == [7, 8]
    assert series.values.tolist() == [9.0, 2.0]


def test_resuming_what_is_not_there_begins_it(tmp_path):
    with Recording("new", runs_dir=tmp_path, resume=True) as run:
        run.log({"loss": 1.0})
    assert Run(run.path).status == "finished"


def test_a_run_without_a_name_gets_the_time(tmp_path):
    with Recording(runs_dir=tmp_path) as run:
        assert run.name.startswith("run-20")


@pytest.mark.parametrize("name", ["", " ", "a/b", "..", ".hidden", "a\\b", "x\n", "a ", "a:b",
                                  "x" * 201, "数" * 67])  # fmt: skip
def test_a_name_that_is_no_folder_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="`name` must be a folder's name"):
        Recording(name, runs_dir=tmp_path, strict=False)
    assert list(tmp_path.iterdir()) == []


def test_chinese_names_are_names(tmp_path):
    with Recording("数字识别", runs_dir=tmp_path) as run:
        run.log({"损失": 1.0})
    assert Run(tmp_path / "数字识别").scalars("损失").values.tolist() == [1.0]


def test_wrong_settings_leave_no_folder_behind(tmp_path):
    with pytest.raises(TypeError, match="`config` must be a mapping"):
        Recording("a", runs_dir=tmp_path, config=[1], strict=False)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="`name` must be a string"):
        Recording(5, runs_dir=tmp_path, strict=False)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_finishing_twice_is_finishing(tmp_path):
    run = Recording("a", runs_dir=tmp_path)
    assert Run(run.path).status == "running"
    run.finish()
    run.finish("failed")
    assert Run(run.path).status == "finished"
    assert len(Run(run.path).events("finished")) == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError, "failed"),
        (KeyboardInterrupt, "interrupted"),
        (SystemExit, "finished"),
        (SystemExit(0), "finished"),
        (SystemExit(1), "failed"),
        (SystemExit("no data"), "failed"),
    ],
)
def test_an_error_in_the_block_is_the_end_of_the_run(tmp_path, error, status):
    kind = error if isinstance(error, type) else type(error)
    with pytest.raises(kind), Recording("a", runs_dir=tmp_path) as run:
        raise error
    assert Run(run.path).status == status
    with pytest.raises(kind), RunWriter(tmp_path / "b") as writer:
        raise error
    assert Run(writer.path).status == status


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("pass", "finished"),
        ("raise ValueError", "failed"),
        ("raise KeyboardInterrupt", "interrupted"),
        ("sys.exit(3)", "failed"),
        ("exit('no data')", "failed"),
        ("sys.exit()", "finished"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "interrupted"),
    ],
)
def test_a_program_that_closes_nothing_leaves_an_honest_status(tmp_path, ending, status):
    program = f"""
        import sys
        from bathyscope.integrations.recording import Recording
        run = Recording("a", runs_dir=sys.argv[1])
        run.log({{"loss": 1.0}})
        {ending}
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)],
        check=False,
        capture_output=True,
    )
    run = Run(tmp_path / "a")
    assert run.status == status
    assert run.scalars("loss").values.tolist() == [1.0]


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError, "failed"), (KeyboardInterrupt, "interrupted")]
)
def test_a_run_that_an_error_led_to_the_end_of_says_so(tmp_path, error, status):
    run = Recording("a", runs_dir=tmp_path)
    with pytest.raises(error):
        try:
            raise error
        finally:
            run.finish()
    assert Run(run.path).status == status


def test_a_run_that_tries_again_what_failed_ends_by_itself(tmp_path):
    try:
        raise MemoryError
    except MemoryError:
        run = Recording("a", runs_dir=tmp_path)
        run.finish()
    assert Run(run.path).status == "finished"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_worker_of_multiprocessing_closes_its_run(tmp_path, method):
    """Python calls what is registered by `atexit` in none that was forked."""
    program = """
        import multiprocessing, sys
        import bathyscope

        def train(name, ending):
            run = bathyscope.record(name, runs_dir=sys.argv[1])
            run.log({"loss": 1.0})
            if ending is not None:
                raise ending

        if __name__ == "__main__":
            multiprocessing.set_start_method(sys.argv[2])
            run = bathyscope.record("parent", runs_dir=sys.argv[1])
            endings = {"finished": None, "failed": ValueError("no"), "exited": SystemExit(0)}
            workers = [multiprocessing.Process(target=train, args=of) for of in endings.items()]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            run.log({"loss": 2.0})
    """
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(program))
    command = [sys.executable, str(script), str(tmp_path / "runs"), method]
    subprocess.run(command, check=True, capture_output=True)
    statuses = {run.name: Run(run).status for run in (tmp_path / "runs").iterdir()}
    # From Python 3.13 on the exception is forgotten before anybody is called.
    failed = "failed" if sys.version_info < (3, 13) else "finished"
    assert statuses == {
        "parent": "finished", "finished": "finished", "failed": failed, "exited": "finished",
    }  # fmt: skip


def test_a_recording_that_is_to_be_copied_says_what_to_do(recording):
    for copy in (pickle.dumps, deepcopy):
        with pytest.raises(TypeError, match=r"must stay in its process; `run` .* `resume=True`"):
            copy(recording)


def test_a_forked_child_does_not_end_the_run_of_its_parent(tmp_path):
    program = """
        import os, sys
        from bathyscope.integrations.recording import Recording
        run = Recording("a", runs_dir=sys.argv[1])
        child = os.fork()
        if child == 0:
            sys.exit(0)
        os.waitpid(child, 0)
        run.log({"loss": 1.0})
        run.finish()
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)], check=True, env=os.environ
    )
    run = Run(tmp_path / "a")
    assert run.status == "finished"
    assert len(run.events("finished")) == 1
    assert run.scalars("loss").values.tolist() == [1.0]


def test_its_words_say_where_it_is(recording):
    recording.log({"loss": 1}, step=3)
    assert repr(recording) == "<Recording 'run': recording, step 3>"


@pytest.mark.parametrize(
    ("values", "step", "error"),
    [
        ({"loss": 1.0}, 1.5, "`step` must be a whole number"),
        ({"loss": 1.0}, 2**63, "between"),
        ({"loss": "high"}, 1, "must be one real number"),
        ({"loss": 10**400}, 1, "double precision"),
        ({"half \ud800": 1.0}, 1, "valid Unicode"),
        ({"": 1.0}, 1, "must have names"),
        ([("loss", 1.0)], 1, "must map names"),
    ],
)
def test_what_is_wrong_is_said_once_a_metric_is_known_too(recording, reopen, values, step, error):
    recording.log({"loss": 0.5}, step=0)
    with pytest.raises((TypeError, ValueError), match=error):
        recording.log(values, step=step)
    recording.log({"loss": np.float32(0.25), "more": {"a": 1}}, step=np.int64(1))
    recording.log({"more/a": True, "loss": 3}, step=2)
    run = reopen(recording)
    assert run.scalars("loss").steps.tolist() == [0, 1, 2]
    assert run.scalars("loss").values.tolist() == [0.5, 0.25, 3.0]
    assert run.scalars("more/a").values.tolist() == [1.0, 1.0]
    assert run.faults() == ()


def test_what_is_right_of_a_call_is_recorded_though_something_is_wrong(recording, reopen):
    values = {"loss": 0.5, "rate": None, "more": {"a": 1, "b": [1, 2]}, "half \ud800": 1.0}
    with pytest.raises(TypeError, match="`rate` must be one real number"):
        recording.log(values, step=7)
    run = reopen(recording)
    assert run.scalar_names() == ("loss", "more/a")
    assert run.scalars("loss").steps.tolist() == [7]


def test_steps_of_64_bits_in_any_order(recording, reopen):
    given = [5, -(2**63), 2**63 - 1, 0, -1, 2**53 + 1]
    for step in given:
        recording.log({"a": step % 7}, step=step)
    with pytest.raises(ValueError, match="between"):
        recording.log({"a": 0}, step=2**63)
    series = reopen(recording).scalars("a")
    assert series.steps.tolist() == sorted(given)
    assert series.values.tolist() == [step % 7 for step in sorted(given)]


def test_what_is_before_the_training_and_what_is_no_step_leave_the_count(recording, reopen):
    recording.log({"a": 1}, step=3)
    recording.log({"a": 2}, step=-4)
    with pytest.raises(ValueError, match="between"):
        recording.log({"a": 3}, step=2**63)
    recording.log({"a": 4})
    assert reopen(recording).scalars("a").steps.tolist() == [-4, 3, 4]


def test_settings_that_become_known_later(recording, reopen):
    recording.log_config({"lr": 0.1, "data": {"size": 3}})
    recording.log_config({"lr": 0.2})
    assert reopen(recording).config == {"lr": 0.2, "data": {"size": 3}}


def test_what_a_training_is_found_to_be_set_to_replaces_nothing_the_program_said(tmp_path, reopen):
    recording = Recording("run", runs_dir=tmp_path, config={"lr": 0.1}, strict=True)
    for depth in (2, 2, 3):
        recording.session.add_settings({"lr": 0.5, "depth": depth})
    assert len(list((recording.path / "about").iterdir())) == 2, (
        "what is known is not written again"
    )
    assert reopen(recording).config == {"lr": 0.1, "depth": 3}
