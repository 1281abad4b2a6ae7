"""The errors a caller may want to catch.

::

    BathyscopeError
    ├── MissingDependency (ImportError)    an optional library is not installed
    ├── UnsupportedModel (TypeError)       no adapter knows this object
    ├── Unanswered (NotImplementedError)   the adapter cannot answer this question, and says why
    ├── UnknownName (LookupError)          no layer, parameter, metric or sample of that name
    ├── UnsafeFile (ValueError)            reading it would run code that came with the file
    └── RunError
        ├── RunNotFound (FileNotFoundError)
        ├── NotRecorded (LookupError)      the run is there, but does not hold this
        └── DamagedFile (ValueError)       a file of the run cannot be read

Wrong arguments raise the built-in ``ValueError`` or ``TypeError``. Every message
says what must hold, what was given, and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BathyscopeError(Exception):
    """Base of every error this package defines."""


class MissingDependency(BathyscopeError, ImportError):
    """An optional library is needed and not installed."""


class UnsupportedModel(BathyscopeError, TypeError):
    """No adapter knows this kind of object."""


class Unanswered(BathyscopeError, NotImplementedError):
    """The adapter cannot answer this question about this model."""


class UnknownName(BathyscopeError, LookupError):
    """A layer, parameter, metric or view of that name does not exist."""


class UnsafeFile(BathyscopeError, ValueError):
    """Reading this file would run code that came with it."""


class RunError(BathyscopeError):
    """Something is wrong with a recorded run."""


class RunNotFound(RunError, FileNotFoundError):
    """There is no run at this place."""


class NotRecorded(RunError, LookupError):
    """The run does not hold what was asked for."""


class DamagedFile(RunError, ValueError):
    """A file of the run is damaged, or newer than this version can read."""


def unknown_name(
    kind: str, given: str, known: Iterable[str], *, suggestions: int = 5
) -> UnknownName:
    """Build the error for a wrong name, offering the nearest right ones.

    Parameters
    ----------
    kind : str
        What was looked up: ``"layer"``, ``"metric"``.
    given : str
        The name that was not found.
    known : iterable of str
        The names that exist.
    suggestions : int
        How many names to offer at most.
    """
    names = list(known)
    if not names:
        wanted = f" `{given}`, nor any other" if given else ""
        return UnknownName(f"There is no {kind}{wanted} here.")
    lowered = {name.lower(): name for name in reversed(names)}
    near = [
        lowered[match]
        for match in difflib.get_close_matches(given.lower(), lowered, n=suggestions, cutoff=0.4)
    ]
    offered = near or names[:suggestions]
    lead = "Did you mean" if near else "Known names are"
    listing = ", ".join(f"`{name}`" for name in offered)
    rest = len(names) - len(offered)
    more = f" ({rest} more)" if rest and not near else ""
    mark = "?" if near else "."
    return UnknownName(f"There is no {kind} `{given}`. {lead} {listing}{more}{mark}")
