"""A run that trains while one looks: real training, one step for each line it is told."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

TRAINING = """
import sys
import warnings
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
import bathyscope as bs

x, y = load_digits(return_X_y=True)
x = x / 16
model = SGDClassifier(loss="log_loss", alpha=1e-3, random_state=0)
run = bs.record("digits-live", runs_dir=sys.argv[1])
for step, line in enumerate(sys.stdin, start=1):
    batch = slice(64 * step % 1500, 64 * step % 1500 + 64)
    model.partial_fit(x[batch], y[batch], classes=range(10))
    loss = log_loss(y, model.predict_proba(x), labels=range(10))
    run.log({"loss": loss, "accuracy": model.score(x, y)}, step=step)
    run.log_arrays("parameters", {"coef": model.coef_}, step=step)
    print(step, repr(float(loss)), flush=True)
run.finish()
print("finished", flush=True)
"""


class Training:
    """A process that trains one step whenever it is told to."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", textwrap.dedent(TRAINING), str(folder)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.losses: list[float] = []

    def step(self) -> float:
        """Train one step, and wait until it is recorded."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        _, loss = self.process.stdout.readline().split()
        self.losses.append(float(loss))
        return self.losses[-1]

    def finish(self) -> None:
        self.process.stdin.close()
        assert self.process.stdout.readline().strip() == "finished"
        assert self.process.wait(60) == 0

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    started = Training(tmp_path / "live")
    yield started
    started.close()


#: The loss as drawn now.
LOSSES = """
() => {
  const panel = window.bathyscope.panels().find((each) => each.title === 'loss');
  return panel ? Array.from(panel.marks[0].y.data) : [];
}
"""


def _until_drawn(page: Any, until: Callable[..., None], losses: list[float]) -> None:
    until(page, f"(want) => JSON.stringify(({LOSSES})()) === JSON.stringify(want)", losses)


def test_a_training_run_is_followed_until_it_ends(
    visit: Any,
    serve: Any,
    until: Any,
    becomes: Any,
    run_id: Any,
    training: Training,
    tmp_path: Path,
) -> None:
    training.step()
    training.step()
    dashboard = serve(tmp_path / "live")
    page = visit(dashboard)
    page.get_by_role("grid").get_by_text("live", exact=True).wait_for()
    identity = run_id(page, "digits-live")
    page.goto(f"{dashboard.base}#/run/{identity}/loss")
    _until_drawn(page, until, training.losses)

    asked = _sizes_of_answers(page)
    for _ in range(3):
        training.step()
        _until_drawn(page, until, training.losses)
    assert asked, "new points came without being asked for"
    assert max(asked) < 4000, f"only new points may travel; got answers of {asked} bytes"
    until(page, "window.bathyscope.cursor.step === 5")
    assert page.get_by_role("button", name="Following the last step").is_visible()

    # The reader goes back: the cursor stays where it was put.
    page.keyboard.press("Home")
    until(page, "window.bathyscope.cursor.step === 1")
    training.step()
    _until_drawn(page, until, training.losses)
    until(page, "window.bathyscope.cursor.steps.includes(6)")
    assert page.evaluate("window.bathyscope.cursor.step") == 1
    page.get_by_role("button", name="Follow the last step").click()
    until(page, "window.bathyscope.cursor.step === 6")

    training.finish()
    until(page, "document.querySelector('header .pill').textContent.includes('finished')")
    # The pill is told by the list of runs, the button by the run.
    following = page.get_by_role("button", name="Following the last step")
    assert becomes(page, lambda: following.count() == 0)
    np.testing.assert_array_equal(page.evaluate(LOSSES), training.losses)


def _sizes_of_answers(page: Any) -> list[int]:
    sizes: list[int] = []

    def note(response: Any) -> None:
        if "/scalars" in response.url:
            sizes.append(int(response.headers.get("content-length", 0)))

    page.on("response", note)
    return sizes


def test_a_page_that_lost_its_connection_catches_up(
    visit: Any, serve: Any, until: Any, run_id: Any, training: Training, tmp_path: Path
) -> None:
    visit.forgive("net::ERR")
    training.step()
    dashboard = serve(tmp_path / "live")
    page = visit(dashboard)
    identity = run_id(page, "digits-live")
    page.goto(f"{dashboard.base}#/run/{identity}/loss")
    _until_drawn(page, until, training.losses)
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    training.step()
    training.step()
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    _until_drawn(page, until, training.losses)
    training.finish()
