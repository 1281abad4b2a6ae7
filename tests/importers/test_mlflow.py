"""MLflow's folders and database: real ones, and ones made by the published format."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope._errors import DamagedFile, RunNotFound
from bathyscope.importers import detect, find_logs, mlflow, mlflow_sqlite, open_log

META = """artifact_uri: file:///somewhere/else
end_time: 2000
experiment_id: '1'
lifecycle_stage: {stage}
run_id: {key}
run_name: 'it''s a run'
run_uuid: {key}
start_time: 1500
status: {status}
tags: []
user_id: "gr\\xF6\\xDFe"
"""
KEYS = ("0" * 31 + "a", "0" * 31 + "b")


def with_split(folder: Path) -> list[tuple[str, int, str]]:
    """The oracle: what the lines of the metrics say."""
    points = []
    for path in (folder / "metrics").rglob("*"):
        if path.is_file():
            for line in path.read_text().splitlines():
                _, value, step = line.split(" ")
                name = path.relative_to(folder / "metrics").as_posix()
                points.append((name, int(step), str(float(value))))
    return sorted(points)


def test_every_number_of_the_real_runs_is_read(real_data: Path, points_of: Any) -> None:
    found = find_logs(real_data / "mlflow-runs")
    assert [one.format for one in found] == ["mlflow"] * 4
    for one in found:
        log = one.read()
        assert points_of(log) == with_split(one.path)
        params = {path.name: path.read_text() for path in (one.path / "params").iterdir()}
        assert {
            name: str(value) for name, value in log.config.items() if name != "mlflow"
        } == params
        assert log.status == "finished"
        assert log.faults == ()
        paths = log.tables["artifacts"][0]["path"]
        files = [path for path in (one.path / "artifacts").rglob("*") if path.is_file()]
        assert len(paths) == len(files)


def write_run(folder: Path, key: str, *, status: int = 3, stage: str = "active") -> Path:
    run = folder / "1" / key
    for part in ("metrics/train", "params/deep", "tags", "artifacts/code"):
        (run / part).mkdir(parents=True)
    (folder / "1" / "meta.yaml").write_text("experiment_id: '1'\nname: first try\n")
    (run / "meta.yaml").write_text(META.format(key=key, status=status, stage=stage))
    (run / "metrics" / "train" / "loss").write_text("1000 0.5 0\n2000 nan 10\n3000 -Infinity -5\n")
    (run / "metrics" / "old").write_text("1500 1e-300\n")
    (run / "params" / "lr").write_text("0.001")
    (run / "params" / "deep" / "name").write_text("01")
    (run / "params" / "flag").write_text("False")
    (run / "tags" / "mlflow.parentRunId").write_text("parent")
    (run / "artifacts" / "code" / "a.py").write_text("1234")
    return run


def test_a_folder_becomes_a_run(tmp_path: Path, imported: Any) -> None:
    path = write_run(tmp_path / "mlruns", KEYS[0], status=4)
    assert detect(path) == "mlflow"
    log = mlflow.read(path)
    assert log.faults == ()
    assert log.created == 1.5
    run = imported(log)
    assert run.name == "it's a run"
    assert run.status == "failed"
    assert run.info["group"] == "first try"
    assert run.config == {"lr": 0.001, "deep/name": "01", "flag": False}
    assert dict(zip(*run.table("about").values(), strict=True)) == {
        "run_id": KEYS[0], "experiment": "first try", "parent": "parent", "user": "größe",
        "tags.mlflow.parentRunId": "parent",
    }  # fmt: skip
    loss = run.scalars("train/loss")
    assert loss.steps.tolist() == [-5, 0, 10]
    np.testing.assert_array_equal(loss.values, [-math.inf, 0.5, math.nan])
    assert loss.times.tolist() == [3, 1, 2]
    assert run.scalars("old").values.tolist() == [1e-300]
    table = run.table("artifacts")
    assert table["path"].tolist() == ["code/a.py"]
    assert table["bytes"].tolist() == [4]


def test_damage_and_links_out_of_the_folder_are_named(tmp_path: Path) -> None:
    path = write_run(tmp_path / "mlruns", KEYS[0], stage="deleted")
    (path / "metrics" / "bad").write_bytes(
        b"1 2 3\nx\n\xff 1 1\n1 1 99999999999999999999\n5 6_0 1\n"
    )
    secret = tmp_path / "secret"
    secret.write_text("1 1 1\n")
    (path / "metrics" / "link").symlink_to(secret)
    (path / "params" / "password").symlink_to(secret)
    (path / "params" / "long").write_text("x" * (2 << 20))
    log = mlflow.read(path)
    assert log.scalars["bad"].values.tolist() == [2]
    assert "link" not in log.scalars
    assert log.tags == ("mlflow", "deleted")
    assert "password" not in log.config
    told = "\n".join(log.faults)
    for number in (2, 3, 4, 5):
        assert f"metrics/bad, line {number}: " in told
    assert "metrics/link is no plain file" in told
    assert "params/password is no plain file" in told
    assert "params/long has 2,097,152 bytes" in told
    with pytest.raises(RunNotFound, match=r"meta\.yaml"):
        mlflow.read(tmp_path)


def write_database(path: Path) -> Path:
    """Make a database as MLflow's migrations do, as far as its columns are concerned."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as database:
        database.executescript("""
            CREATE TABLE experiments (experiment_id INTEGER NOT NULL, name VARCHAR(256) NOT NULL,
                artifact_location VARCHAR(256), lifecycle_stage VARCHAR(32),
                PRIMARY KEY (experiment_id));
            CREATE TABLE runs (run_uuid VARCHAR(32) NOT NULL, name VARCHAR(250),
                source_type VARCHAR(20), user_id VARCHAR(256), status VARCHAR(9), start_time BIGINT,
                end_time BIGINT, lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200),
                experiment_id INTEGER, PRIMARY KEY (run_uuid));
            CREATE TABLE metrics (key VARCHAR(250) NOT NULL, value FLOAT NOT NULL,
                timestamp BIGINT NOT NULL, run_uuid VARCHAR(32) NOT NULL,
                step BIGINT DEFAULT '0' NOT NULL, is_nan BOOLEAN DEFAULT '0' NOT NULL,
                PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan));
            CREATE TABLE params (key VARCHAR(250) NOT NULL, value VARCHAR(8000) NOT NULL,
                run_uuid VARCHAR(32) NOT NULL, PRIMARY KEY (key, run_uuid));
            CREATE TABLE tags (key VARCHAR(250) NOT NULL, value VARCHAR(8000),
                run_uuid VARCHAR(32) NOT NULL, PRIMARY KEY (key, run_uuid));
        """)
        database.execute("INSERT INTO experiments VALUES (7, 'first try', '', 'active')")
        database.executemany(
            "INSERT INTO runs VALUES (?, ?, 'LOCAL', 'me', ?, ?, 2000, 'active', ?, 7)",
            [(KEYS[1], "second", "KILLED", 1600, str(path.parent / "art" / KEYS[1])),
             (KEYS[0], "first", "FINISHED", 1500, "/etc")],
        )  # fmt: skip
        database.executemany(
            "INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)",
            [("loss", 0.5, 1000, KEYS[0], 0, 0), ("loss", 0.0, 2000, KEYS[0], 10, 1),
             ("loss", 1.7976931348623157e308, 1500, KEYS[0], 5, 0),
             ("acc", 0.1, 7, KEYS[1], 2**40, 0)],
        )  # fmt: skip
        database.execute("INSERT INTO params VALUES ('lr', '0.001', ?)", (KEYS[0],))
        database.execute("INSERT INTO tags VALUES ('mlflow.runName', 'größe', ?)", (KEYS[0],))
    (path.parent / "art" / KEYS[1]).mkdir(parents=True)
    (path.parent / "art" / KEYS[1] / "x.bin").write_bytes(b"12345")
    return path


def test_the_runs_of_a_database_are_read_one_by_one(tmp_path: Path, imported: Any) -> None:
    path = write_database(tmp_path / "mlflow.db")
    before = path.read_bytes()
    found = find_logs(tmp_path)
    assert [(one.format, one.key) for one in found] == [("mlflow-sqlite", key) for key in KEYS]
    run = imported(found[0].read())
    assert run.name == "größe"
    assert run.config == {"lr": 0.001}
    about = dict(zip(*run.table("about").values(), strict=True))
    assert about["tags.mlflow.runName"] == "größe"
    loss = run.scalars("loss")
    np.testing.assert_array_equal(loss.values, [0.5, 1.7976931348623157e308, math.nan])
    assert loss.steps.tolist() == [0, 5, 10]
    assert any("keeps no infinities" in note["text"] for note in run.events("note"))
    assert run.table_names() == ("about",)  # what it calls its artifacts lies elsewhere
    second = found[1].read()
    assert second.status == "interrupted"
    assert second.tables["artifacts"][0]["bytes"].tolist() == [5]
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["art", "imported", "mlflow.db"]


def test_a_run_of_a_database_is_opened_by_its_key(tmp_path: Path) -> None:
    path = write_database(tmp_path / "mlflow.db")
    assert open_log(f"{path}#{KEYS[0]}").scalars("loss").steps.tolist() == [0, 5, 10]
    with pytest.raises(RunNotFound, match="says 2 of 2 runs"):
        open_log(path)
    with pytest.raises(RunNotFound, match="says none of 2 runs"):
        open_log(f"{path}#x")
    with pytest.raises(RunNotFound, match="id of a run"):
        mlflow_sqlite.read(path, "x")


def test_a_view_in_the_place_of_a_table_is_never_asked(tmp_path: Path) -> None:
    path = write_database(tmp_path / "mlflow.db")
    with sqlite3.connect(path) as database:
        database.executescript("""
            DROP TABLE metrics;
            CREATE VIEW metrics AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                SELECT 'x' AS key, i AS value, 1 AS timestamp, 1 AS run_uuid, 1 AS step, 0 AS is_nan
                FROM n;
        """)
    assert detect(path) is None
    with pytest.raises(DamagedFile, match="must have the tables"):
        mlflow_sqlite.keys(path)


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = write_database(tmp_path / "mlflow.db")
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"\xff" * 2000 + data[2100:])
    assert detect(path) is None
    with pytest.raises(DamagedFile, match="must be a whole database"):
        mlflow_sqlite.keys(path)


def test_numbers_that_are_text_are_told(tmp_path: Path) -> None:
    path = write_database(tmp_path / "mlflow.db")
    with sqlite3.connect(path) as database:
        row = ("loss", "high", 1, KEYS[1], 3, 0)
        database.execute("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", row)
    log = mlflow_sqlite.read(path, KEYS[1])
    assert log.faults == ("metric `loss` at step 3: `high` is no number",)
    assert log.scalars["acc"].steps.tolist() == [2**40]
