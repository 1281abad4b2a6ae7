"""The one place that speaks about libraries that are not installed."""

from __future__ import annotations

import importlib
from types import ModuleType

from bathyscope._errors import MissingDependency


def require(module: str, *, extra: str, caller: str) -> ModuleType:
    """Import an optional library, or say how to install it.

    Parameters
    ----------
    module : str
        Import name, such as ``"plotly.graph_objects"``.
    extra : str
        The extra of this package that brings it: ``pip install 'bathyscope[extra]'``.
    caller : str
        What the user asked for, such as ``"View.plotly"``.

    Raises
    ------
    MissingDependency
        If the library cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        library = module.partition(".")[0]
        raise MissingDependency(
            f"`{caller}` needs {library}, which cannot be imported here ({error}). "
            f"Install it with: pip install 'bathyscope[{extra}]'"
        ) from error
