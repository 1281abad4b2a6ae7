"""A view displayed by a real notebook kernel, and what becomes of it as static HTML."""

from __future__ import annotations

import base64

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

CELL = """
from bathyscope import views
views.metrics({"loss": [3.0, 2.0, float("nan"), 1.0]})
"""


@pytest.fixture(scope="module")
def notebook() -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    return NotebookClient(made, timeout=600, startup_timeout=600, kernel_name="python3").execute()


def test_a_view_displays_itself_on_the_last_line_of_a_cell(notebook) -> None:
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "execute_result"
    assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")
    assert 'sandbox="allow-scripts' in output.data["text/html"]
    assert output.data["text/plain"].startswith("<Metrics")


def test_it_survives_conversion_to_html(notebook) -> None:
    body, _ = HTMLExporter().from_notebook_node(notebook)
    assert "<iframe " in body
    assert "srcdoc=" in body
