"""How two figures are compared: every field, every array bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Name every value inside a figure by its place, in a form that compares bit for bit."""
    if is_dataclass(value):
        yield at, type(value).__name__
        for item in fields(value):
            yield from leaves(getattr(value, item.name), f"{at}.{item.name}")
    elif isinstance(value, Mapping | tuple):
        yield at, (type(value).__name__, len(value))
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for place, (key, held) in enumerate(pairs):
            yield from leaves(held, f"{at}[{place}: {key!r}]")
    else:
        yield at, comparable(value)


def comparable(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "U":
            return "text", value.shape, tuple(value.ravel().tolist())
        return value.dtype.name, value.shape, value.tobytes()
    if isinstance(value, float):
        return value.hex()
    return type(value).__name__, value


@pytest.fixture(name="differences")
def differences_fixture() -> Callable[[Any, Any], list[Any]]:
    """A function that lists every value in which two figures differ."""

    def differences(given: Any, found: Any) -> list[Any]:
        return sorted(set(leaves(given)) ^ set(leaves(found)), key=str)

    return differences
