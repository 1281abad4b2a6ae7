"""The binary answer says the same as the JSON of a document, bit for bit."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from bathyscope.figures import Axis, Figure, Line, Panel
from bathyscope.figures.web import envelope, figure_envelope, from_json


def read(body: bytes) -> Any:
    """Put the bytes of the arrays back into the JSON, as base64."""
    length = int.from_bytes(body[:4], "little")
    assert (4 + length) % 8 == 0
    assert len(body) % 8 == 0
    head = json.loads(body[4 : 4 + length])
    rest = body[4 + length :]

    def inlined(value: Any) -> Any:
        if isinstance(value, list):
            return [inlined(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "blob" not in value:
            return {key: inlined(item) for key, item in value.items()}
        offset, size = head["blobs"][value["blob"]]
        assert offset % 8 == 0
        assert value["codec"] == "raw"
        kept = {key: value[key] for key in ("$array", "dtype", "shape")}
        return kept | {"base64": base64.b64encode(rest[offset : offset + size]).decode()}

    return inlined({key: value for key, value in head.items() if key != "blobs"})


def test_every_sample_comes_back(sample, differences):
    text = json.dumps(read(figure_envelope(sample)))
    assert differences(sample, from_json(text)) == []


def test_text_of_any_kind_is_ascii_and_stays_what_it_was():
    text = '</script> \u2028 名前 \\ " \x00'
    panel = Panel((Line(np.arange(3.0), np.arange(3.0)),), Axis("x"), Axis("y"), title=text)
    body = figure_envelope(Figure(text, (panel,)))
    length = int.from_bytes(body[:4], "little")
    body[4 : 4 + length].decode("ascii")
    assert from_json(json.dumps(read(body))).title == text


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 100, 1001])
def test_arrays_stand_where_a_browser_can_look_at_them(n):
    values = np.linspace(0, 1, n) if n else np.empty(0)
    flags = np.arange(n) % 3 == 0
    found = read(envelope({"a": {"value": values, "flags": [flags]}, "n": n, "odd": float("nan")}))
    node = found["a"]["value"]
    data = np.frombuffer(base64.b64decode(node["base64"]), f"<{node['$array']}")
    assert data.astype(np.float64).tobytes() == values.tobytes()
    node = found["a"]["flags"][0]
    assert np.array_equal(np.frombuffer(base64.b64decode(node["base64"]), "u1"), flags)
    assert (found["n"], found["odd"]) == (n, {"$number": "nan"})


def test_what_has_no_counterpart_is_refused():
    with pytest.raises(TypeError, match="must hold"):
        envelope({"a": object()})
