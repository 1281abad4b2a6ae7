"""What the page believes a mark to be must be what Python sends."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from bathyscope.figures.web.decode import KINDS

TYPES = Path(__file__).parents[3] / "web" / "src" / "data" / "types.ts"


def interfaces() -> dict[str, set[str]]:
    """Fields of every TypeScript interface that carries a `type`, by that type."""
    text = TYPES.read_text(encoding="utf-8")
    blocks = re.findall(r"^export interface \w+ \{\n(.*?)^\}", text, flags=re.M | re.S)
    found: dict[str, set[str]] = {}
    for block in blocks:
        names = re.findall(r"^  (\w+)\??:", block, flags=re.M)
        types = re.findall(r"^  type: '(\w+)';", block, flags=re.M)
        for name in types:
            found.setdefault(name, set(names) - {"type"})
    return found


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"film", "mark"}))
def test_the_page_knows_every_field(name):
    assert interfaces()[name] == {item.name for item in fields(KINDS[name])}


def test_the_page_knows_nothing_else():
    assert set(interfaces()) <= set(KINDS)
