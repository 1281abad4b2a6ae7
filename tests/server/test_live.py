"""A page of runs that are being written, and that appear, vanish and are damaged meanwhile."""

from __future__ import annotations

import shutil
import struct
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

import bathyscope as bs

WRITER = """
import sys, time
import bathyscope as bs
run = bs.record("live", runs_dir=sys.argv[1])
print(run.path, flush=True)
for line in sys.stdin:
    step = int(line)
    run.log({"loss": 1 / (step + 1)}, step=step)
"""


def test_a_run_appears_and_its_points_come_one_by_one(
    own, wait_for, record, arrays, listen
) -> None:
    server, folder = own
    listener = listen(server)
    run = bs.record("new", runs_dir=folder)
    run.log({"loss": 3.0}, step=0)
    row = wait_for(server.runs, lambda rows: rows.get("new", {}).get("last"))["new"]
    assert row["status"] == "running"
    assert wait_for(lambda: listener.told("run", row["id"]), bool)
    assert wait_for(lambda: listener.told("runs"), bool)
    path = f"/api/runs/{row['id']}/scalars?metric=loss"
    first = arrays(server.ask(path).body)
    assert first["metrics"]["loss"]["value"].tolist() == [3.0]
    run.log({"loss": float("nan"), "other": 1.0}, step=1)
    run.log({"loss": float("-inf")}, step=2)
    more = arrays(server.ask(f"{path}&after={first['cursor']}").body)
    assert set(more["metrics"]) == {"loss"}
    assert np.array_equal(more["metrics"]["loss"]["value"], [np.nan, -np.inf], equal_nan=True)
    assert more["metrics"]["loss"]["step"].tolist() == [1, 2]
    assert np.all(np.abs(more["metrics"]["loss"]["time"] - time.time()) < 60)
    nothing = arrays(server.ask(f"{path}&after={more['cursor']}").body)
    assert nothing["metrics"] == {}
    run.finish()
    rows = wait_for(server.runs, lambda rows: rows["new"]["status"] == "finished")
    assert rows["new"]["status"] == "finished"
    assert rows["new"]["last"]["loss"] == {"$number": "-inf"}


def test_every_point_is_told_once_also_across_sealing_and_restart(
    own, serve, wait_for, record, arrays
) -> None:
    server, folder = own
    run = bs.record("sealed", runs_dir=folder)
    row = wait_for(server.runs, lambda rows: "sealed" in rows)["sealed"]
    seen: list[int] = []
    cursor = ""
    for step in range(300):
        run.log({"loss": float(step)}, step=step)
        if step % 50 == 49:
            after = f"&after={cursor}" if cursor else ""
            path = f"/api/runs/{row['id']}/scalars?metric=loss{after}"
            found = arrays(server.ask(path).body)
            cursor = found["cursor"]
            seen += found["metrics"]["loss"]["step"].tolist()
        if step == 170:
            server = replace(
                serve(folder.parent), within=server.within
            )  # ids, versions and cursors are for the page to keep
    assert seen == list(range(300))
    version = server.ask(f"/api/runs/{row['id']}").json["version"]
    run.finish()  # seals the journal
    wait_for(server.runs, lambda rows: rows["sealed"]["status"] == "finished")
    path = f"/api/runs/{row['id']}/scalars?metric=loss&after={cursor}"
    assert arrays(server.ask(path).body)["metrics"] == {}
    assert server.ask(f"/api/runs/{row['id']}").json["version"] > version


def test_a_page_that_was_away_is_told_what_it_missed(
    serve, tmp_path, wait_for, record, listen
) -> None:
    first, second = (record(tmp_path, name, finish=False) for name in ("one", "two"))
    record(tmp_path, "still")
    # This server sees the third run first when nothing more happens to it.
    server = serve(tmp_path)
    rows = wait_for(server.runs, lambda rows: len(rows) == 3)
    seen = server.settle()
    first.log({"loss": 0.5}, step=100)
    wait_for(server.runs, lambda rows: rows["one"]["last"]["loss"] == 0.5)
    for listener in (
        listen(server, f"?since={seen}"),
        listen(server, **{"Last-Event-ID": str(seen)}),
        listen(server, f"?since={seen}&run={rows['one']['id']}"),
    ):
        wait_for(lambda listener=listener: listener.told("run", rows["one"]["id"]), bool)
        assert listener.told("run", rows["one"]["id"])
        assert not listener.told("run", rows["still"]["id"])
    changed = server.ask(f"/api/runs?since={seen}").json
    names = [row["name"] for row in changed["runs"]]
    assert "one" in names
    assert "still" not in names
    assert changed["gone"] == []
    listener = listen(server, f"?run={rows['two']['id']}")
    first.log({"loss": 0.4}, step=101)
    second.log({"loss": 0.4}, step=101)
    wait_for(lambda: listener.told("run"), bool)
    assert {data["id"] for data in listener.told("run")} == {rows["two"]["id"]}
    for run in (first, second):
        run.finish()


def test_many_points_are_told_four_times_a_second_at_most(own, wait_for, record, listen) -> None:
    server, folder = own
    run = bs.record("fast", runs_dir=folder)
    row = wait_for(server.runs, lambda rows: "fast" in rows)["fast"]
    begun = time.monotonic()
    listener = listen(server, f"?run={row['id']}")
    step = 0
    while time.monotonic() < begun + 2:
        run.log({"loss": 1.0}, step=step)
        step += 1
        time.sleep(0.001)
    told = len(wait_for(lambda: listener.told("run"), bool))
    assert 1 <= told <= 4 * (time.monotonic() - begun) + 2
    run.finish()


def test_a_run_whose_process_was_killed_is_told_to_be_interrupted(
    own, start_python, wait_for, listen
) -> None:
    import subprocess

    server, folder = own
    process = start_python(WRITER, folder, stdin=subprocess.PIPE)
    process.stdout.readline()
    process.stdin.write(b"1\n")
    process.stdin.flush()
    rows = wait_for(server.runs, lambda rows: rows.get("live", {}).get("last"))
    assert rows["live"]["status"] == "running"
    listener = listen(server)
    process.kill()
    process.wait()
    process.stdin.close()
    rows = wait_for(server.runs, lambda rows: rows["live"]["status"] == "interrupted")
    assert rows["live"]["status"] == "interrupted"
    wait_for(lambda: listener.told("run", rows["live"]["id"]), bool)
    assert listener.told("run", rows["live"]["id"])
    assert server.ask(f"/api/runs/{rows['live']['id']}").json["status"] == "interrupted"


def test_a_run_that_vanishes_is_told_and_comes_back(own, wait_for, record, listen) -> None:
    server, folder = own
    record(folder, "here")
    row = wait_for(server.runs, lambda rows: "here" in rows)["here"]
    seen = server.ask("/api/runs").json["version"]
    listener = listen(server, f"?since={seen}")
    (folder / "here").rename(folder.parent / "away")
    wait_for(server.runs, lambda rows: not rows)
    assert server.ask(f"/api/runs?since={seen}").json["gone"] == [row["id"]]
    assert server.ask(f"/api/runs/{row['id']}").status == 404
    assert server.ask(f"/api/runs/{row['id']}/figures/metrics-loss").status == 404
    wait_for(lambda: listener.told("runs"), bool)
    (folder.parent / "away").rename(folder / "here")
    back = wait_for(server.runs, lambda rows: "here" in rows)["here"]
    assert back["id"] == row["id"]
    assert back["version"] > row["version"]
    assert server.ask(f"/api/runs/{row['id']}").status == 200


def test_the_whole_folder_may_go_and_come_back(own, wait_for, record) -> None:
    server, folder = own
    record(folder, "here")
    wait_for(server.runs, lambda rows: "here" in rows)
    folder.rename(folder.parent / "away")
    assert wait_for(server.runs, lambda rows: not rows) == {}
    (folder.parent / "away").rename(folder)
    assert "here" in wait_for(server.runs, lambda rows: "here" in rows)


def test_damage_costs_what_is_damaged_and_is_told(own, wait_for, record, listen) -> None:
    server, folder = own
    record(folder, "hurt")
    record(folder, "whole")
    row = wait_for(server.runs, lambda rows: len(rows) == 2)["hurt"]
    table = next((folder / "hurt" / "tables").rglob("*.parquet"))
    table.write_bytes(b"damaged")
    (folder / "hurt" / "run.json").write_bytes(b"{")
    listener = listen(server)
    answer = server.ask(f"/api/runs/{row['id']}")
    assert answer.status == 200
    faults = wait_for(lambda: server.ask(f"/api/runs/{row['id']}").json["faults"], bool)
    assert any(table.name in fault for fault in faults)
    wait_for(lambda: listener.told("run", row["id"]), bool)
    assert listener.told("run", row["id"])
    entries = {entry["id"]: entry for entry in answer.json["entries"]}
    assert server.ask(f"/api/runs/{row['id']}/figures/metrics-loss").status == 200
    assert "metrics-loss" in entries
    said = wait_for(server.runs, lambda rows: rows.get("hurt", row)["fault"])
    assert "cannot be read" in said["hurt"]["fault"]
    assert said["whole"]["fault"] == ""


def test_a_picture_is_sent_again_only_when_it_changed(own, wait_for, record) -> None:
    server, folder = own
    run = record(folder, "grows", finish=False)
    row = wait_for(server.runs, lambda rows: "grows" in rows)["grows"]
    page = f"/api/runs/{row['id']}"
    server.settle()

    def versions() -> dict[str, int]:
        return {entry["id"]: entry["version"] for entry in server.ask(page).json["entries"]}

    tags = {}
    for name in versions():
        answer = server.ask(f"{page}/figures/{name}")
        tags[name] = answer.headers["etag"]
        again = server.ask(f"{page}/figures/{name}", headers={"If-None-Match": tags[name]})
        assert (again.status, again.body) == (304, b"")
    before = versions()
    assert "metrics-loss" in before
    assert "predictions-test" in before
    run.log({"loss": 0.01}, step=99)
    after = wait_for(versions, lambda now: now["metrics-loss"] > before["metrics-loss"])
    assert after["metrics-loss"] > before["metrics-loss"]
    # A point of a metric is no news for what was predicted.
    assert after["predictions-test"] == before["predictions-test"]
    name = "metrics-loss"
    answer = server.ask(f"{page}/figures/{name}", headers={"If-None-Match": tags[name]})
    assert answer.status == 200
    assert answer.headers["etag"] != tags[name]
    run.finish()


def test_logs_of_tensorboard_grow_on_the_page(own, wait_for, arrays, listen) -> None:
    server, folder = own
    path = folder / "logs" / "train" / "events.out.tfevents.1700000000.host"
    path.parent.mkdir(parents=True)

    def log(step: int, value: float) -> None:
        with path.open("ab") as file:
            file.write(event("loss", step, value))

    log(0, 2.0)
    row = wait_for(server.runs, lambda rows: any(row["last"] for row in rows.values()))
    row = next(iter(row.values()))
    assert (row["kind"], row["path"]) == ("tensorboard", f"{folder.name}/logs/train")
    listener = listen(server, f"?run={row['id']}")
    page = f"/api/runs/{row['id']}"
    first = arrays(server.ask(f"{page}/scalars").body)
    assert first["metrics"]["loss"]["value"].tolist() == [2.0]
    log(1, 1.5)
    wait_for(lambda: listener.told("run"), bool)
    assert listener.told("run")
    more = arrays(server.ask(f"{page}/scalars?after={first['cursor']}").body)
    assert more["metrics"]["loss"]["step"].tolist() == [1]
    names = [entry["id"] for entry in server.ask(page).json["entries"]]
    assert server.ask(f"{page}/figures/{names[0]}").status == 200
    assert server.change(row["id"], {"name": "other"}).status == 409


def event(tag: str, step: int, value: float) -> bytes:
    """Write what TensorFlow writes for a scalar: a record of an Event in Protocol Buffers."""
    name = tag.encode()
    scalar = b"\x0a" + bytes([len(name)]) + name + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(scalar)]) + scalar
    content = (
        b"\x09" + struct.pack("<d", time.time()) + b"\x10" + bytes([step])
        + b"\x2a" + bytes([len(summary)]) + summary
    )  # fmt: skip
    length = struct.pack("<Q", len(content))
    return length + masked_crc32c(length) + content + masked_crc32c(content)


def masked_crc32c(data: bytes) -> bytes:
    check = 0xFFFFFFFF
    for byte in data:
        check ^= byte
        for _ in range(8):
            check = check >> 1 ^ (0x82F63B78 if check & 1 else 0)
    check ^= 0xFFFFFFFF
    return struct.pack("<I", (((check >> 15) | (check << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def test_reading_never_changes_a_run(server, root) -> None:
    def state() -> dict[str, tuple[int, int]]:
        return {
            str(path): (path.stat().st_size, path.stat().st_mtime_ns)
            for path in Path(root).rglob("*")
        }

    before = state()
    for row in server.runs().values():
        page = f"/api/runs/{row['id']}"
        for entry in server.ask(page).json["entries"]:
            assert server.ask(f"{page}/figures/{entry['id']}").status == 200
    assert state() == before


def test_ten_folders_deep_and_names_of_any_kind(own, wait_for, record) -> None:
    server, folder = own
    deep = folder / "a" / "ü ö" / "c%2e"
    record(deep, "名前 #1")
    record(folder / "scalars", "x")  # a folder of runs that is called like a part of a run
    rows = wait_for(server.runs, lambda rows: len(rows) == 2)
    assert {row["path"] for row in rows.values()} >= {f"{folder.name}/scalars/x"}
    for row in rows.values():
        assert row["id"].isascii()
        assert server.ask(f"/api/runs/{row['id']}").json["entries"]


def test_a_server_of_one_run(serve, tmp_path, record) -> None:
    run = record(tmp_path, "only", finish=False)
    server = serve(run.path)
    rows = server.runs()
    assert list(rows) == ["only"]
    assert rows["only"]["path"] == "."
    answer = server.change(rows["only"]["id"], {"deleted": True})
    assert answer.status == 409
    assert "folder above" in answer.json["error"]
    run.finish()
    shutil.rmtree(run.path)
    assert list(tmp_path.iterdir()) == []
