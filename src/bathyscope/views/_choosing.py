"""What a reader asks for of all samples, as the page writes it: an order, and which are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

#: Longer questions are no address of a page.
LONGEST = 40_000


@dataclass(frozen=True)
class Choice:
    """What a reader asks for of all samples.

    Parameters
    ----------
    text : str
        The question as it was asked.
    order : str
        Name of an order, as it is shown; unknown or empty for the first.
    is_reversed : bool
    only : mapping of str to str
        By the label of a facet the name that is kept; what a picture does not know is not asked.
    find : str
        Text that some part of a sample must hold, in any case.
    column : int
        Place of the column of a table by which the rows are ordered instead; -1 for none.
    is_descending : bool
        Whether the largest values of ``column`` come first.
    samples : str
        Ids that alone are kept, as `among_chosen` reads them; empty for all.
    count : int
        How many are wanted at least.
    """

    text: str = ""
    order: str = ""
    is_reversed: bool = False
    only: Mapping[str, str] = field(default_factory=dict)
    find: str = ""
    column: int = -1
    is_descending: bool = False
    samples: str = ""
    count: int = 0


def read_choice(text: str) -> Choice:
    """Read a choice from JSON such as ``{"order": "highest loss", "only": {"verdict": "wrong"}}``.

    Raises
    ------
    ValueError
        If the text is not so.
    """
    if not text:
        return Choice()
    asked: Any = None
    if len(text) <= LONGEST:
        try:
            asked = json.loads(text)
        except (ValueError, RecursionError):
            asked = None
    if not _is_choice(asked):
        raise ValueError(
            f"`choice` must be JSON of at most {LONGEST:,} characters with some of `order`, "
            "`find`, `samples` (text), `reversed`, `descending` (true or false), `only` (texts by "
            f"name), `column` and `count` (whole numbers); got {text[:60]!r}."
        )
    return Choice(
        text,
        asked.get("order", ""),
        asked.get("reversed", False),
        asked.get("only", {}),
        asked.get("find", ""),
        asked.get("column", -1),
        asked.get("descending", False),
        asked.get("samples", ""),
        asked.get("count", 0),
    )


def _is_choice(asked: Any) -> bool:
    if not isinstance(asked, dict):
        return False
    kinds: dict[str, type] = {
        **dict.fromkeys(("order", "find", "samples"), str),
        **dict.fromkeys(("reversed", "descending"), bool),
        **dict.fromkeys(("column", "count"), int),
        "only": dict,
    }
    held = cast(dict[str, Any], asked)
    known = all(type(value) is kinds.get(name) for name, value in held.items())
    only = cast(dict[str, Any], held.get("only", {})) if known else {}
    return known and all(isinstance(name, str) for name in only.values())
