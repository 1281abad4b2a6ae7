"""Find what records for a library: the file of `libraries` of that name."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from types import MethodType
from typing import Any

from bathyscope._errors import MissingDependency
from bathyscope.integrations import libraries

#: Elsewhere what follows an underscore says which of several ways of a library is meant.
_WITH_UNDERSCORE = ("keras_tuner",)


def known_methods() -> tuple[str, ...]:
    """Names under which `libraries` has something, whether its library is installed or not."""
    found = pkgutil.iter_modules(libraries.__path__)
    return tuple(sorted(module.name for module in found if not module.name.startswith("_")))


def usable_methods() -> tuple[str, ...]:
    """Those of `known_methods` whose library is installed."""
    return tuple(name for name in known_methods() if _is_installed(_library_of(name)))


class LibraryMethod:
    """A method that is ``attach`` of a file of `libraries`, imported when it is asked for.

    ``__getattr__`` would do the same, but would slow every attribute of the object down.

    Parameters
    ----------
    name : str
        Such as ``"xgboost"``.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """Give the method of an object.

        Raises
        ------
        MissingDependency
            If the library is not installed.
        """
        if instance is None:
            return self
        library = _library_of(self.name)
        if not _is_installed(library):
            raise MissingDependency(
                f"`Recording.{self.name}` records a training by {library}, which is not installed "
                f"here. Install {library} in this environment."
            )
        module = importlib.import_module(f"{libraries.__name__}.{self.name}")
        return MethodType(module.attach, instance)


def add_library_methods(owner: type) -> None:
    """Give a class a method for every file of `libraries`."""
    for name in known_methods():
        setattr(owner, name, LibraryMethod(name))


def _library_of(name: str) -> str:
    return name if name in _WITH_UNDERSCORE else name.partition("_")[0]


def _is_installed(library: str) -> bool:
    return importlib.util.find_spec(library) is not None
