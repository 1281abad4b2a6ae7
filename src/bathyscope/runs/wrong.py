"""Looks through a run for what is wrong with its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from bathyscope._errors import DamagedFile
from bathyscope.runs import layout
from bathyscope.runs.checks import check_bytes
from bathyscope.runs.files import cannot_read, identity
from bathyscope.runs.layout import Part
from bathyscope.runs.parts import Parts

_Read = Callable[[Part], object]


class Checked:
    """What was found wrong with files that are written whole.

    Each is read once, and again when it changes.
    """

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, ...], str]] = {}

    def fault(self, part: Part, read: _Read) -> str:
        """Say what is wrong with a file; nothing if all is well."""
        now = identity(part.path)
        known = self._known.get(part.path)
        if known is None or known[0] != now:
            known = now, _fault(part, read)
            self._known[part.path] = known
        return known[1]


def _fault(part: Part, read: _Read) -> str:
    try:
        check_bytes(part)
        read(part)
    except DamagedFile as error:
        return str(error)
    except OSError as error:
        return cannot_read(error)
    return ""


def strange_files(run: Path, named: tuple[Parts, ...]) -> Iterator[Path]:
    """Give what lies in a run's folders and is no file of a run.

    Parameters
    ----------
    run : pathlib.Path
    named : tuple of Parts
        Its tables and arrays.
    """
    known = {
        layout.SCALARS: [layout.JOURNAL_NAME, layout.SEALED_NAME],
        layout.EVENTS: [layout.EVENTS_NAME],
        layout.ABOUT: [layout.ABOUT_NAME],
    }
    for folder, patterns in known.items():
        for name in layout.strange_names(run / folder, patterns):
            yield run / folder / name
    for parts in named:
        yield from parts.strange()
