"""Find the adapter that answers for an object.

Each file of `adapters` is named after the framework it knows. It is imported only when the
user's program already uses that framework, so a new framework is one new file and costs
nothing to those who do not use it.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import sys
from typing import Any

from bathyscope._errors import UnsupportedModel
from bathyscope.models import adapters
from bathyscope.models.protocol import Model


def adapt(obj: Any) -> Model:
    """Find the adapter for a model.

    Parameters
    ----------
    obj : model
        A model of a framework that has an adapter, or anything that answers `Model` itself.

    Returns
    -------
    Model
        Answers the five questions; the object itself if it answers them.

    Raises
    ------
    UnsupportedModel
        If no adapter knows this kind of object.
    """
    if isinstance(obj, Model) and not isinstance(obj, type):
        return obj
    for framework in _frameworks_in_use(obj):
        adapter = importlib.import_module(f"{adapters.__name__}.{framework}")
        model: Model | None = adapter.adapt(obj)
        if model is not None:
            return model
    raise _unsupported(obj)


@functools.cache
def known_frameworks() -> tuple[str, ...]:
    """Import names of the frameworks that have an adapter."""
    found = pkgutil.iter_modules(adapters.__path__)
    return tuple(sorted(module.name for module in found if not module.name.startswith("_")))


def _frameworks_in_use(obj: Any) -> list[str]:
    """Frameworks the program uses, those nearest to the object's class first.

    A Keras model on the torch back end is a torch module too: what it derives from
    first is what it is.
    """
    roots = [base.__module__.partition(".")[0] for base in type(obj).__mro__]
    in_use = [name for name in known_frameworks() if _is_in_use(name)]
    return sorted(in_use, key=lambda name: roots.index(name) if name in roots else len(roots))


def _is_in_use(framework: str) -> bool:
    # A mere folder of that name is importable too (as a namespace), but has no file of its own.
    return getattr(sys.modules.get(framework), "__file__", None) is not None


def _unsupported(obj: Any) -> UnsupportedModel:
    frameworks = known_frameworks()
    supported = " or ".join(f"`{name}`" for name in frameworks)
    given = f"a `{type(obj).__module__}.{type(obj).__qualname__}`"
    advice = "For anything else, pass an object with the methods of `bathyscope.models.Model`."
    if isinstance(obj, type):
        given = f"the class `{obj.__name__}`"
        advice = "Pass an instance: a model that has been built."
    elif isinstance(obj, dict):
        advice = "For a dictionary of weights, pass the model they belong to, or a file of them."
    elif not any(_is_in_use(name) for name in frameworks):
        advice = f"None of these frameworks is imported in this program. {advice}"
    return UnsupportedModel(f"`model` must be a model made with {supported}; got {given}. {advice}")
