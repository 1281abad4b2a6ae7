"""W&B's files: against Google's protobuf and a plain reading of LevelDB's format."""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bathyscope._errors import DamagedFile
from bathyscope.importers import detect, wandb
from bathyscope.importers.log import Faults
from bathyscope.importers.wandb.records import records

descriptor_pb2 = pytest.importorskip("google.protobuf.descriptor_pb2")
descriptor_pool = pytest.importorskip("google.protobuf.descriptor_pool")
message_factory = pytest.importorskip("google.protobuf.message_factory")

#: The messages of wandb_internal.proto that are read: name -> (field, number, type, repeated).
MESSAGES = {
    "Timestamp": [("seconds", 1, "int64"), ("nanos", 2, "int32")],
    "Item": [("key", 1, "string"), ("nested_key", 2, "string*"), ("value_json", 16, "string")],
    "TypedItem": [("key", 1, "string"), ("nested_key", 2, "string*"), ("none", 3, "int32"),
                  ("boolean", 4, "bool"), ("integer", 5, "sint64"), ("number", 6, "double"),
                  ("text", 7, "string"), ("json", 8, "string"), ("value_json", 16, "string")],
    "Step": [("num", 1, "int64")],
    "History": [("item", 1, "TypedItem*"), ("step", 2, "Step")],
    "Update": [("update", 1, "Item*"), ("remove", 2, "Item*")],
    "Output": [("output_type", 1, "int32"), ("timestamp", 2, "Timestamp"), ("line", 3, "string")],
    "StatsItem": [("key", 1, "string"), ("value_json", 16, "string")],
    "Stats": [("stats_type", 1, "int32"), ("timestamp", 2, "Timestamp"), ("item", 3, "StatsItem*")],
    "Run": [("run_id", 1, "string"), ("entity", 2, "string"), ("project", 3, "string"),
            ("config", 4, "Update"), ("summary", 5, "Update"), ("run_group", 6, "string"),
            ("display_name", 8, "string"), ("tags", 10, "string*"),
            ("start_time", 17, "Timestamp")],
    "Exit": [("exit_code", 1, "int32")],
    "Alert": [("title", 1, "string"), ("text", 2, "string"), ("level", 3, "string")],
    "Record": [("num", 1, "int64"), ("history", 2, "History"), ("summary", 3, "Update"),
               ("output", 4, "Output"), ("config", 5, "Update"), ("stats", 7, "Stats"),
               ("alert", 10, "Alert"), ("output_raw", 13, "Output"), ("run", 17, "Run"),
               ("exit", 18, "Exit")],
}  # fmt: skip


def make_classes() -> dict[str, Any]:
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="w.proto", package="w", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for label, number, written in fields:
            kind = written.rstrip("*")
            one = message.field.add(name=label, number=number)
            one.label = field.LABEL_REPEATED if "*" in written else field.LABEL_OPTIONAL
            if kind in MESSAGES:
                one.type, one.type_name = field.TYPE_MESSAGE, f".w.{kind}"
            else:
                one.type = getattr(field, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    find = pool.FindMessageTypeByName
    return {name: message_factory.GetMessageClass(find(f"w.{name}")) for name in MESSAGES}


CLASSES = make_classes()
Record = CLASSES["Record"]
HEAD = b":W&B" + struct.pack("<HB", 0xBEE1, 0)
BLOCK = 32768


def framed(*payloads: bytes) -> bytes:
    """Write records as LevelDB does, in pieces where a block ends."""
    data = bytearray(HEAD)
    for payload in payloads:
        rest, is_first = payload, True
        while True:
            room = BLOCK - len(data) % BLOCK
            if room < 7:
                data += bytes(room)
                continue
            part, rest = rest[: room - 7], rest[room - 7 :]
            kind = (1 if is_first else 4) if not rest else (2 if is_first else 3)
            check = zlib.crc32(bytes([kind]) + part)
            data += struct.pack("<IHB", check, len(part), kind) + part
            is_first = False
            if not rest:
                break
    return bytes(data)


def unframed(data: bytes) -> Iterator[bytes]:
    """The oracle: a plain loop over records that are all good."""
    place, whole = len(HEAD), b""
    while place < len(data):
        room = BLOCK - place % BLOCK
        if room < 7:
            place += room
            continue
        check, length, kind = struct.unpack_from("<IHB", data, place)
        part = data[place + 7 : place + 7 + length]
        assert zlib.crc32(bytes([kind]) + part) == check
        whole += part
        place += 7 + length
        if kind in (1, 4):
            yield whole
            whole = b""


def value_of(item: Any) -> Any:
    text = item.value_json or item.json
    value = json.loads(text) if text else item.number or item.integer or item.boolean or item.text
    return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}.get(
        value if isinstance(value, str) else "", value
    )


def with_protobuf(path: Path) -> tuple[list[tuple[str, int, str]], dict[str, Any], dict[str, Any]]:
    """The oracle: scalars, config and summary."""
    points, config, summary, n_stats = [], {}, {}, 0
    for payload in unframed(path.read_bytes()):
        record = Record.FromString(payload)
        step = record.history.step.num
        for item in record.history.item:
            value, name = value_of(item), ".".join([item.key, *item.nested_key]).strip(".")
            is_plain = isinstance(value, int | float) and len(item.nested_key) < 2
            if is_plain and name not in ("_step", "_timestamp", "_runtime"):
                points.append((name, step, str(float(value))))
        for item in record.stats.item:
            points.append((f"system/{item.key}", n_stats, str(float(json.loads(item.value_json)))))
        n_stats += record.HasField("stats")
        for updates in (record.run.config, record.config):
            config |= {(i.key or i.nested_key[0]): json.loads(i.value_json) for i in updates.update}
        for updates in (record.run.summary, record.summary):
            summary |= {".".join([i.key, *i.nested_key]).strip("."): i.value_json
                        for i in updates.update}  # fmt: skip
    return sorted(points), config, summary


def test_every_number_of_the_real_logs_is_read(real_data: Path, points_of: Any) -> None:
    paths = sorted(real_data.glob("wandb-offline/*/*/*.wandb"))
    assert len(paths) == 10
    for path in paths:
        assert detect(path) == "wandb"
        log = wandb.read(path)
        assert log.faults == ()
        points, config, summary = with_protobuf(path)
        assert points_of(log) == points
        assert log.config == {name: value for name, value in config.items() if name != "_wandb"}
        if summary:
            table = log.tables["summary"][0]
            assert {name.partition(".")[0] for name in table["name"]} == {
                name.partition(".")[0] for name in summary
            }


def test_a_real_log_has_its_histograms_console_and_status(real_data: Path, imported: Any) -> None:
    folder = real_data / "wandb-offline"
    (path,) = folder.glob("histograms/*/*.wandb")
    run = imported(wandb.read(path))
    table = run.table("histograms/hist_7")
    first = table["step"] == 0
    for payload in unframed(path.read_bytes()):
        for item in Record.FromString(payload).history.item:
            if item.key == "hist_7":
                said = json.loads(item.value_json)
                break
        else:
            continue
        break
    assert table["count"][first].tolist() == said["values"]
    edges = np.append(table["left"][first], table["right"][first][-1])
    np.testing.assert_allclose(edges, said["bins"])
    (tiny,) = folder.glob("single-tiny/*/*.wandb")
    lines = wandb.read(tiny).tables["console"][0]["line"]
    assert lines[0] == "Starting training run tiny0001\n"
    (crashed,) = folder.glob("workspace-multi/*/*wm4crash.wandb")
    assert wandb.read(crashed).status == "failed"


def test_damage_in_the_real_logs_is_named_and_the_rest_is_read(real_data: Path) -> None:
    broken = real_data / "wandb-offline" / "broken"
    log = wandb.read(broken / "bad-crc.wandb")
    assert log.faults == ("bytes 143 to 189 are damaged; left out",)
    assert log.scalars["wire/metric"].steps.tolist() == [0, 2, 3]
    log = wandb.read(broken / "truncated-tail.wandb")
    assert log.faults == ("bytes 234 to 290 are damaged, or cut off; left out",)
    assert log.scalars["wire/metric"].steps.tolist() == [0, 1, 2]


def history(step: int, *items: Any) -> bytes:
    record = Record(num=step)
    record.history.step.num = step
    for item in items:
        record.history.item.add(**item)
    return record.SerializeToString()


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A log with one of everything, larger than a block."""
    start = Record()
    start.run.run_id, start.run.project, start.run.display_name = "abc", "p", "größe"
    start.run.tags.extend(["one", "two"])
    start.run.start_time.seconds, start.run.start_time.nanos = 1000, 500_000_000
    start.run.config.update.add(key="lr", value_json="0.001")
    start.run.config.update.add(nested_key=["opt", "name"], value_json='"adam"')
    start.run.config.update.add(key="gone", value_json="1")
    later = Record()
    later.config.update.add(key="lr", value_json="0.01")
    later.config.remove.add(key="gone")
    said = Record()
    said.output_raw.output_type, said.output_raw.line = 1, "hello\n" * 9000
    alert = Record()
    alert.alert.title, alert.alert.text = "Loss is high", "look"
    stats = Record()
    stats.stats.timestamp.seconds = 1010
    stats.stats.item.add(key="cpu", value_json="12.5")
    ended = Record()
    ended.exit.exit_code = 1
    path = tmp_path / "run-abc.wandb"
    path.write_bytes(framed(
        start.SerializeToString(),
        later.SerializeToString(),
        history(3, {"key": "loss", "value_json": "0.5"},
                {"key": "_timestamp", "value_json": "1003.25"},
                {"nested_key": ["val", "acc"], "value_json": "0.75"}),
        said.SerializeToString(),
        history(4, {"key": "loss", "number": 0.25}, {"key": "n", "integer": -7},
                {"key": "ok", "boolean": True}, {"key": "_runtime", "number": 4.0}),
        history(5, {"key": "loss", "value_json": "NaN"}, {"key": "up", "value_json": '"Infinity"'},
                {"key": "words", "text": "said"}, {"key": "list", "value_json": "[1, 2.5]"},
                {"key": "bad", "value_json": "{"}),
        history(6, {"key": "h", "value_json": json.dumps(
                    {"_type": "histogram", "packedBins": {"min": 1, "size": 0.5, "count": 2},
                     "values": [3, 4]})},
                {"nested_key": ["pic", "_type"], "value_json": '"image-file"'},
                {"nested_key": ["pic", "path"], "value_json": '"media/images/x.png"'},
                {"nested_key": ["pic", "caption"], "value_json": '"a cat"'}),
        alert.SerializeToString(),
        stats.SerializeToString(),
        ended.SerializeToString(),
    ))  # fmt: skip
    return path


def test_everything_arrives_in_a_run(whole: Path, imported: Any) -> None:
    log = wandb.read(whole)
    assert log.name == "größe"
    assert log.created == 1000.5
    assert len(log.faults) == 1
    assert log.faults[0].startswith("history: `bad`: ")
    run = imported(log)
    assert run.status == "failed"
    assert run.tags == ("wandb", "one", "two")
    assert run.config == {"lr": 0.01, "opt": {"name": "adam"}}
    assert dict(zip(*run.table("about").values(), strict=True)) == {
        "run_id": "abc", "project": "p", "display_name": "größe",
    }  # fmt: skip
    loss = run.scalars("loss")
    assert loss.steps.tolist() == [3, 4, 5]
    np.testing.assert_array_equal(loss.values, [0.5, 0.25, math.nan])
    assert loss.times.tolist() == [1003.25, 1004.5, 1000.5]
    assert run.scalars("val.acc").values.tolist() == [0.75]
    assert run.scalars("n").values.tolist() == [-7]
    assert run.scalars("ok").values.tolist() == [1]
    assert run.scalars("up").values.tolist() == [math.inf]
    assert run.scalars("system/cpu").values.tolist() == [12.5]
    assert run.scalars("system/cpu").times.tolist() == [1010]
    assert run.table("text/words")["text"].tolist() == ["said"]
    assert run.arrays("tensors/list", step=5)["tensor"].tolist() == [1, 2.5]
    assert run.table("histograms/h")["right"].tolist() == [1.5, 2]
    assert run.table("histograms/h")["count"].tolist() == [3, 4]
    assert run.table("media/pic")["path"].tolist() == ["media/images/x.png"]
    assert run.table("media/pic")["caption"].tolist() == ["a cat"]
    assert run.table("console")["line"].tolist() == ["hello\n" * 9000]
    assert [event["title"] for event in run.events("alert")] == ["Loss is high"]


def test_records_of_any_length_are_read_across_blocks() -> None:
    payloads = [bytes([n % 251]) * length for n, length in enumerate(
        [0, 1, 32754, 32753, 7, 70000, 32761, 6, 32747, 100000])]  # fmt: skip
    faults = Faults()
    assert list(records(framed(*payloads), faults)) == payloads
    assert faults.told() == ()


def test_one_damaged_byte_costs_one_record() -> None:
    payloads = [b"x" * 100 for _ in range(5)]
    data = framed(*payloads)
    for place in range(len(HEAD), len(data)):
        faults = Faults()
        changed = data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]
        is_length = (place - len(HEAD)) % 107 in (4, 5)
        found = list(records(changed, faults))
        assert len(faults.told()) == 1
        # Where a length is damaged, nobody knows where the next record begins: the block is lost.
        assert len(found) == ((place - len(HEAD)) // 107 if is_length else 4)


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.wandb"
    path.write_bytes(b":W&B\xff\xff\x01")
    with pytest.raises(DamagedFile, match="must be a log of W&B"):
        wandb.read(path)
