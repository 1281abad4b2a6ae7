from __future__ import annotations

import json
import math
import zlib
from pathlib import Path

import numpy as np
import pytest


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError


def test_events_come_back_in_order(writer, run):
    writer.log_event("note", text="erste Zeile\nzweite ✓")
    writer.log_event("classes", names=("a", "b"))
    writer.log_event("note", text="")
    assert [event["kind"] for event in run.events()] == ["started", "note", "classes", "note"]
    assert [event["text"] for event in run.events("note")] == ["erste Zeile\nzweite ✓", ""]
    assert run.events("classes")[0]["names"] == ["a", "b"]
    assert run.events("nothing") == []
    times = [event["time"] for event in run.events()]
    assert times == sorted(times)


def test_every_line_is_json_for_any_parser(writer):
    writer.log_event("numbers", values=[math.nan, math.inf, -math.inf, 1e308])
    lines = next((writer.path / "events").iterdir()).read_text().splitlines()
    for line in lines:
        json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_values_of_many_kinds_come_back(writer, run):
    fields = {
        "nan": math.nan,
        "inf": [math.inf, -math.inf],
        "f4": np.float32(0.5),
        "array": np.arange(4).reshape(2, 2),
        "path": Path("a") / "b",
        "nested": {"deep": [{"x": None, "y": True}]},
        "big": 2**63,
    }
    writer.log_event("e", **fields)
    (event,) = run.events("e")
    assert math.isnan(event["nan"])
    assert event["inf"] == [math.inf, -math.inf]
    assert event["f4"] == 0.5
    assert event["array"] == [[0, 1], [2, 3]]
    assert event["path"] == str(Path("a") / "b")
    assert event["nested"] == fields["nested"]
    assert event["big"] == 2**63
    assert "represented" not in event


def test_what_has_no_json_form_is_its_repr_and_noted(writer, run):
    endless: list[object] = []
    endless.append(endless)
    writer.log_event("e", a={1, 2}, b=[1, b"x"], c=Unprintable(), d=10**30, e={3: "three"},
                     f="half a pair: \ud800")  # fmt: skip
    (event,) = run.events("e")
    assert event["a"] == "{1, 2}"
    assert event["b"] == [1, "b'x'"]
    assert event["c"] == "<Unprintable>"
    assert event["d"] == str(10**30)
    assert event["e"] == {"3": "three"}
    assert event["f"] == r"'half a pair: \ud800'"
    assert event["represented"] == ["a", "b[1]", "c", "d", "f"]
    writer.log_event("endless", a=endless)
    assert len(run.events("endless")) == 1


def test_no_flipped_byte_changes_an_event_unseen(writer, run):
    writer.log_event("note", text="loss 0.125")
    path = next((writer.path / "events").iterdir())
    good = path.read_bytes()
    before = run.events()
    for at in range(len(good)):
        data = bytearray(good)
        data[at] ^= 0x02
        path.write_bytes(data)
        shown = run.events()
        assert all(event in before for event in shown)
        assert run.faults(), f"byte {at}"
        assert all(f"events/{path.name}: line" in fault for fault in run.faults())
    path.write_bytes(good)
    assert run.events() == before


def test_a_torn_last_line_is_named_and_the_rest_shown(writer, run):
    writer.log_event("note", text="whole")
    writer.log_event("note", text="torn")
    path = next((writer.path / "events").iterdir())
    path.write_bytes(path.read_bytes()[:-5])
    assert [event["text"] for event in run.events("note")] == ["whole"]
    (fault,) = run.faults()
    assert fault == f"events/{path.name}: line 3 is not whole: still being written, or cut off"


@pytest.mark.parametrize("field", ["time", "writer", "crc32", "represented"])
def test_an_events_own_fields_are_refused(writer, field):
    with pytest.raises(ValueError, match=f"has its own `{field}`"):
        writer.log_event("e", **{field: 1})


@pytest.mark.parametrize(("kind", "error"), [("", ValueError), (3, TypeError)])
def test_a_kind_that_is_none_is_refused(writer, kind, error):
    with pytest.raises(error, match="The kind of an event must"):
        writer.log_event(kind)


def test_a_line_that_is_no_event_is_named(writer, run):
    writer.log_event("note", text="seen")
    (path,) = (writer.path / "events").iterdir()
    body = b'{"text":"of another program"'
    path.write_bytes(path.read_bytes() + body + f',"crc32":"{zlib.crc32(body):08x}"}}\n'.encode())
    assert [event["text"] for event in run.events("note")] == ["seen"]
    assert "line 3 is no event" in run.faults()[0]
