"""Views and runs that are linked with their pages; `tests/browser` does it in a JupyterLab."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from bathyscope import views
from bathyscope.views import widget as linking

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = """
import numpy as np
from bathyscope import views
images = np.random.default_rng(0).random((6, 8, 8))
view = views.predictions(images, [0, 1, 2, 3, 3, 1], np.eye(4)[[0, 1, 2, 3, 0, 1]])
view
"""
SET = "view.widget().select('sample', np.array([2, 4])); view.selection"


@pytest.fixture(scope="module")
def notebook() -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_code_cell(source) for source in (VIEW, SET)]
    made = nbformat.v4.new_notebook(cells=cells)
    return NotebookClient(made, timeout=600, startup_timeout=600, kernel_name="python3").execute()


def test_a_page_and_its_widget_know_each_other(notebook: Any) -> None:
    (output,) = notebook.cells[0].outputs
    (told,) = re.findall(r"data-link=&quot;([0-9a-f]{32})&quot;", output.data["text/html"])
    states = notebook.metadata.widgets[STATE]["state"].values()
    (ours,) = [held["state"] for held in states if "token" in held["state"]]
    assert ours["token"] == told


def test_a_selection_is_read_and_set_in_python(notebook: Any) -> None:
    (output,) = notebook.cells[1].outputs
    assert output.data["text/plain"] == "{'sample': [2, 4]}"


def test_the_picture_survives_conversion_without_widgets(notebook: Any) -> None:
    body, _ = HTMLExporter().from_notebook_node(notebook)
    assert "vnd.jupyter.widget-view+json" not in body.split("</head>")[1].split("jp-Cell")[1]
    found = re.search(r'<img alt="Predictions" src="data:image/png;base64,([^"]+)"', body)
    assert base64.b64decode(found[1]).startswith(b"\x89PNG")


def test_a_widget_ends_with_its_view() -> None:
    view = views.metrics({"loss": [3.0, 2.0]})
    made = view.widget()
    assert view.widget() is made
    made.select("run", ["a"])
    assert view.selection == {"run": ["a"]}
    assert made.selected_ids("run") == ["a"]
    made.select("run", [])
    assert view.selection == {}
    key = id(view)
    assert key in linking._widgets
    del view
    assert key not in linking._widgets
    assert made.comm is None


def test_without_a_kernel_pages_are_linked_to_nothing() -> None:
    view = views.metrics({"loss": [3.0, 2.0]})
    assert "data-link=" not in view._repr_mimebundle_()["text/html"].split("<script")[0]
    assert view.selection == {}


def test_the_selection_of_a_run_is_shared_too(tmp_path: Path) -> None:
    import bathyscope as bs

    run = bs.record("shown", runs_dir=tmp_path)
    run.log({"loss": 1.0}, step=0)
    run.finish()
    shown = bs.show(run.path)
    shown.widget().select("layer", ["dense"])
    assert shown.selection == {"layer": ["dense"]}
    assert f'data-link="{shown.widget().token}"' in shown._page(shown.widget().token)


def test_ids_may_be_numbers_of_numpy() -> None:
    view = views.metrics({"loss": [3.0, 2.0]})
    view.widget().select("sample", np.arange(3))
    assert json.dumps(view.selection) == '{"sample": [0, 1, 2]}'
