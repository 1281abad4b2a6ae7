from __future__ import annotations

import time

import pytest

from bathyscope import RunError, RunNotFound
from bathyscope.runs import Run, RunWriter, delete_run, list_runs, list_trash, restore_run


@pytest.fixture
def recorded(run_path):
    with RunWriter(run_path) as writer:
        writer.log_scalars({"x": 1}, step=0)
    return run_path


def test_a_deleted_run_is_gone_and_comes_back_whole(recorded):
    root = recorded.parent
    before = {path.relative_to(root): path.read_bytes() for path in root.rglob("*.*")
              if path.is_file()}  # fmt: skip
    deleted = delete_run(recorded)
    assert not recorded.exists()
    assert list_runs(root) == []
    assert list_trash(root) == [deleted]
    assert deleted.original == recorded
    assert abs(deleted.deleted - time.time()) < 60
    assert Run(deleted.path).scalars("x").values.tolist() == [1]
    with pytest.raises(RunNotFound, match=r"was deleted\. `bathyscope restore`"):
        Run(recorded)
    assert restore_run(root, deleted.id) == recorded
    after = {path.relative_to(root): path.read_bytes() for path in root.rglob("*.*")
             if path.is_file()}  # fmt: skip
    assert after == before
    assert list_trash(root) == []
    assert not (root / ".bathyscope-trash").exists(), "nothing is left behind"


@pytest.mark.parametrize("name", ["scalars", "events", "run.json", "a/b/c", "tables/x"])
def test_a_run_below_the_root_goes_back_to_its_place(tmp_path, name):
    RunWriter(tmp_path / name).finish()
    deleted = delete_run(tmp_path / name, root=tmp_path)
    assert list_trash(tmp_path) == [deleted]
    assert deleted.original == tmp_path / name
    assert restore_run(tmp_path, deleted.id) == tmp_path / name
    assert Run(tmp_path / name).status == "finished"


def test_runs_of_the_same_name_are_deleted_one_after_the_other(tmp_path):
    ids = []
    for value in range(3):
        with RunWriter(tmp_path / "a") as writer:
            writer.log_scalars({"x": value}, step=0)
        ids.append(delete_run(tmp_path / "a").id)
    assert {trashed.id for trashed in list_trash(tmp_path)} == set(ids)
    assert restore_run(tmp_path, ids[1]) == tmp_path / "a"
    assert Run(tmp_path / "a").scalars("x").values.tolist() == [1]
    with pytest.raises(RunError, match=r"`.*a` exists\. Choose another place"):
        restore_run(tmp_path, ids[0])
    assert restore_run(tmp_path, ids[0], to=tmp_path / "b") == tmp_path / "b"
    assert Run(tmp_path / "b").scalars("x").values.tolist() == [0]


def test_a_run_that_is_being_written_is_not_deleted(run_path):
    writer = RunWriter(run_path)
    with pytest.raises(RunError, match="Stop it first"):
        delete_run(run_path)
    assert delete_run(run_path, force=True).original == run_path
    writer.finish()


def test_a_run_of_another_host_is_deleted_only_by_force(run_path, monkeypatch):
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("platform.node", lambda: "elsewhere")
        RunWriter(run_path)
    with pytest.raises(RunError, match="begun on another host, which alone can tell"):
        delete_run(run_path)
    assert run_path.exists()
    delete_run(run_path, force=True)
    assert not run_path.exists()


def test_what_is_no_run_is_not_deleted(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(RunNotFound, match="is no run"):
        delete_run(tmp_path / "photos")
    assert (tmp_path / "photos").is_dir()


def test_the_root_must_be_above(recorded, tmp_path):
    for root in (recorded, tmp_path / "elsewhere", recorded / "events"):
        with pytest.raises(ValueError, match="must be a folder above the run"):
            delete_run(recorded, root=root)


def test_an_unknown_id_is_an_error(recorded):
    with pytest.raises(RunNotFound, match="The trash is empty"):
        restore_run(recorded.parent, "x")
    deleted = delete_run(recorded)
    for wrong in ("x", "..", deleted.id + "/.."):
        with pytest.raises(RunNotFound, match=f"There is {deleted.id}"):
            restore_run(recorded.parent, wrong)


def test_what_else_lies_in_the_trash_is_left_alone(recorded):
    deleted = delete_run(recorded)
    trash = recorded.parent / ".bathyscope-trash"
    (trash / "mine").mkdir()
    (trash / "20260101T000000Z-00000000-1").mkdir()
    assert list_trash(recorded.parent) == [deleted]
    restore_run(recorded.parent, deleted.id)
    assert (trash / "mine").is_dir()
