"""The page saved as one file: what is in it is what the server answers."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest


@pytest.fixture
def ask(server):
    def get(**query: str):
        return server.ask(f"/api/copy.html?{urlencode(query)}")

    return get


def test_its_figures_and_metrics_are_those_of_the_server(server, ask, read_copy) -> None:
    run = server.runs()["first"]["id"]
    _, answers = read_copy(ask(runs=run).body.decode())
    described = json.loads(answers[f"runs\n{run}"])
    for entry in described["entries"]:
        for step in entry["steps"] or [None]:
            address = f"runs\n{run}\nfigures\n{entry['id']}\n{'' if step is None else step}"
            if entry["view"] == "Metrics":
                assert address not in answers  # the charts show them
                continue
            query = "" if step is None else f"?step={step}"
            live = server.ask(f"/api/runs/{run}/figures/{entry['id']}{query}").body
            assert answers[address] == live
    assert any(address.startswith(f"runs\n{run}\nscalars\n") for address in answers)


def test_how_the_page_stood_is_kept_as_it_was(server, ask, read_copy) -> None:
    run = server.runs()["first"]["id"]
    state = {"hash": "#/run/x/loss?step=3", "kept": {"theme": '"dark"', "x": "</script><b>"}}
    answer = ask(runs=run, state=json.dumps(state))
    held, _ = read_copy(answer.body.decode())
    assert (held["hash"], held["kept"]) == (state["hash"], state["kept"])
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert b"</script><b>" not in answer.body


@pytest.mark.parametrize(
    "state", ["no json", "[]", '{"hash": 3}', '{"kept": []}', '"' + "x" * 40_000 + '"']
)
def test_a_state_that_is_none_is_refused(server, ask, state) -> None:
    answer = ask(runs=server.runs()["first"]["id"], state=state)
    assert answer.status == 400
    assert "`state` must be JSON" in answer.body.decode()


def test_runs_that_are_not_there_are_refused(ask) -> None:
    assert ask(runs="").status == 400
    assert ask(runs="nothing-0000000000").status == 404


def test_nothing_in_a_copy_is_live_or_can_be_changed(server, ask, read_copy) -> None:
    rows = server.runs()
    ids = [row["id"] for row in rows.values()][:2]
    _, answers = read_copy(ask(runs=",".join(ids)).body.decode())
    listing = json.loads(answers["runs"])
    assert listing["read_only"] is True
    assert [row["id"] for row in listing["runs"]] == ids
    assert all(row["status"] != "running" for row in listing["runs"])
