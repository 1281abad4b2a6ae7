"""The views: one file each, which is all a new view needs.

Every file of this folder that registers a `View` also defines a function of the view's
name, which makes it from plain arrays: ``views.confusion_matrix(y_true, y_pred)``.
The files are found by looking into the folder, so nothing else has to be edited.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from bathyscope._errors import unknown_name
from bathyscope.views.base import Offer as Offer
from bathyscope.views.base import View as View
from bathyscope.views.base import register as register
from bathyscope.views.base import registry as registry


def _load() -> None:
    """Import every file of the folder, and put each view and its function here."""
    for found in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{found.name}")
    for name, view in registry().items():
        module = importlib.import_module(view.__module__)
        globals()[name] = getattr(module, name)
        globals()[view.__name__] = view


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    raise AttributeError(str(unknown_name("view", name, registry())))


_load()
