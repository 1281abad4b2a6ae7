"""What is selected in a notebook's pictures, in Python: pages in frames, linked by an anywidget.

The pages are those of `notebook`; the widget beside them carries the selection to and fro. So
whoever drops widgets (converted notebooks, code hosting sites) still shows the page or a picture.
"""

from __future__ import annotations

import functools
import importlib.util
import secrets
import sys
import weakref
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from bathyscope._optional import require

#: What is selected: kind of thing ("sample", "class", "layer", ...) -> ids.
Selected = Mapping[str, list[Any]]

_widgets: dict[int, Any] = {}


def link(owner: Any, page: Callable[[str], str]) -> Any | None:
    """Give the widget that links what a kernel displays, or None where nothing can be linked.

    Parameters
    ----------
    owner : object
        What is displayed; its widget ends with it.
    page : method of the owner
        Makes the HTML page; it is given the name under which page and widget talk.
    """
    if not _is_kernel() or importlib.util.find_spec("anywidget") is None:
        return None
    return widget(owner, page)


def widget(owner: Any, page: Callable[[str], str]) -> Any:
    """Give the one widget of what can be displayed; made when first asked for.

    Raises
    ------
    MissingDependency
        If anywidget is not installed.
    """
    found = _widgets.get(id(owner))
    if found is None:
        found = _widgets[id(owner)] = _widget_class()(weakref.WeakMethod(page), weakref.ref(owner))
        weakref.finalize(owner, _end, id(owner))
    return found


def selection(owner: Any) -> dict[str, list[Any]]:
    """Give what is selected in the pages of a widget; nothing if there is no widget."""
    found = _widgets.get(id(owner))
    return dict(found.selection) if found is not None else {}


def _end(key: int) -> None:
    ended = _widgets.pop(key, None)
    if ended is not None:
        ended.close()


def _is_kernel() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None


@functools.cache
def _widget_class() -> type:
    anywidget = require("anywidget", extra="notebook", caller="widget")
    traitlets = require("traitlets", extra="notebook", caller="widget")

    class PageWidget(anywidget.AnyWidget):
        """A page in a notebook whose selection can be read, set and observed.

        Parameters
        ----------
        page, owner : weak reference
            To the method that makes the page, given the name of the link, and to its object.
        """

        _esm = (files("bathyscope.views") / "widget.js").read_text(encoding="utf-8")
        #: Only pages that know it are listened to.
        token = traitlets.Unicode().tag(sync=True)
        #: Kind of thing ("sample", "class", "layer", ...) -> ids.
        selection = traitlets.Dict().tag(sync=True)

        def __init__(
            self, page: weakref.WeakMethod[Callable[[str], str]], owner: weakref.ref[Any]
        ) -> None:
            super().__init__(token=secrets.token_hex(16))
            self._page, self._owner = page, owner
            self.on_msg(self._answer)

        def selected_ids(self, kind: str = "sample") -> list[Any]:
            """Give the ids of what is selected of one kind, in no particular order."""
            return list(self.selection.get(kind, []))

        def select(self, kind: str, ids: Any) -> None:
            """Select things of one kind, and no others of it, on all pages of this widget."""
            others = {name: held for name, held in self.selection.items() if name != kind}
            chosen = [id_.item() if hasattr(id_, "item") else id_ for id_ in ids]
            self.selection = {**others, kind: chosen} if chosen else others

        def _answer(self, _: Any, content: Any, buffers: Any) -> None:
            """Send the page when a frame asks for it: kept as state, it would be saved twice."""
            del buffers
            page = self._page()
            if page is not None and isinstance(content, dict) and content.get("ask") == "page":
                self.send({"page": page(self.token)})

        def _repr_mimebundle_(self, **options: Any) -> Any:
            del options
            owner = self._owner()
            return owner._repr_mimebundle_() if owner is not None else {"text/plain": repr(self)}

    return PageWidget
