"""The dashboard beside a program: it ends with it, come what may."""

from __future__ import annotations

import http.client
import os
import signal
import time
from pathlib import Path

import pytest

import bathyscope as bs

PROGRAM = """
import sys, time
import bathyscope as bs
view = bs.view(sys.argv[1])
print(view._process.pid, view.url, flush=True)
time.sleep(600)
"""


def ask(url: str) -> int:
    place, _, query = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(place, timeout=120)
    connection.request("GET", f"/{query}")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_a_view_answers_shows_its_link_and_stops(tmp_path) -> None:
    folder = tmp_path / "not there <yet>"
    view = bs.view(folder)
    assert view.is_running
    assert ask(view.url) == 303
    link = view._repr_html_()
    assert f'href="{view.url}"' in link
    assert "&lt;yet&gt;" in link
    view.stop()
    assert not view.is_running
    assert "stopped" in view._repr_html_()
    with pytest.raises(OSError):
        ask(view.url)
    view.stop()


def test_a_view_that_cannot_start_says_why(tmp_path) -> None:
    first = bs.view(tmp_path)
    port = int(first.url.partition("127.0.0.1:")[2].partition("/")[0])
    with pytest.raises(RuntimeError, match="must be free to listen on"):
        bs.view(tmp_path, port=port)
    first.stop()


def test_a_view_ends_with_a_program_that_is_killed(start_python, tmp_path) -> None:
    process = start_python(PROGRAM, tmp_path / "runs")
    pid, url = process.stdout.readline().decode().split()
    assert ask(url) == 303
    process.send_signal(signal.SIGKILL)
    process.wait()
    until = time.monotonic() + 120
    while time.monotonic() < until and _lives(int(pid)):
        time.sleep(0.1)
    assert not _lives(int(pid))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
