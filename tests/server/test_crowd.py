"""Many pages at once, slow pictures, and many runs."""

from __future__ import annotations

import re
import shutil
import signal
import threading
from dataclasses import replace

import pytest

import bathyscope as bs
from bathyscope.runs import RunWriter
from bathyscope.server.catalog import Catalog
from bathyscope.server.hub import pause_for
from bathyscope.server.opened import MOST_OPEN, OpenedRuns

#: A server with a view that waits until a file is there, and notes each time it is made.
SLOW = """
import sys, time
from dataclasses import dataclass
from pathlib import Path
from bathyscope.cli.main import main
from bathyscope.figures import Figure, Note, Panel
from bathyscope.views.base import Offer, View, register

folder = Path(sys.argv[1])

@register(room="overview")
@dataclass(frozen=True)
class Patient(View):
    def figure(self):
        return Figure("Patient", (Panel((Note("made"),)),))

    def columns(self):
        return {}

    @classmethod
    def offers(cls, run):
        yield Offer("Patient")

    @classmethod
    def from_run(cls, run):
        with (folder / "begun").open("a") as file:
            file.write("x")
        while not (folder / "go").exists():
            time.sleep(0.01)
        return cls()

sys.argv = ["bathyscope", "view", str(folder / "runs"), "--no-browser"]
main()
"""


def test_the_more_pages_listen_the_more_is_told_at_once() -> None:
    pauses = [pause_for(n) for n in (1, 80, 200, 100_000)]
    assert pauses == sorted(pauses)
    assert pauses[0] == pauses[1] == 0.25
    assert pauses[2] == pytest.approx(0.6)
    assert pauses[3] < 1  # a point is on the screen within a second, however many look


def test_two_hundred_pages_hear_of_a_point(own, listen, wait_for) -> None:
    server, folder = own
    run = bs.record("heard", runs_dir=folder)
    row = wait_for(server.runs, lambda rows: "heard" in rows)["heard"]
    server.settle()
    pages = [listen(server) for _ in range(200)]
    run.log({"loss": 1.0}, step=0)
    wait_for(lambda: all(page.told("run", row["id"]) for page in pages), bool)
    assert all(page.told("run", row["id"]) for page in pages)
    run.finish()


def test_a_slow_picture_is_made_once_and_in_nobodys_way(
    own, start_python, tmp_path, record, wait_for
) -> None:
    server, _ = own
    record(tmp_path / "runs", "one")
    process = start_python(SLOW, tmp_path)
    printed = [process.stdout.readline().decode() for _ in range(3)]
    found = re.search(r":(\d+)/\?token=(\S+)", printed[1])
    server = replace(server, port=int(found[1]), token=found[2], cookie="", within="")
    server.enter()
    run = server.runs()["one"]["id"]
    answers: list[bytes] = []

    def ask() -> None:
        answers.append(server.ask(f"/api/runs/{run}/figures/patient").body)

    asking = [threading.Thread(target=ask) for _ in range(20)]
    for thread in asking:
        thread.start()
    wait_for((tmp_path / "begun").exists, bool)
    # While it is being made, everything else is answered, pictures too.
    assert server.ask("/api/runs").status == 200
    assert server.ask(f"/api/runs/{run}/figures/metrics-loss").status == 200
    assert server.ask(f"/api/runs/{run}/scalars").status == 200
    assert answers == []
    (tmp_path / "go").touch()
    for thread in asking:
        thread.join()
    assert len(answers) == 20
    assert len(set(answers)) == 1
    assert (tmp_path / "begun").read_text() == "x"
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 0


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory):
    """A folder of 60 runs, which are copies of one."""
    folder = tmp_path_factory.mktemp("many")
    writer = RunWriter(folder / "run-000", config={"lr": 0.1})
    writer.log_scalars({"loss": 0.5}, step=3)
    writer.finish()
    for number in range(1, 60):
        shutil.copytree(folder / "run-000", folder / f"run-{number:03d}")
    return folder


def test_many_runs_are_all_listed_before_their_metrics_are_read(many) -> None:
    opened = OpenedRuns(many)
    catalog = Catalog(many, opened)
    catalog.look(budget=0)
    listing = catalog.listing()
    assert listing["runs"] == []
    assert listing["pending"] == 60
    while catalog.has_unseen:
        catalog.look(budget=0.01)
    for _ in range(60):
        catalog.read(budget=0)
    listing = catalog.listing()
    assert listing["pending"] == 0
    assert {row["config"]["lr"] for row in listing["runs"]} == {0.1}
    seen = listing["version"]
    while not all(row["last"] for row in catalog.listing()["runs"]):
        catalog.read(budget=0.05)
    assert len(catalog.listing(since=seen)["runs"]) >= 59
    assert catalog.listing(since=catalog.version)["runs"] == []
    # None of them stays open: an open run holds its points.
    assert len(opened) == 0
    for row in listing["runs"]:
        opened.get(catalog.get(row["id"]))
    assert len(opened) == MOST_OPEN


def test_what_did_not_change_is_not_read_again(many) -> None:
    catalog = Catalog(many, OpenedRuns(many))
    while catalog.look(budget=1) or catalog.has_unseen or catalog._to_read:
        catalog.read(budget=1)
    version = catalog.version
    for _ in range(5):
        assert not catalog.look(budget=1)
        assert not catalog.read(budget=1)
    assert catalog.version == version
