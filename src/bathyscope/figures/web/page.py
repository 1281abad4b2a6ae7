"""One HTML file that holds everything: opened from a disk, it asks no one for anything."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from bathyscope.figures.figure import Figure, Film
from bathyscope.figures.web.encode import Fact, encode_document

SCRIPT = "bathyscope.js"
STYLE = "bathyscope.css"
#: Asks for what the live page begins with, while its script is still being read.
BEGIN = "begin.js"
#: The files of the page, and what they are.
STATIC = {SCRIPT: "text/javascript", STYLE: "text/css", BEGIN: "text/javascript"}

_POLICY = (
    "default-src 'none'; script-src '{script_hash}'; style-src 'unsafe-inline'; "
    "img-src data: blob:; media-src data: blob:; base-uri 'none'; form-action 'none'"
)

_TEMPLATE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="bathyscope">
<title>{title}</title>
<style>{style}</style>
</head>
<body{link}>
<div id="app"><noscript>{title}: this page draws its figures with a script that it contains. \
Allow scripts to see them.</noscript></div>
<script type="application/json" id="document">{document}</script>
<script type="application/json" id="epochs">{epochs}</script>
{blobs}
<script>{script}</script>
</body>
</html>
"""

_LIVE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="bathyscope">
<title>bathyscope</title>
<link rel="icon" href="data:,">
<script src="/static/{begin}?{begin_hash}"></script>
<link rel="stylesheet" href="/static/{style}?{style_hash}">
</head>
<body data-live>
<div id="app"><noscript>The dashboard draws its figures with a script of its own. \
Allow scripts to see them.</noscript></div>
<script src="/static/{script}?{script_hash}"></script>
</body>
</html>
"""

_COPY = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="bathyscope">
<title>{title}</title>
<style>{style}</style>
</head>
<body data-live>
<div id="app"><noscript>{title}: this page draws its figures with a script that it contains. \
Allow scripts to see them.</noscript></div>
<script type="application/json" id="copy">{held}</script>
{blobs}
<script>{script}</script>
</body>
</html>
"""


@dataclass(frozen=True)
class Section:
    """Figures and films under one heading.

    Parameters
    ----------
    title : str
        Heading; may be empty.
    items : tuple of Figure or Film
    room : str
        Sections of one room stand together, and the navigation leads to rooms.
    folded : bool
        Whether only the heading is seen until a reader opens it.
    """

    title: str
    items: tuple[Figure | Film, ...]
    room: str = ""
    folded: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", tuple(self.items))
        for item in self.items:
            if not isinstance(item, Figure | Film):
                raise TypeError(
                    f"`Section.items` must hold figures and films; got {type(item).__name__}."
                )


def page(item: Figure | Film, *, title: str | None = None, link: str = "") -> str:
    """Write one figure or film as an interactive HTML page.

    Parameters
    ----------
    item : Figure or Film
    title : str, optional
        Heading of the page; by default the figure's own title.
    link : str
        See `document`.

    Returns
    -------
    str
        The whole page. It makes no request and may be opened from a file.
    """
    if not isinstance(item, Figure | Film):
        raise TypeError(f"`item` must be a Figure or a Film; got {type(item).__name__}.")
    heading = title or (item.last if isinstance(item, Film) else item).title
    return document(heading, (Section("", (item,)),), link=link)


def document(
    title: str,
    sections: Sequence[Section],
    *,
    facts: Sequence[Fact] = (),
    epochs: Mapping[int, float] | None = None,
    link: str = "",
) -> str:
    """Write many figures and films as one interactive HTML page.

    Parameters
    ----------
    title : str
    sections : sequence of Section
    facts : sequence of (label, value) or (label, value, detail)
        Shown at the top; those with a detail large.
    epochs : mapping of int to float, optional
        Epochs completed at each step, shown beside the step cursor.
    link : str
        Name under which the page tells the page around it, such as a notebook, what is selected;
        without it, it tells nobody.

    Returns
    -------
    str
        The whole page. It makes no request and may be opened from a file.

    Raises
    ------
    FileNotFoundError
        If the pages of this package were not built.
    """
    script = script_safe(built(SCRIPT))
    content, blobs = encode_document(title, sections, facts=facts)
    return _TEMPLATE.format(
        policy=_POLICY.format(script_hash=_hash_source(script)),
        title=html.escape(title),
        link=f' data-link="{html.escape(link, quote=True)}"' if link else "",
        style=_style_safe(built(STYLE)),
        document=content,
        epochs=json.dumps(sorted((int(s), float(e)) for s, e in (epochs or {}).items())),
        blobs="\n".join(_blob(number, text) for number, text in enumerate(blobs)),
        script=script,
    )


def live_page() -> str:
    """Write the page of the live dashboard: it asks its server for everything it shows.

    Raises
    ------
    FileNotFoundError
        If the pages of this package were not built.
    """
    hashes = {name: hashlib.sha256(built(name).encode()).hexdigest()[:16] for name in STATIC}
    return _LIVE.format(
        begin=BEGIN, begin_hash=hashes[BEGIN], style=STYLE, style_hash=hashes[STYLE],
        script=SCRIPT, script_hash=hashes[SCRIPT],
    )  # fmt: skip


def copied_page(title: str, held: str, blobs: Sequence[bytes]) -> str:
    """Write the page of the dashboard with the answers it would ask its server for.

    Parameters
    ----------
    title : str
    held : str
        JSON, safe in a script element: which answer is which blob, and how the page stands.
    blobs : sequence of bytes
        Answers, each deflated without a header.

    Raises
    ------
    FileNotFoundError
        If the pages of this package were not built.
    """
    script = script_safe(built(SCRIPT))
    texts = (base64.b64encode(blob).decode("ascii") for blob in blobs)
    return _COPY.format(
        policy=_POLICY.format(script_hash=_hash_source(script)),
        title=html.escape(title),
        style=_style_safe(built(STYLE)),
        held=held,
        blobs="\n".join(_blob(number, text) for number, text in enumerate(texts)),
        script=script,
    )


def built(name: str) -> str:
    """Read a built file of the page.

    Raises
    ------
    FileNotFoundError
        If the pages of this package were not built.
    """
    file = files("bathyscope.figures.web") / "static" / name
    if not file.is_file():
        raise FileNotFoundError(
            f"The pages of bathyscope must be built before HTML can be written; `{name}` is not "
            "there. In a checkout run `pip install -e .`, or `npm ci && npm run build` in `web/`."
        )
    return file.read_text(encoding="utf-8")


def _blob(number: int, text: str) -> str:
    return f'<script type="application/octet-stream" id="blob-{number}">{text}</script>'


def script_safe(script: str) -> str:
    r"""Keep a script from ending its own element: in its strings ``\x3c`` is ``<``."""
    return re.sub(r"<(?=/script|!--)", r"\\x3c", script, flags=re.IGNORECASE)


def _style_safe(style: str) -> str:
    return style.replace("</style", r"<\/style")


def _hash_source(script: str) -> str:
    """Name the one script that may run, so that nothing smuggled into the data can."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
