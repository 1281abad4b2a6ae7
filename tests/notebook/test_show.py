"""A whole run in a real notebook, and what becomes of it as static HTML."""

from __future__ import annotations

import base64
import re

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

import bathyscope as bs


@pytest.fixture(scope="module")
def notebook(tmp_path_factory) -> nbformat.NotebookNode:
    folder = tmp_path_factory.mktemp("shown")
    run = bs.record("shown", runs_dir=folder)
    for step in range(5):
        run.log({"loss": 1 / (step + 1)}, step=step)
    run.evaluate_scores([[0.9, 0.1], [0.2, 0.8]], [0, 1])
    run.finish()
    empty = bs.record("empty", runs_dir=folder)
    empty.finish()
    shown = (f"bs.show({str(folder / name)!r})" for name in ("shown", "empty"))
    cells = [nbformat.v4.new_code_cell(f"import bathyscope as bs\n{line}") for line in shown]
    made = nbformat.v4.new_notebook(cells=cells)
    return NotebookClient(made, timeout=600, startup_timeout=600, kernel_name="python3").execute()


def test_a_run_displays_itself_with_a_picture_of_each_room(notebook) -> None:
    (output,) = notebook.cells[0].outputs
    assert output.data["text/plain"].startswith("<shown: finished")
    assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")
    page = output.data["text/html"]
    assert 'sandbox="allow-scripts' in page
    pictures = re.findall(r'<img alt="[^"]+" src="data:image/png;base64,([^"]+)"', page)
    assert len(pictures) >= 2
    assert all(base64.b64decode(picture).startswith(b"\x89PNG") for picture in pictures)


def test_it_survives_conversion_to_html(notebook) -> None:
    body, _ = HTMLExporter().from_notebook_node(notebook)
    assert "<iframe " in body
    assert "srcdoc=" in body
    assert "data:image/png;base64," in body


def test_a_run_that_holds_nothing_says_so(notebook) -> None:
    (output,) = notebook.cells[1].outputs
    assert "nothing was recorded yet" in output.data["text/plain"]
