"""How a figure shows itself in a notebook: interactive where frames run, a picture elsewhere."""

from __future__ import annotations

import base64
import html
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bathyscope.figures.figure import Figure

#: Height of one row of panels, and of the page around them, in CSS pixels.
_ROW_PX, _FRAME_PX, _MOST_PX = 420, 140, 900


def mimebundle(figure: Figure, *, kind: str, link: str = "") -> dict[str, Any]:
    """Give a figure as plain text, as a PNG picture and as an interactive HTML frame.

    The frame is sandboxed: its scripts cannot reach the notebook. The picture stands behind it in
    the HTML, so that viewers which drop frames (code hosting sites, mail) still show the figure.

    Parameters
    ----------
    figure : Figure
    kind : str
        What made it, for viewers that show plain text only.
    link : str
        Name under which the page talks to the widget beside it, if there is one.
    """
    from bathyscope.figures import web

    rows = -(-len(figure.panels) // max(1, figure.columns))
    height = min(_MOST_PX, _FRAME_PX + rows * _ROW_PX)
    words = f"<{kind}: {figure.title}>"
    page = web.page(figure, link=link)
    return page_bundle(page, (figure,), title=figure.title, words=words, height=height)


def page_bundle(
    page: str, pictures: Sequence[Figure], *, title: str, words: str, height: int = _MOST_PX
) -> dict[str, Any]:
    """Give a whole page as an interactive HTML frame, with pictures for where no frame is shown.

    Parameters
    ----------
    page : str
        HTML that needs nothing but itself.
    pictures : sequence of Figure
        At least one; the first is what viewers show that know pictures only.
    title : str
        What the frame is called, for those who cannot see it.
    words : str
        Shown where there is plain text only.
    height : int
        Of the frame, in CSS pixels.
    """
    drawn = [base64.b64encode(_png(figure)).decode("ascii") for figure in pictures]
    frame = (
        f'<iframe srcdoc="{html.escape(page, quote=True)}" title="{html.escape(title, quote=True)}"'
        ' sandbox="allow-scripts allow-downloads" '
        f'style="width:100%;height:{height}px;border:0"></iframe>'
    )
    behind = "".join(
        f'<img alt="{html.escape(figure.title, quote=True)}" '
        f'src="data:image/png;base64,{picture}" style="display:none">'
        for figure, picture in zip(pictures, drawn, strict=True)
    )
    return {"text/plain": words, "image/png": drawn[0], "text/html": frame + behind}


def _png(figure: Figure) -> bytes:
    from bathyscope.figures import mpl

    with tempfile.TemporaryDirectory() as folder:
        return mpl.save(figure, Path(folder) / "view.png", dpi=100).read_bytes()
