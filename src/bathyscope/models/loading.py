"""Read a file of weights as a model that can say what it holds.

Each file of `files` knows one format, by the endings it lists. Nothing that came with a
file is ever run.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from pathlib import Path
from types import ModuleType

from bathyscope._errors import UnsupportedModel
from bathyscope.models import files
from bathyscope.models.protocol import Model


def load(path: str | os.PathLike[str]) -> Model:
    """Read a file of weights.

    Parameters
    ----------
    path : str or path
        A ``.keras``, ``.h5``, ``.hdf5``, ``.safetensors``, ``.pt``, ``.pth`` or ``.bin`` file.

    Returns
    -------
    Model
        Answers for its layers and parameters; what needs a network to run raises `Unanswered`.

    Raises
    ------
    UnsafeFile
        If reading it would run code that came with it.
    UnsupportedModel
        If its ending is not that of a known format.
    FileNotFoundError
    """
    target = Path(path)
    if not target.exists():
        raise FileNotFoundError(f"There is no file `{target}`.")
    if target.is_dir():
        raise IsADirectoryError(f"`path` must be a file of weights; `{target}` is a folder.")
    formats = _formats()
    for module in formats:
        if target.name.lower().endswith(module.ENDINGS):
            return module.load(target)
    endings = ", ".join(ending for module in formats for ending in module.ENDINGS)
    raise UnsupportedModel(
        f"`path` must end in one of {endings}; got `{target.name}`. "
        "Save the weights in one of these formats, for example with safetensors."
    )


def _formats() -> list[ModuleType]:
    """Modules of `files` that list endings, the longest ending first."""
    names = (m.name for m in pkgutil.iter_modules(files.__path__) if not m.name.startswith("_"))
    modules = [importlib.import_module(f"{files.__name__}.{name}") for name in sorted(names)]
    return sorted(modules, key=lambda module: -max(len(ending) for ending in module.ENDINGS))
