"""How a figure shows itself in a notebook: interactive where frames run, a picture elsewhere."""

from __future__ import annotations

import base64
import html
import tempfile
from pathlib import Path
from typing import Any

from bathyscope.figures.figure import Figure

#: Height of one row of panels, and of the page around them, in CSS pixels.
_ROW_PX, _FRAME_PX, _MOST_PX = 420, 140, 900


def mimebundle(figure: Figure, *, kind: str) -> dict[str, Any]:
    """Give a figure as plain text, as a PNG picture and as an interactive HTML frame.

    The frame is sandboxed: its scripts cannot reach the notebook. The picture stands behind it in
    the HTML, so that viewers which drop frames (code hosting sites, mail) still show the figure.

    Parameters
    ----------
    figure : Figure
    kind : str
        What made it, for viewers that show plain text only.
    """
    from bathyscope.figures import web

    picture = base64.b64encode(_png(figure)).decode("ascii")
    page = html.escape(web.page(figure), quote=True)
    rows = -(-len(figure.panels) // max(1, figure.columns))
    height = min(_MOST_PX, _FRAME_PX + rows * _ROW_PX)
    label = html.escape(figure.title, quote=True)
    frame = (
        f'<iframe srcdoc="{page}" title="{label}" sandbox="allow-scripts allow-downloads" '
        f'style="width:100%;height:{height}px;border:0"></iframe>'
        f'<img alt="{label}" src="data:image/png;base64,{picture}" style="display:none">'
    )
    words = f"<{kind}: {figure.title}>"
    return {"text/plain": words, "image/png": picture, "text/html": frame}


def _png(figure: Figure) -> bytes:
    from bathyscope.figures import mpl

    with tempfile.TemporaryDirectory() as folder:
        return mpl.save(figure, Path(folder) / "view.png", dpi=100).read_bytes()
