"""Texts a program recorded, step by step: samples of a language model, notes of a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope import _names as names
from bathyscope.figures import Figure, Note, Panel, Tokens
from bathyscope.views._shown import words_of
from bathyscope.views._stepped import STEP, choose_name, read_stepped, recorded_names, steps_in
from bathyscope.views._words import count_text, sentences
from bathyscope.views.base import Offer, RunData, View, register

#: How many texts are drawn, and how much of each, unless told otherwise.
LIMIT = 12
LONGEST = 1_000
_HOW = "Record them with `run.log_text('answers', texts, step=...)`."


@register(room="features", place=80)
@dataclass(frozen=True, eq=False, repr=False)
class Texts(View):
    """Texts of one name at one step.

    Parameters
    ----------
    name : str
        What they are called.
    texts : tuple of str
        Whole, however much of them is drawn.
    limit : int
        How many are drawn.
    longest : int
        How many characters of each are drawn.
    subject : str
        At which step; part of the title.
    """

    name: str
    texts: tuple[str, ...]
    limit: int = LIMIT
    longest: int = LONGEST
    subject: str = ""

    @classmethod
    def from_run(
        cls,
        run: RunData,
        name: str | None = None,
        *,
        step: int = -1,
        limit: int = LIMIT,
        longest: int = LONGEST,
    ) -> Texts:
        """Show texts a run recorded.

        Parameters
        ----------
        run : Run
        name : str, optional
            By default the first recorded.
        step : int
            A recorded step; -1 is the last.
        limit, longest : int
            How many texts, and how many characters of each, are drawn.

        Raises
        ------
        UnknownName, NotRecorded
            If there are no such texts, or none at all.
        """
        known = recorded_names(run.table_names(), names.TEXT)
        name = choose_name(run, known, name, what="texts", how=_HOW)
        group = names.TEXT + name
        step = run.resolve_step(step, steps_in(run, group), what=group)
        table = read_stepped(run, group, ("text",))
        found = tuple(str(text) for text in table["text"][table[STEP] == step])
        return cls(name, found, *_checked(limit, longest), f"step {step:,}")

    @classmethod
    def offers(cls, run: RunData) -> Iterator[Offer]:
        """Offer all texts of a name, at every step at which they were recorded."""
        for name in recorded_names(run.table_names(), names.TEXT):
            yield Offer(f"Text: {name}", {"name": name}, steps_in(run, names.TEXT + name))

    def figure(self) -> Figure:
        """Draw the texts."""
        title = f"Text: {self.name}" + (f", {self.subject}" if self.subject else "")
        drawn = self.texts[: self.limit]
        if not drawn:
            return Figure(title, (Panel((Note("No text was recorded."),)),))
        cut = sum(len(text) > self.longest for text in drawn)
        pieces = tuple(words_of(_shortened(text, self.longest)) for text in drawn)
        note = sentences(
            [
                f"{len(drawn)} of {count_text(len(self.texts), 'text')} are drawn, the first ones."
                if len(drawn) < len(self.texts)
                else "",
                f"Cut after {self.longest:,} characters: {count_text(cut, 'text')}." if cut else "",
            ]
        )
        return Figure(title, (Panel((Tokens(pieces),)),), note=note)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One row per text: its number, the text, and how many characters it has."""
        return {
            "number": np.arange(len(self.texts)),
            "text": np.array(self.texts, dtype=np.str_),
            "characters": np.array([len(text) for text in self.texts], dtype=np.int64),
        }


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _checked(limit: int, longest: int) -> tuple[int, int]:
    for name, value in (("limit", limit), ("longest", longest)):
        if value < 1:
            raise ValueError(f"`{name}` must be at least 1; got {value}.")
    return limit, longest


def texts(
    values: str | Sequence[str],
    *,
    name: str = "texts",
    limit: int = LIMIT,
    longest: int = LONGEST,
) -> Texts:
    """Show texts.

    Parameters
    ----------
    values : str or sequence of str
    name : str
        What they are called.
    limit, longest : int
        How many texts, and how many characters of each, are drawn.

    Examples
    --------
    >>> texts(["once", "upon a time"]).columns()["characters"].tolist()
    [4, 11]
    """
    given = [values] if isinstance(values, str) else list(values)
    return Texts(name, tuple(str(text) for text in given), *_checked(limit, longest))
