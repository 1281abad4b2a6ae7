"""Pages that a real JupyterLab displays: what is selected in them reaches Python and back."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

playwright = pytest.importorskip("playwright.sync_api")
PlaywrightError = playwright.Error

VIEW = """
import numpy as np
from bathyscope import views
images = np.random.default_rng(0).random((6, 8, 8))
view = views.predictions(images, [0, 1, 2, 3, 3, 1], np.eye(4)[[0, 1, 2, 3, 0, 1]])
view
"""
HEAR = """
import json, pathlib
heard = pathlib.Path("heard.json")
view.widget().observe(lambda change: heard.write_text(json.dumps(view.selection)), "selection")
"""
LAYOUT = "import ipywidgets; ipywidgets.VBox([view.widget()])"
#: A first start of JupyterLab reads much from the disk, and machines may be busy.
WITHIN_S = 240


@pytest.fixture
def lab(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[str]:
    """Give the address of a notebook in a JupyterLab of its own."""
    program = shutil.which("jupyter-lab", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("jupyterlab is not installed.")
    spec = {"argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]}
    kernels = tmp_path / "jupyter" / "kernels" / "here"
    kernels.mkdir(parents=True)
    spec |= {"display_name": "here", "language": "python"}
    (kernels / "kernel.json").write_text(json.dumps(spec))
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (VIEW, HEAR + LAYOUT)],
        metadata={"kernelspec": {"name": "here", "display_name": "here", "language": "python"}},
    )
    (tmp_path / "root").mkdir()
    nbformat.write(notebook, tmp_path / "root" / "a.ipynb")
    port = free_port()
    own = {name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")}
    own |= {"HOME": str(tmp_path), "JUPYTER_PATH": str(tmp_path / "jupyter")}
    settings = tmp_path / "JUPYTER_CONFIG_DIR/lab/user-settings/@jupyterlab/notebook-extension"
    settings.mkdir(parents=True)
    # Else cells out of sight are taken out of the page, and their frames with them.
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    options = (
        "--no-browser", "--expose-app-in-browser", "--allow-root", "--ip=127.0.0.1",
        f"--port={port}", f"--ServerApp.root_dir={tmp_path / 'root'}",
        "--IdentityProvider.token=token",
    )  # fmt: skip
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [program, *options], env={**os.environ, **own}, stdout=log, stderr=log
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/api?token=token", process)
            yield f"http://127.0.0.1:{port}/lab/tree/a.ipynb?token=token"
        finally:
            process.terminate()
            process.wait(WITHIN_S)


#: Not by clicks and keys: what they reach depends on what is loaded by then.
RUN_ALL = """async () => {
  const app = window.jupyterapp;
  await app.restored;
  const notebook = () => app.shell.currentWidget?.sessionContext && app.shell.currentWidget;
  while (!notebook()) await new Promise((done) => setTimeout(done, 100));
  await notebook().context.ready;
  await notebook().sessionContext.ready;
  await app.commands.execute('notebook:run-all-cells');
}"""


def until(page: Any, condition: Callable[[], Any]) -> None:
    end = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < end, "It never came true in JupyterLab."
        page.wait_for_timeout(100)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + WITHIN_S
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=WITHIN_S).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("JupyterLab did not start.")


def test_in_jupyterlab_a_selection_reaches_python_and_other_pages(
    browser: Any, lab: str, tmp_path: Path
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 2400})
    context.set_default_timeout(WITHIN_S * 1000)
    page = context.new_page()
    page.goto(lab)
    page.wait_for_function("window.jupyterapp")
    page.evaluate(RUN_ALL)

    # Notebooks load the frames of their outputs anew as they please.
    def ask(expression: str) -> list[Any]:
        found: list[Any] = []
        for frame in page.frames[1:]:
            with contextlib.suppress(PlaywrightError):
                found.append(frame.evaluate(expression))
        return found

    until(page, lambda: ask("Boolean(window.bathyscope)") == [True, True])
    ids = "[...(window.bathyscope.selection.get('sample') ?? [])].join()"

    def reaches_all(place: int, chosen: str) -> bool:
        select = f"window.bathyscope.selection.set('sample', [{chosen}])"
        with contextlib.suppress(PlaywrightError, IndexError):
            page.frames[1 + place].evaluate(f"{ids} === '{chosen}' || {select}")
        return ask(ids) == [chosen, chosen]

    until(page, lambda: reaches_all(0, "1,3"))
    until(page, lambda: reaches_all(1, "5"))
    heard = tmp_path / "root" / "heard.json"
    until(page, lambda: heard.exists() and heard.read_text() == '{"sample": [5]}')
    context.close()
