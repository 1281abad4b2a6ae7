"""Several runs in one picture, over HTTP."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def pair(server) -> str:
    rows = server.runs()
    return f"{rows['first']['id']},{rows['second']['id']}"


def test_what_two_runs_show_together_is_listed_and_drawn(server, pair, arrays) -> None:
    answer = server.ask(f"/api/compare?runs={pair}")
    assert answer.json["runs"] == pair.split(",")
    entries = {entry["id"]: entry for entry in answer.json["entries"]}
    assert "metrics-loss" in entries
    for name in entries:
        assert server.ask(f"/api/compare/{name}?runs={pair}").status == 200
    figure = arrays(server.ask(f"/api/compare/metrics-loss?runs={pair}").body)["content"]
    lines = [m for panel in figure["panels"] for m in panel["marks"] if m["type"] == "line"]
    drawn = [line["y"] for line in lines]
    for seed in (0, 1):
        wanted = 1 / (np.arange(30) + 1 + seed)
        assert any(y.shape == wanted.shape and np.allclose(y, wanted) for y in drawn)


def test_the_same_picture_is_not_sent_twice(server, pair) -> None:
    path = f"/api/compare/metrics-loss?runs={pair}"
    tag = server.ask(path).headers["etag"]
    assert server.ask(path, headers={"If-None-Match": tag}).status == 304


def test_a_comparison_is_taken_away_as_a_file(server, pair) -> None:
    path = "/api/compare/metrics-loss"
    answer = server.ask(f"{path}.csv?runs={pair}")
    assert answer.headers["content-disposition"].startswith('attachment; filename="2-runs-')
    assert b"first" in answer.body
    assert b"second" in answer.body
    assert server.ask(f"{path}.png?runs={pair}&theme=dark").body.startswith(b"\x89PNG")
    assert server.ask(f"{path}.exe?runs={pair}").status == 400


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [("", 400, "1 to 200 runs"), ("?runs=", 400, "got 0"), ("?runs=none", 404, "`id` must be"),
     ("/none?runs={pair}", 404, "`entry` must be"),
     ("/metrics-loss?runs={pair}&smoothing=x", 400, "`smoothing` must be a number")],
)  # fmt: skip
def test_what_cannot_be_compared_is_said(server, pair, query, status, words) -> None:
    answer = server.ask(f"/api/compare{query.format(pair=pair)}")
    assert answer.status == status
    assert words in answer.json["error"]
    many = ",".join(f"r{number}" for number in range(201))
    assert server.ask(f"/api/compare?runs={many}").status == 400
