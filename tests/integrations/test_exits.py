from __future__ import annotations

import builtins
import contextlib
import sys
import threading

import pytest

from bathyscope.integrations.exits import Exits

QUITTER = type(builtins.exit)


@pytest.fixture
def exits():
    found = sys.exit, QUITTER.__call__
    listener = Exits()
    listener.listen()
    yield listener
    listener.leave()
    assert (sys.exit, QUITTER.__call__) == found


@pytest.mark.parametrize(
    ("call", "ending"),
    [
        (lambda: sys.exit(1), "failed"),
        (lambda: sys.exit("no data"), "failed"),
        (lambda: QUITTER("exit", "EOF")(2), "failed"),
        (QUITTER("quit", "EOF"), "finished"),
        (lambda: sys.exit(None), "finished"),
        (lambda: sys.exit(0), "finished"),
    ],
)
def test_what_a_program_ends_with_counts_while_its_exception_is_on_its_way(exits, call, ending):
    with pytest.raises(SystemExit) as raised:
        call()
    assert exits.ending == ending
    assert type(raised.value) is SystemExit


def test_an_exit_that_the_program_goes_on_after_is_none(exits):
    with contextlib.suppress(SystemExit):
        sys.exit(1)
    assert exits.ending == "finished"


def test_the_last_exit_counts(exits):
    with contextlib.suppress(SystemExit):
        sys.exit(1)
    try:
        sys.exit(2)
    except SystemExit:
        with pytest.raises(SystemExit) as last:
            sys.exit(0)
        assert exits.ending == "finished"
    assert last.value.code == 0


def test_an_exit_of_a_thread_ends_that_alone(exits):
    heard = []

    def work():
        try:
            sys.exit(1)
        except SystemExit:
            heard.append(exits.ending)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert heard == ["finished"]


def test_it_listens_until_the_last_leaves(exits):
    ours = sys.exit
    exits.listen()
    exits.leave()
    assert sys.exit is ours


def test_what_another_put_around_it_stays_and_works(monkeypatch):
    monkeypatch.setattr(sys, "exit", sys.exit)  # put back at the end of this test
    listener = Exits()
    listener.listen()
    heard = []
    ours = sys.exit

    def another(code):
        heard.append(code)
        ours(code)

    sys.exit = another
    listener.leave()
    assert sys.exit is another
    with pytest.raises(SystemExit):
        sys.exit(7)
    assert heard == [7]
