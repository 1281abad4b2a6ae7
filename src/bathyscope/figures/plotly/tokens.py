"""Texts in pieces, each on a ground of the colour of its weight."""

from __future__ import annotations

from bathyscope.figures import text as plain
from bathyscope.figures.flow import Piece, flow
from bathyscope.figures.marks import Tokens
from bathyscope.figures.plotly import text
from bathyscope.figures.plotly.canvas import Canvas, Json
from bathyscope.figures.plotly.theme import MONOSPACE_FONT, SMALL, rgb
from bathyscope.figures.plotly.tiles import SIGNS, TONES
from bathyscope.figures.sizing import Room

SIZE, LINE, GAP = 13.0, 23.0, 13.0
MOST_WIDTH, MOST_PIECES = 720.0, 3_000


def _width(words: str) -> float:
    return plain.columns(words) * SIZE * text.MONOSPACE


def _room(room: Room) -> float:
    return min(room.width * 96, MOST_WIDTH)


def _caption_height(mark: Tokens) -> float:
    return LINE if mark.captions or mark.verdicts else 0.0


def _shown(mark: Tokens, room: Room) -> list[tuple[list[Piece], float]]:
    shown: list[tuple[list[Piece], float]] = []
    n_pieces = 0
    for words in mark.texts:
        n_pieces += len(words)
        if shown and n_pieces > MOST_PIECES:
            break
        printable = [piece.replace("\t", " ") for piece in words[:MOST_PIECES]]
        placed, lines = flow(printable, _room(room), measure=_width)
        shown.append((placed, lines * LINE))
    return shown


def size(mark: Tokens, room: Room) -> tuple[float, float]:
    """Width and height in pixels."""
    heights = [height + _caption_height(mark) + GAP for _, height in _shown(mark, room)]
    return _room(room), max(sum(heights) - GAP, LINE)


def draw(mark: Tokens, canvas: Canvas) -> None:
    """Draw text below text, each under its caption."""
    shown = _shown(mark, canvas.room)
    top = 0.0
    for index, (placed, height) in enumerate(shown):
        _draw_caption(mark, canvas, index, top)
        top += _caption_height(mark)
        _draw_text(
            mark, canvas, index, [(piece, top + (piece.line + 0.5) * LINE) for piece in placed]
        )
        top += height + GAP
    left_out = len(mark.texts) - len(shown)
    if left_out:
        canvas.remarks.append(f"{left_out:,} of {len(mark.texts):,} texts left out.")
    if mark.weights is not None and mark.color is not None:
        canvas.show_color_bar(mark.color)


def _draw_caption(mark: Tokens, canvas: Canvas, index: int, top: float) -> None:
    verdict = mark.verdicts[index] if mark.verdicts else ""
    caption = text.fitted(mark.captions[index], canvas.width - 20, SMALL) if mark.captions else ""
    color = canvas.style.tone(TONES[verdict]) if verdict else ""
    sign = f"<span style='color:{color}'><b>{SIGNS[verdict]}</b></span> " if verdict else ""
    if sign or caption:
        canvas.annotations.append(
            {**canvas.refs, "x": 0, "y": top + LINE / 2, "xanchor": "left", "yanchor": "middle",
             "showarrow": False, "text": sign + caption, "borderpad": 0,
             "font": canvas.style.font(SMALL, canvas.style.subtle)}
        )  # fmt: skip


def _draw_text(mark: Tokens, canvas: Canvas, index: int, placed: list[tuple[Piece, float]]) -> None:
    weights = mark.weights[index] if mark.weights is not None else None
    inks = [canvas.style.ink] * len(placed)
    links = _links(mark, index, len(placed))
    if weights is not None and mark.color is not None and placed:
        colors = mark.color.rgb(weights, theme=canvas.style.theme)
        grounds = [colors[piece.index] for piece, _ in placed]
        inks = [canvas.style.text_on(ground) for ground in grounds]
        canvas.add(
            {"type": "bar", "orientation": "h", "x": [piece.width for piece, _ in placed],
             "base": [piece.x for piece, _ in placed], "y": [y for _, y in placed],
             "width": LINE * 0.86,
             "marker": {"color": [rgb(ground) for ground in grounds], "line": {"width": 0}},
             "hovertext": [f"{weights[piece.index]:+.4g}" for piece, _ in placed],
             "hovertemplate": "weight: %{hovertext}<extra></extra>", **links}
        )  # fmt: skip
    canvas.add(
        {"type": "scatter", "mode": "text", "x": [piece.x + piece.width / 2 for piece, _ in placed],
         "y": [y for _, y in placed], "text": [_kept(piece.text) for piece, _ in placed],
         "textposition": "middle center", "cliponaxis": False, "hoverinfo": "skip",
         "textfont": {"family": MONOSPACE_FONT, "size": SIZE, "color": inks}, **links}
    )  # fmt: skip


def _links(mark: Tokens, index: int, n: int) -> Json:
    """Every piece carries the id of its text."""
    if mark.ids is None or len(mark.ids.values) != len(mark.texts):
        return {}
    return {"customdata": [mark.ids.values[index].item()] * n, "meta": {"ids": mark.ids.kind}}


def _kept(words: str) -> str:
    """Keep the spaces at the ends, which a page would drop."""
    return text.literal(words).replace(" ", "&nbsp;")
