"""Tables and arrays as they are asked for: by their name and a step, shards put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from numpy.typing import NDArray

from bathyscope._errors import DamagedFile, NotRecorded, unknown_name
from bathyscope.runs.files import cannot_read
from bathyscope.runs.layout import Part
from bathyscope.runs.parts import Parts
from bathyscope.runs.sharded import Record, missing_texts
from bathyscope.runs.steps import resolve_step
from bathyscope.runs.wrong import Checked

_Content = TypeVar("_Content")


class Named(Protocol):
    """A run, as far as errors tell of it."""

    path: Path

    @property
    def name(self) -> str:
        """What people call it."""
        ...


class Asked(Generic[_Content]):
    """The tables, or the groups of arrays, of a run.

    Parameters
    ----------
    run : Named
        Whose they are.
    parts : Parts
        Their files.
    kind : str
        What one of them is, in words: ``"table"``.
    read : callable
        Reads a file.
    join : callable
        Puts together what was read of all files of a record, told whether these are shards.
    """

    def __init__(
        self,
        run: Named,
        parts: Parts,
        *,
        kind: str,
        read: Callable[[Part], _Content],
        join: Callable[[list[_Content], bool], dict[str, NDArray[Any]]],
    ) -> None:
        self.parts = parts
        self._run = run
        self._kind = kind
        self._read = read
        self._join = join

    def steps(self, name: str) -> tuple[int, ...]:
        """Give the sorted steps at which something of that name was recorded.

        Raises
        ------
        NotRecorded
            If there is no such name, or some ranks did not record it.
        """
        return _steps(self._records(name))

    def at(self, name: str, step: int) -> list[Record]:
        """Give what was recorded under a name at one step, in recorded order.

        Raises
        ------
        NotRecorded
            If there is no such name or step, or some ranks did not record it.
        """
        records = self._records(name)
        what = f"{self._kind.removeprefix('group of ')} `{name}`"
        try:
            wanted = resolve_step(step, _steps(records), what=what)
        except NotRecorded:
            self._refuse_incomplete(name, step)
            raise
        return [record for record in records if record[0].step == wanted]

    def read(self, record: Record) -> dict[str, NDArray[Any]]:
        """Read what was recorded by one call, or by one call of each rank.

        Raises
        ------
        DamagedFile
            If a file is damaged, or cannot be read.
        """
        part = record[0]
        try:
            contents: list[_Content] = []
            for part in record:
                contents.append(self._read(part))
            return self._join(contents, part.shards > 0)
        except (DamagedFile, OSError) as error:
            reason = cannot_read(error) if isinstance(error, OSError) else str(error)
            raise DamagedFile(
                f"`{self._shown(part)}` of run `{self._run.name}` must be whole to be read; "
                f"{reason}. Restore it from a copy, or use another step."
            ) from error

    def is_good(self, record: Record, checked: Checked) -> bool:
        """Say whether nothing is wrong with the files of a record."""
        return not any(checked.fault(part, self._read) for part in record)

    def faults(self, checked: Checked) -> list[str]:
        """Say what is damaged, and of what the shards of some ranks are missing."""
        found = ((part, checked.fault(part, self._read)) for part in self.parts.every())
        damaged = [f"{self._shown(part)}: {fault}" for part, fault in found if fault]
        folder = self.parts.folder.name
        return damaged + [f"{folder} `{name}`: {text}" for name, text in self.parts.missing()]

    def _records(self, name: str) -> list[Record]:
        found = self.parts.of(name)
        if not found:
            self._refuse_incomplete(name)
            known = unknown_name(self._kind, name, self.parts.names())
            raise NotRecorded(f"Run `{self._run.name}`: {known}")
        return found

    def _refuse_incomplete(self, name: str, step: int | None = None) -> None:
        """Say what is missing, where some ranks recorded their shards of what was asked for."""
        records = [one for one in self.parts.incomplete(name) if step in (None, one[0].step)]
        for text in missing_texts(records):
            raise NotRecorded(
                f"Run `{self._run.name}`: the {self._kind} `{name}` must be recorded by every "
                f"rank; {text}. Call `record` and `watch` on all ranks."
            )

    def _shown(self, part: Part) -> str:
        return part.path.relative_to(self._run.path).as_posix()


def _steps(records: Iterable[Record]) -> tuple[int, ...]:
    return tuple(sorted({record[0].step for record in records}))
