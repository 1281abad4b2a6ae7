from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest

from bathyscope import RunError, RunNotFound
from bathyscope.runs import (
    Run,
    RunWriter,
    delete_run,
    erase_run,
    list_runs,
    list_trash,
    restore_run,
)
from bathyscope.runs.trash import TRASH, has_trash


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


def test_an_erased_run_is_gone_and_leaves_the_others(tmp_path):
    deleted = []
    for name in ("a", "b/c"):
        RunWriter(tmp_path / name).finish()
        deleted.append(delete_run(tmp_path / name, root=tmp_path))
    files = [path for path in deleted[1].path.rglob("*") if path.is_file()]
    assert deleted[1].size() == sum(len(path.read_bytes()) for path in files) > 0
    erase_run(tmp_path, deleted[1].id)
    assert list_trash(tmp_path) == [deleted[0]]
    with pytest.raises(RunNotFound, match="must name something in the trash"):
        restore_run(tmp_path, deleted[1].id)
    with pytest.raises(RunNotFound, match="must name something in the trash"):
        erase_run(tmp_path, deleted[1].id)
    assert has_trash(tmp_path)
    erase_run(tmp_path, deleted[0].id)
    assert not has_trash(tmp_path)
    assert not (tmp_path / TRASH).exists(), "nothing is left behind"


def test_a_run_that_is_still_written_is_not_erased(run_path):
    writer = RunWriter(run_path)
    deleted = delete_run(run_path, force=True)
    with pytest.raises(RunError, match=r"to erase it; one writes .* Stop it first"):
        erase_run(run_path.parent, deleted.id)
    assert list_trash(run_path.parent) == [deleted]
    writer.finish()


def test_what_erasing_left_when_it_was_killed_is_no_run_and_goes_with_the_next(tmp_path):
    for name in ("a", "b"):
        RunWriter(tmp_path / name).finish()
    first, second = (delete_run(tmp_path / name) for name in ("a", "b"))
    trash = tmp_path / TRASH
    (trash / first.id).rename(trash / f"erased-{first.id}")  # as far as it came
    assert list_trash(tmp_path) == [second]
    erase_run(tmp_path, second.id)
    assert not trash.exists()


STUCK = """
    import os, sys, time
    from pathlib import Path
    from bathyscope import RunError
    from bathyscope.runs import RunWriter, delete_run, erase_run

    time.strptime("1", "%d")  # what is imported later may not be readable any more
    if os.getuid() == 0:  # root may remove anything
        os.setgid(65534)
        os.setuid(65534)
    root = Path(sys.argv[1])
    deleted = {}
    for name in "abc":
        with RunWriter(root / name) as writer:
            writer.log_scalars({"x": 1}, step=0)
        deleted[name] = delete_run(root / name)
    (deleted["a"].path / "scalars").chmod(0o555)
    try:
        erase_run(root, deleted["a"].id)
    except RunError as error:
        print(error)
    erase_run(root, deleted["b"].id)
    (stuck,) = (root / ".bathyscope-trash").glob("erased-*")
    (stuck / "a" / "scalars").chmod(0o755)
    erase_run(root, deleted["c"].id)
    print(sorted(os.listdir(root)))
"""


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="needs users")
def test_a_run_that_cannot_be_removed_keeps_no_other_from_being_erased(run_python):
    root = Path(tempfile.mkdtemp(prefix="bathyscope-"))
    root.chmod(0o777)
    try:
        said, left, _ = run_python(STUCK, root).split("\n")
    finally:
        shutil.rmtree(root)
    assert "erased-" in said and "Permission denied. What is left of the run cannot be" in said
    assert left == "[]", "what is erased next removes the rest"


def test_nothing_is_erased_through_a_link_out_of_the_trash(tmp_path):
    RunWriter(tmp_path / "runs" / "a").finish()
    deleted = delete_run(tmp_path / "runs" / "a")
    place = deleted.path.parent
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="leads by a link to"):
        erase_run(tmp_path / "runs", deleted.id)
    assert Run(tmp_path / "elsewhere" / "a").status == "finished"
