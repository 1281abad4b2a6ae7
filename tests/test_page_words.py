"""What the page tells people to call is there to be called."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bathyscope as bs
from bathyscope.cli.main import COMMANDS

WORDS = Path(__file__).parents[1] / "web" / "src" / "words"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_calls_and_commands_named_in_the_page_exist(language: str) -> None:
    text = (WORDS / f"{language}.ts").read_text(encoding="utf-8")
    calls = set(re.findall(r"`(bs|run)\.(\w+)\(", text))
    assert len(calls) >= 4
    owners = {"bs": bs, "run": bs.record}
    assert [call for call in calls if not hasattr(owners[call[0]], call[1])] == []
    commands = set(re.findall(r"`bathyscope (\w+)", text))
    assert "view" in commands
    assert commands <= set(COMMANDS)
