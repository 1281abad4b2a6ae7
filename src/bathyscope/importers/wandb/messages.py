"""The messages in W&B's records, as far as they are read here.

Field numbers are those of ``wandb_internal.proto``; they never change their meaning.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from bathyscope.importers.log import cleaned
from bathyscope.importers.reading import json_value
from bathyscope.importers.tensorboard import wire
from bathyscope.importers.tensorboard.wire import Field

#: What a record may be.
HISTORY, SUMMARY, OUTPUT, CONFIG, FILES, STATS, ALERT, OUTPUT_RAW, RUN, EXIT = (
    2, 3, 4, 5, 6, 7, 10, 13, 17, 18,
)  # fmt: skip
_VALUE_JSON = 16
_DEEPEST = 20
#: How JSON that allows no NaN spells what is no number.
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Item(NamedTuple):
    """A value, and the names that lead to it: several if it is a part of a larger one."""

    keys: tuple[str, ...]
    value: Any

    @property
    def name(self) -> str:
        """The names as one."""
        return ".".join(self.keys)


def parts(data: bytes) -> Iterator[tuple[int, Field]]:
    """Give the fields of a message, by number."""
    return ((field.number, field) for field in wire.fields(data))


def texts(data: bytes, number: int) -> list[str]:
    """Give all texts of a field."""
    return [cleaned(wire.text(data, field)) for found, field in parts(data) if found == number]


def text(data: bytes, number: int) -> str:
    """Give the text of a field; empty if there is none."""
    return (texts(data, number) or [""])[-1]


def inner(data: bytes, number: int) -> bytes:
    """Give the message of a field; empty if there is none."""
    found = [wire.content(data, field) for at, field in parts(data) if at == number]
    return found[-1] if found else b""


def integer(data: bytes, number: int) -> int | None:
    """Give the integer of a field; None if there is none."""
    found = [wire.integer(data, field) for at, field in parts(data) if at == number]
    return found[-1] if found else None


def seconds(data: bytes) -> float:
    """Give a Timestamp in seconds since 1970; NaN if it is empty."""
    if not data:
        return math.nan
    return (integer(data, 1) or 0) + (integer(data, 2) or 0) / 1e9


def items(data: bytes, number: int) -> Iterator[Item | ValueError]:
    """Give the items of a repeated field; an error for each whose value is none."""
    for at, field in parts(data):
        if at == number:
            content = wire.content(data, field)
            try:
                yield Item(_keys(content), _value(content))
            except ValueError as error:
                yield ValueError(f"`{'.'.join(_keys(content))}`: {error}")


def _keys(data: bytes) -> tuple[str, ...]:
    key = text(data, 1)
    return (key,) if key else tuple(texts(data, 2))


def _value(data: bytes) -> Any:
    """Give the value of an item: as JSON, or in a field of its type, as newer files have it."""
    value: Any = None
    for number, field in parts(data):
        if number in (_VALUE_JSON, 8):
            value = json_value(wire.text(data, field))
        elif number == 4:
            value = bool(wire.integer(data, field))
        elif number == 5:
            value = _signed(wire.integer(data, field))
        elif number == 6:
            value = wire.float64(data, field)
        elif number == 7:
            value = wire.text(data, field)
    return _WORDS.get(value, value) if isinstance(value, str) else value


def put(target: dict[str, Any], item: Item) -> None:
    """Put a value where its names lead to."""
    *around, last = item.keys[:_DEEPEST] or ("",)
    for key in around:
        inside = target.setdefault(key, {})
        if not isinstance(inside, dict):
            inside = target[key] = {}
        target = inside
    target[last] = item.value


def _signed(number: int) -> int:
    """Give an integer that was written in zigzag."""
    plain = number & (2**64 - 1)
    return plain >> 1 ^ -(plain & 1)
