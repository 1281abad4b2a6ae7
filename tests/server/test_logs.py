"""Other tools' logs on the page: they appear, grow, are damaged and vanish like runs."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys

import numpy as np
import pytest


def test_a_log_appears_grows_and_vanishes(own, wait_for, arrays) -> None:
    server, folder = own
    path = folder / "training.csv"
    path.write_text("epoch,loss\n0,0.5\n1,nan\n")
    row = wait_for(server.runs, lambda rows: rows.get("training", {}).get("last"))["training"]
    assert (row["kind"], row["status"], row["last_step"]) == ("log", "running", 2)
    url = f"/api/runs/{row['id']}/scalars?metric=loss"
    first = arrays(server.ask(url).body)
    np.testing.assert_array_equal(first["metrics"]["loss"]["value"], [0.5, np.nan])
    assert first["metrics"]["loss"]["step"].tolist() == [1, 2]
    with path.open("a") as file:
        file.write("2,0.125\nx,1\n")
    wait_for(server.runs, lambda rows: rows["training"]["last_step"] == 3)
    more = arrays(server.ask(f"{url}&after={first['cursor']}").body)
    assert more["metrics"]["loss"]["value"].tolist() == [0.125]
    row = wait_for(server.runs, lambda rows: rows["training"]["fault"])["training"]
    assert row["fault"] == "line 5: `x` is no epoch"
    about = server.ask(f"/api/runs/{row['id']}").json
    assert [entry["view"] for entry in about["entries"]].count("Metrics") > 0
    entry = next(one for one in about["entries"] if one["view"] == "Metrics")
    figure = server.ask(f"/api/runs/{row['id']}/figures/{entry['id']}")
    assert figure.status == 200
    assert server.change(row["id"], {"name": "mine"}).status >= 400
    path.unlink()
    assert "training" not in wait_for(server.runs, lambda rows: "training" not in rows)


def test_folders_and_databases_hold_several_logs(own, wait_for) -> None:
    server, folder = own
    states = folder / "trainer"
    for step in (10, 20):
        place = states / f"checkpoint-{step}"
        place.mkdir(parents=True)
        history = [{"loss": 1 / step, "step": step}]
        text = json.dumps({"log_history": history, "global_step": step})
        (place / "trainer_state.json").write_text(text)
        rows = wait_for(
            server.runs, lambda rows, s=step: rows.get("trainer", {}).get("last_step") == s
        )
        assert rows["trainer"]["last"]["loss"] == 1 / step
    shutil.rmtree(states)
    path = folder / "mlflow.db"
    with sqlite3.connect(path) as database:
        database.executescript("""
            CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT);
            CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, status TEXT, user_id TEXT,
                start_time BIGINT, end_time BIGINT, lifecycle_stage TEXT, artifact_uri TEXT,
                experiment_id INTEGER);
            CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT,
                step BIGINT, is_nan BOOLEAN);
            CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
            CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
            INSERT INTO experiments VALUES (1, 'study');
            INSERT INTO runs VALUES ('a1', 'one', 'FINISHED', '', 1, 2, 'active', '', 1);
            INSERT INTO runs VALUES ('b2', 'two', 'FAILED', '', 1, 2, 'active', '', 1);
            INSERT INTO params VALUES ('lr', '0.5', 'b2');
            INSERT INTO metrics VALUES ('loss', 0.25, 1000, 'b2', 7, 0);
        """)
    rows = wait_for(server.runs, lambda rows: rows.get("two", {}).get("last"))
    assert rows["one"]["status"] == "finished"
    assert (rows["two"]["status"], rows["two"]["group"]) == ("failed", "study")
    assert rows["two"]["last"] == {"loss": 0.25}
    assert rows["two"]["config"]["lr"] == 0.5
    with sqlite3.connect(path) as database:  # the folder itself does not change
        database.execute(
            "INSERT INTO runs VALUES ('c3', 'three', 'RUNNING', '', 3, 4, 'active', '', 1)"
        )
    assert wait_for(server.runs, lambda rows: "three" in rows)["three"]["status"] == "running"
    assert "trainer" not in rows


def test_a_link_is_no_log(own, wait_for, tmp_path) -> None:
    server, folder = own
    secret = tmp_path / "secret.csv"
    secret.write_text("epoch,password\n0,1234\n")
    (folder / "link.csv").symlink_to(secret)
    (folder / "shown.csv").write_text("epoch,loss\n0,0.5\n")
    rows = wait_for(server.runs, lambda rows: "shown" in rows)
    assert [row["path"].rpartition("/")[2] for row in rows.values()] == ["shown.csv"]
    # A file that becomes a link later is not read either.
    (folder / "shown.csv").unlink()
    (folder / "shown.csv").symlink_to(secret)
    # Until the folder is looked at again, it may be listed as one that cannot be read.
    assert wait_for(server.runs, lambda rows: not rows) == {}


def test_one_file_is_shown_without_its_folder(tmp_path, serve, wait_for) -> None:
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("epoch,loss\n0,0.5\n1,0.25\n")
    event_pb2 = pytest.importorskip("tensorboard.compat.proto.event_pb2")
    writing = pytest.importorskip("tensorboard.summary.writer.record_writer")
    path = tmp_path / "events.out.tfevents.1"
    event = event_pb2.Event(step=3, wall_time=1.0)
    event.summary.value.add(tag="loss", simple_value=0.5)
    with path.open("wb") as file:
        writing.RecordWriter(file).write(event.SerializeToString())
    for shown, step in ((tmp_path / "one.csv", 2), (path, 3)):
        server = serve(shown)
        server.enter()
        rows = wait_for(server.runs, lambda rows: any(row["last"] for row in rows.values()))
        (row,) = rows.values()
        assert (row["path"], row["last_step"]) == (shown.name, step)
        assert row["last"]["loss"] == (0.25 if step == 2 else 0.5)
        listing = server.ask("/api/runs").json
        assert (listing["root"], listing["read_only"]) == (str(shown), True)
        about = server.ask(f"/api/runs/{row['id']}").json
        entry = next(one for one in about["entries"] if one["view"] == "Metrics")
        assert server.ask(f"/api/runs/{row['id']}/figures/{entry['id']}").status == 200
    with path.open("ab") as file:
        event.step = 4
        writing.RecordWriter(file).write(event.SerializeToString())
    rows = wait_for(server.runs, lambda rows: all(row["last_step"] == 4 for row in rows.values()))
    assert [row["last_step"] for row in rows.values()] == [4]


def test_a_file_that_holds_no_log_is_refused(tmp_path) -> None:
    (tmp_path / "notes.csv").write_text("a,b\n")
    done = subprocess.run(
        [sys.executable, "-m", "bathyscope", "view", tmp_path / "notes.csv", "--no-browser"],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 1
    assert "must be a folder of runs, one run, or one file of a log" in done.stderr
