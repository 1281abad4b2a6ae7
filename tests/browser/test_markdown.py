"""Texts in Markdown are drawn as such; whatever stands in them is text and does nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import bathyscope as bs

TEXT = """# Results of the night

Two runs, **one** of them *good*, one with `lr=0.1`:

| run | loss | note |
|:----|-----:|------|
| a   | 0.25 | fine |
| b   | 7.5  | ~~fine~~ diverged |

- first
  - inner
- second, see [the page](https://example.org/a(b))

1. one
2. two

> said before

```python
def f(*args):
    return args  # no **bold** here
```

![a curve](https://example.org/curve.png)
"""
ATTACKS = (
    "# x\n<script>window.hurt = 1</script>",
    "- <img src=x onerror='window.hurt = 2'>\n- <svg onload=alert(1)>",
    "[click **me**](javascript:window.hurt=3)",
    "[data](data:text/html,<script>window.hurt=4</script>) and **so**",
    "![x](javascript:window.hurt=5) **and** ![y](https://example.org/spy.png)",
    "|a|\n|-|\n|<iframe srcdoc='<script>parent.hurt=6</script>'>|",
    "```\n</code></pre><script>window.hurt = 7</script>\n```",
    "# \u202eevil\u202c &lt;script&gt; &#x3c;b&#x3e;",
)
OpenHtml = Callable[..., Any]


@pytest.fixture
def page(open_html: OpenHtml, until: Callable[..., None]) -> Any:
    shown = open_html(bs.views.texts([TEXT], longest=5000).html())
    until(shown, "document.querySelectorAll('.formatted table').length === 1")
    return shown


def test_markdown_is_drawn(page: Any) -> None:
    shown = page.locator(".formatted")
    headings = shown.get_by_role("heading").all_inner_texts()
    assert headings == ["Results of the night"]
    assert shown.locator("th").all_inner_texts() == ["run", "loss", "note"]
    assert shown.locator("td").all_inner_texts()[:3] == ["a", "0.25", "fine"]
    aligned = shown.locator("td").nth(1).evaluate("cell => getComputedStyle(cell).textAlign")
    assert aligned == "right"
    assert shown.locator("strong").all_inner_texts() == ["one"]
    assert shown.locator("del").all_inner_texts() == ["fine"]
    assert shown.locator("ul ul > li").all_inner_texts() == ["inner"]
    assert shown.locator("ol > li").all_inner_texts() == ["one", "two"]
    assert shown.locator("blockquote").inner_text().strip() == "said before"
    assert "# no **bold** here" in shown.locator("pre").inner_text()
    assert "(https://example.org/a(b))" in shown.inner_text()
    assert shown.locator("a, img").count() == 0


def test_a_reader_may_see_it_as_it_was_written(page: Any, until: Callable[..., None]) -> None:
    page.get_by_label("Formatted").uncheck()
    until(page, "document.querySelectorAll('.formatted').length === 0")
    assert "| a   | 0.25 | fine |" in page.locator("li .text").inner_text()
    page.get_by_label("Formatted").check()
    until(page, "document.querySelectorAll('.formatted').length === 1")


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_in_a_text_is_more_than_text(
    attack: str, open_html: OpenHtml, until: Callable[..., None]
) -> None:
    page = open_html(bs.views.texts([attack]).html())
    until(page, "document.querySelectorAll('.formatted').length === 1")
    made = page.locator(".formatted").evaluate(
        "place => [...place.querySelectorAll('*')].map(e => e.localName)"
    )
    allowed = {"p", "span", "strong", "em", "code", "pre", "ul", "ol", "li", "br", "div", "table",
               "thead", "tbody", "tr", "th", "td"}  # fmt: skip
    assert set(made) <= allowed
    names = page.locator(".formatted").evaluate(
        "place => [...place.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"
    )
    assert set(names) <= {"class", "role", "aria-level", "style", "start"}
    assert page.evaluate("window.hurt === undefined")


def test_a_text_that_is_no_markdown_is_drawn_as_it_is(
    open_html: OpenHtml, until: Callable[..., None]
) -> None:
    text = "loss:  0.5\n  acc:  0.9 * 2"
    page = open_html(bs.views.texts([text]).html())
    until(page, "document.querySelectorAll('li .text').length === 1")
    assert page.locator("li .text").evaluate("place => place.textContent") == text
    assert page.get_by_label("Formatted").count() == 0
