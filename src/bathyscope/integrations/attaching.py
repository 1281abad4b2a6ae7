"""Find what records for a library: the file of `libraries` of that name."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable
from typing import Any

from bathyscope._errors import MissingDependency, unknown_name
from bathyscope.integrations import libraries


def known_methods() -> tuple[str, ...]:
    """Names under which `libraries` has something, whether its library is installed or not."""
    found = pkgutil.iter_modules(libraries.__path__)
    return tuple(sorted(module.name for module in found if not module.name.startswith("_")))


def usable_methods() -> tuple[str, ...]:
    """Those of `known_methods` whose library is installed."""
    return tuple(name for name in known_methods() if _is_installed(_library_of(name)))


def method_named(name: str, *, others: tuple[str, ...]) -> Callable[..., Any]:
    """Give ``attach`` of the file of that name.

    Parameters
    ----------
    name : str
        Such as ``"xgboost"``.
    others : tuple of str
        What else could have been meant, for the error.

    Raises
    ------
    AttributeError
        If there is no such file; the nearest names are offered.
    MissingDependency
        If its library is not installed.
    """
    if name not in known_methods():
        raise AttributeError(str(unknown_name("method", name, (*known_methods(), *others))))
    library = _library_of(name)
    if not _is_installed(library):
        raise MissingDependency(
            f"`Recording.{name}` records a training by {library}, which is not installed here. "
            f"Install {library} in this environment."
        )
    attach: Callable[..., Any] = importlib.import_module(f"{libraries.__name__}.{name}").attach
    return attach


def _library_of(name: str) -> str:
    return name.partition("_")[0]


def _is_installed(library: str) -> bool:
    return importlib.util.find_spec(library) is not None
