"""What a page may change, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from bathyscope.runs import Run, delete_run


@pytest.fixture
def one(own, record, wait_for):
    server, folder = own
    record(folder, "one", tags=["recorded"])
    row = wait_for(server.runs, lambda rows: rows.get("one", {}).get("last"))["one"]
    return server, folder, row["id"]


def test_what_people_say_is_kept_beside_what_was_recorded(one, wait_for) -> None:
    server, folder, run = one
    manifest = (folder / "one" / "run.json").read_bytes()
    change = {"name": "best", "tags": ["paper"], "note": "ü\nsecond line", "archived": True}
    assert server.change(run, change).status == 200
    row = wait_for(server.runs, lambda rows: "best" in rows)["best"]
    assert row["id"] == run
    assert {key: row[key] for key in change} == change
    assert server.ask(f"/api/runs/{run}").json["name"] == "best"
    assert (folder / "one" / "run.json").read_bytes() == manifest
    assert Run(folder / "one").name == "best"
    assert server.change(run, {"name": None, "note": ""}).status == 200
    assert wait_for(server.runs, lambda rows: "one" in rows)["one"]["tags"] == ["paper"]


def test_a_deleted_run_is_taken_back_with_all_that_was_in_it(one, wait_for) -> None:
    server, folder, run = one
    root = folder.parent
    files = _files(folder)
    assert server.change(run, {"deleted": True}).status == 200
    wait_for(server.runs, lambda rows: not rows)
    assert server.runs() == {}
    assert not (folder / "one").exists()
    assert server.ask(f"/api/runs/{run}").status == 404
    (trashed,) = [one for one in server.ask("/api/trash").json["runs"] if one["id"] == run]
    assert trashed["path"] == (folder / "one").relative_to(root).as_posix()
    assert server.change(run, {"deleted": False}).status == 200
    assert wait_for(server.runs, lambda rows: "one" in rows)["one"]["id"] == run
    assert _files(folder) == files
    assert server.change(run, {"deleted": False}).status == 404


def test_each_deletion_is_taken_back_or_erased_by_itself(own, record, wait_for) -> None:
    server, folder = own
    for seed in (0, 1):
        record(folder, "again", seed=seed)
        run = wait_for(server.runs, lambda rows: "again" in rows)["again"]["id"]
        assert server.change(run, {"name": f"number {seed}"}).status == 200
        assert server.change(run, {"deleted": True}).status == 200
        wait_for(server.runs, lambda rows: not rows)

    def deletions() -> dict[str, dict[str, object]]:
        rows = server.ask("/api/trash").json["runs"]
        return {row["name"]: row for row in rows if row["id"] == run}

    first, second = deletions()["number 0"], deletions()["number 1"]
    assert first["size"] > 100
    assert server.ask("/api/runs").json["has_trash"]
    assert server.change_trashed(first["deletion"], {"deleted": False}).status == 200
    assert Run(folder / "again").scalars("loss").values[0] == 1 / (1 + 0)
    answer = server.change_trashed(second["deletion"], {"deleted": False})
    assert answer.status == 409
    assert "exists" in answer.json["error"]
    before = server.ask("/api/runs").json["version"]
    assert server.change_trashed(second["deletion"], {"erased": True}).status == 200
    assert server.ask("/api/runs").json["version"] > before
    assert deletions() == {}
    assert server.change_trashed(second["deletion"], {"deleted": False}).status == 404


def test_what_the_command_line_deleted_below_is_listed_too(own, record, wait_for) -> None:
    server, folder = own
    for name in ("kept", "erased"):
        record(folder / "sweep", name)
    wait_for(server.runs, lambda rows: {"kept", "erased"} <= set(rows))
    for name in ("kept", "erased"):
        delete_run(folder / "sweep" / name)
    wait_for(server.runs, lambda rows: not rows)
    rows = {row["path"].rpartition("/")[2]: row for row in server.ask("/api/trash").json["runs"]}
    assert rows.keys() >= {"kept", "erased"} and server.ask("/api/runs").json["has_trash"]
    assert server.change_trashed(rows["kept"]["deletion"], {"deleted": False}).status == 200
    assert server.change_trashed(rows["erased"]["deletion"], {"erased": True}).status == 200
    assert wait_for(server.runs, lambda rows: "kept" in rows)
    assert not any(folder.rglob("erased"))


@pytest.mark.parametrize(
    "change", [{}, {"deleted": True}, {"erased": False}, {"erased": 1}, {"name": "x"}, [],
               {"deleted": False, "erased": True}],
)  # fmt: skip
def test_what_cannot_be_done_with_the_trash_is_refused_with_words(server, change) -> None:
    answer = server.change_trashed("20260101T000000Z-00000000-1", change)
    assert answer.status == 400
    assert "must" in answer.json["error"]


def test_a_run_that_is_written_is_not_deleted(own, record, wait_for) -> None:
    server, folder = own
    run = record(folder, "busy", finish=False)
    row = wait_for(server.runs, lambda rows: "busy" in rows)["busy"]
    answer = server.change(row["id"], {"deleted": True})
    assert answer.status == 409
    assert "Stop it first" in answer.json["error"]
    assert (folder / "busy").exists()
    run.finish()


@pytest.mark.parametrize(
    "change",
    [{}, [], "text", {"name": 3}, {"name": ""}, {"tags": "one"}, {"tags": [1]}, {"note": None},
     {"archived": "yes"}, {"deleted": 1}, {"path": "/etc"}, {"config": {"lr": 1}},
     {"name": "a", "status": "finished"}, b"\xff\xfe", b'{"name":'],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_with_words(server, change) -> None:
    run = server.runs()["first"]["id"]
    body = change if isinstance(change, bytes) else __import__("json").dumps(change)
    answer = server.change(run, body)
    assert answer.status == 400
    assert "must" in answer.json["error"]
    assert server.runs()["first"]["tags"] == ["kept"]


def test_an_unknown_run_is_not_changed(server) -> None:
    for change in ({"name": "x"}, {"deleted": True}, {"deleted": False}):
        assert server.change("none-0000000000", change).status == 404


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
