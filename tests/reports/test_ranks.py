from __future__ import annotations

from typing import Any

import pytest

from bathyscope.reports.ranks import rank_facts


class Told:
    """A run of which only its events are asked."""

    def __init__(self, *logs: list[dict[str, Any]]) -> None:
        self._events = [
            {"writer": f"{number:04d}", **event} for number, log in enumerate(logs) for event in log
        ]

    def events(self) -> list[dict[str, Any]]:
        return self._events


def of(rank: int, host: str = "a", end: str = "finished", **more: Any) -> list[dict[str, Any]]:
    process = {"pid": 1, "host": host}
    first = {"kind": "resumed", "rank": rank, "world_size": 4, "launch": "x", "process": process}
    last = [{"kind": "finished", "status": end}] if end else []
    return [{**first, **more}, {"kind": "note", "text": ""}, *last]


@pytest.mark.parametrize(
    ("logs", "expected"),
    [
        ([], []),
        ([of(0), of(1), of(2), of(3)], [("ranks", "4"), ("machine", "a")]),
        (
            [of(0), of(3, "b", "failed"), of(1)],
            [("ranks", "3 / 4"), ("machines", "a (0-1), b (3)"), ("failed ranks", "3")],
        ),
        # That of another host that said no last word may live or not.
        ([of(0), of(1, "b", "")], [
            ("ranks", "2 / 4"), ("machines", "a (0), b (1)"), ("unknown ranks", "1"),
        ]),
        # What a rank forked is no rank, and of two launches the last counts.
        ([of(9, launch="old"), of(0), of(0, kind="forked", end="")],
         [("ranks", "1 / 4"), ("machine", "a")]),
    ],
)  # fmt: skip
def test_what_is_told_of_ranks(logs: Any, expected: list[tuple[str, str]]) -> None:
    assert rank_facts(Told(*logs)) == expected


def test_of_many_machines_the_first_are_named() -> None:
    logs = [of(rank, f"n{rank // 2}", world_size=40) for rank in range(40)]
    (_, ranks), (_, machines) = rank_facts(Told(*logs))
    assert ranks == "40"
    assert machines.startswith("n0 (0-1), n1 (2-3), ") and machines.endswith("… (+12)")
