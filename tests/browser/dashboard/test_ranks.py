"""A run of several ranks on the page: a curve for each, and whose value the other charts show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bathyscope.runs import RunWriter


@pytest.fixture
def shown(serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    path = tmp_path / "runs" / "together"
    for rank in range(3):
        with monkeypatch.context() as as_rank:
            as_rank.setenv("RANK", str(rank))
            as_rank.setenv("WORLD_SIZE", "3")
            with RunWriter(path, resume=path.exists()) as writer:
                for step in range(1, 20):
                    writer.log_scalars({"loss": rank + 1 / step}, step=step)
    return serve(path.parent)


def test_each_rank_has_its_curve_and_its_facts(shown: Any, visit: Any, until: Any) -> None:
    page = visit(shown)
    page.get_by_role("link", name="together").click()
    page.locator(".facts").get_by_text("ranks", exact=True).wait_for()
    page.get_by_role("link", name=re.compile("Training")).click()
    card = page.get_by_role("article", name="loss by rank", exact=True)
    card.scroll_into_view_if_needed()
    for rank in range(3):
        card.get_by_role("button", name=f"rank {rank}", exact=True).wait_for()
    assert page.get_by_text("these charts show the rank that joined last").count() == 1
    card.get_by_text("the last of all is rank 2.").wait_for()
