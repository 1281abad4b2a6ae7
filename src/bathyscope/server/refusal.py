"""A request that is not answered, and why."""

from __future__ import annotations

import html
import re


class Refusal(Exception):
    """Says what must hold, what was given and what to do.

    Parameters
    ----------
    status : int
        Of the HTTP answer.
    reason : str
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status

    def page(self) -> str:
        """Give the reason as a page: all that somebody sees who is not let in."""
        reason = re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(str(self)))
        chinese = f'<p lang="zh-CN">{_CHINESE}</p>' if self.status == 401 else ""
        return f"{_PAGE}<h1>bathyscope</h1><p>{reason}</p>{chinese}</main>"


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>bathyscope</title>
<meta name="viewport" content="width=device-width">
<style>
:root { color-scheme: light dark; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 34em; margin: 14vh auto; padding: 0 24px; overflow-wrap: anywhere; }
h1 { font-size: 20px; }
code { font-size: 0.92em; }
</style>
<main>"""
_CHINESE = (
    "请求必须带有此面板的令牌（token），或由它换得的 cookie。请打开 <code>bathyscope view</code> "
    "显示的完整地址（含 <code>?token=</code>）。"
)
