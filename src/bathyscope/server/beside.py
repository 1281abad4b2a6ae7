"""The dashboard beside a notebook or a program: in a process of its own that ends with it."""

from __future__ import annotations

import atexit
import html
import os
import re
import subprocess
import sys
from pathlib import Path

from bathyscope._optional import require

_ENTRANCE = re.compile(r"http://\S+/\?token=\S+")


class View:
    """A dashboard that runs; it ends with this program, or by `stop`.

    Parameters
    ----------
    path : pathlib.Path
        What it shows.
    process : subprocess.Popen
    url : str
        Its address, with the token: whoever has it sees the runs.
    """

    def __init__(self, path: Path, process: subprocess.Popen[str], url: str) -> None:
        self.path = path
        self.url = url
        self._process = process
        atexit.register(self.stop)

    @property
    def is_running(self) -> bool:
        """Whether it still answers."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        atexit.unregister(self.stop)

    def __repr__(self) -> str:
        return f"<dashboard of {self.path}: {'running' if self.is_running else 'stopped'}>"

    def _repr_html_(self) -> str:
        shown = html.escape(str(self.path))
        if not self.is_running:
            return f"<p>The dashboard of <code>{shown}</code> was stopped.</p>"
        address = html.escape(self.url, quote=True)
        return (
            f'<p><a href="{address}" target="_blank" rel="noopener noreferrer">Open the dashboard'
            f"</a> of <code>{shown}</code>. It ends with this kernel, or by <code>.stop()</code>."
            "</p>"
        )


def view(path: str | os.PathLike[str] = "runs", *, port: int | None = None) -> View:
    """Start the live dashboard of a folder of runs, in a process of its own.

    Parameters
    ----------
    path : str or path
        A folder of runs at any depth, one run, a folder of TensorBoard logs, or one file of a
        log. A folder is made if it is not there.
    port : int, optional
        By default 6100, or any free one.

    Returns
    -------
    View
        Displays a link on the last line of a notebook's cell. It ends with this program.

    Raises
    ------
    MissingDependency
        If the extra ``view`` is not installed.
    RuntimeError
        If it does not start; its own words are in the message.

    Examples
    --------
    >>> bs.view("runs")  # doctest: +SKIP
    """
    for module in ("starlette", "uvicorn"):
        require(module, extra="view", caller="bathyscope.view")
    folder = Path(path).resolve()
    if not folder.is_file():
        folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "bathyscope", "view", str(folder), "--no-browser"]
    command += ["--until-stdin-closes", *([] if port is None else ["--port", str(port)])]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    return View(folder, process, _entrance(process))


def _entrance(process: subprocess.Popen[str]) -> str:
    """Wait until it says where it is."""
    assert process.stdout is not None
    assert process.stderr is not None
    for line in process.stdout:
        if found := _ENTRANCE.search(line):
            process.stderr.close()
            return found[0]
    _, said = process.communicate()
    raise RuntimeError(f"The dashboard did not start. It said: {said.strip() or 'nothing'}")
