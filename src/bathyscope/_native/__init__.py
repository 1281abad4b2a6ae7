"""What is faster in C: optional, and never different.

Each ``_<name>.c`` of this folder is one extension module of its own, ``_<name>.abi3.so``, which
`scripts/native.py` compiles while the package is built, where there is a C compiler. Each has a
twin in plain Python, next to where it is used, that does the same byte for byte; it steps in
where nothing was compiled, and the tests hold one against the other.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

#: Set to 1 to leave compiled parts alone, for instance to see whether a fault is theirs.
PURE = "BATHYSCOPE_PURE"


def load(name: str, *, interface: int) -> Any | None:
    """Give a compiled module, or None where its twin in Python is to be used.

    Parameters
    ----------
    name : str
        Such as ``"_journal"``.
    interface : int
        The ``INTERFACE`` the caller was written for. What was compiled from other sources, as
        in a checkout that moved on, is left alone.
    """
    if os.environ.get(PURE, "") not in ("", "0"):
        return None
    try:
        module = importlib.import_module(f"{__name__}.{name}")
    except ImportError:
        return None
    return module if getattr(module, "INTERFACE", None) == interface else None
