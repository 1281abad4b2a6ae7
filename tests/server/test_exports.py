"""Pictures, numbers and whole runs, taken away as files."""

from __future__ import annotations

import csv
import io
import struct
from urllib.parse import quote

import numpy as np
import pytest

from bathyscope.figures.web import from_json
from bathyscope.runs import Run


@pytest.fixture
def page(server) -> str:
    return f"/api/runs/{server.runs()['first']['id']}"


def test_numbers_of_a_view_are_those_that_were_recorded(server, page, root) -> None:
    answer = server.ask(f"{page}/figures/metrics-loss.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="first-')
    every = list(csv.DictReader(io.StringIO(answer.body.decode())))
    rows = [row for row in every if row["metric"] == "loss"]
    series = Run(root / "first").scalars("loss")
    assert [float(row["value"]) for row in rows] == series.values.tolist()
    assert [int(row["step"]) for row in rows] == series.steps.tolist()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_is_a_picture(server, page, theme) -> None:
    png = server.ask(f"{page}/figures/metrics-loss.png?theme={theme}").body
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert min(width, height) > 200
    svg = server.ask(f"{page}/figures/metrics-loss.svg?theme={theme}").body
    assert b"<svg" in svg
    assert b"<script" not in svg


def test_light_is_not_dark(server, page) -> None:
    light, dark = (
        server.ask(f"{page}/figures/metrics-loss.png?theme={theme}").body
        for theme in ("light", "dark")
    )
    assert light != dark


def test_json_is_read_back_as_a_figure(server, page) -> None:
    found = from_json(server.ask(f"{page}/figures/metrics-loss.json").body.decode())
    line = found.panels[0].marks[0]
    assert np.allclose(line.y, 1 / np.arange(1, 31))


def test_a_picture_of_samples_holds_those_that_were_asked_for(server, page, root) -> None:
    choice = quote('{"order": "highest loss", "only": {"verdict": "wrong"}}')
    answer = server.ask(f"{page}/figures/predictions-test.json?choice={choice}")
    browse = from_json(answer.body.decode()).panels[0].marks[0].browse
    table = Run(root / "first").table("predictions/test")
    wrong = np.flatnonzero(table["true"] != table["predicted"])
    held = from_json(answer.body.decode()).panels[0].marks[0].ids.values[browse.asked.places]
    assert held.tolist() == wrong[np.argsort(-table["loss"][wrong], kind="stable")].tolist()
    assert browse.asked.found == len(wrong)
    plain = from_json(server.ask(f"{page}/figures/predictions-test.json").body.decode())
    assert plain.panels[0].marks[0].browse.asked is None
    refused = server.ask(f"{page}/figures/predictions-test?choice=[]")
    assert (refused.status, "`choice` must be JSON" in refused.json["error"]) == (400, True)


def test_a_report_of_a_run_is_one_page(server, page) -> None:
    run = page.rpartition("/")[2]
    answer = server.ask(f"/api/export/{run}.html")
    assert answer.body.startswith(b"<!doctype html>")
    assert answer.body.count(b"<html") == 1
    assert b"http://" not in answer.body.partition(b"<script")[0]
    assert "attachment" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [("metrics-loss.exe", 400, "must end in"), ("metrics-loss.png?theme=red", 400, "light or dark"),
     ("metrics-loss.png?step=3", 400, "`step` must be"), ("none.csv", 404, "must be the id"),
     ("metrics-loss?step=x", 400, "whole number"), ("metrics-loss?step=12345", 400, "`step` must"),
     ("none", 404, "must be the id")],
)  # fmt: skip
def test_what_is_not_there_is_said(server, page, path, status, words) -> None:
    answer = server.ask(f"{page}/figures/{path}")
    assert answer.status == status
    assert words in answer.json["error"]
