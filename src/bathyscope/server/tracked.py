"""A run that notes which of its parts were asked for: what is made of it depends on no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from bathyscope.reports.parts import Columns
from bathyscope.server.pulse import (
    ABOUT,
    ARRAYS,
    EVENTS,
    LOG,
    SCALARS,
    TABLES,
    part_of_arrays,
    part_of_table,
)

Kept = Callable[[str, int, Callable[[], Columns]], Columns]
Computed = Callable[[str, frozenset[str], Callable[[], Columns]], Columns]


class TrackedRun:
    """Answers for a run, and remembers what was asked.

    Parameters
    ----------
    run : Run
        Or another that answers like it.
    kind : str
        A TensorBoard log is one part.
    series : callable, optional
        Gives a metric by its name, sooner than the run where others asked for it before.
    kept : callable, optional
        Gives the arrays or the table of a part at a step, and reads them only if it must.
    computed : callable, optional
        Gives what is made of some parts by a name, and makes it only if it must.
    """

    def __init__(
        self,
        run: Any,
        kind: str = "run",
        series: Callable[[str], Any] | None = None,
        kept: Kept | None = None,
        *,
        computed: Computed | None = None,
    ) -> None:
        self._run = run
        self._series = series or run.scalars
        self._kept = kept if kind == "run" else None  # a log is in memory already
        self._computed = computed
        self._asked: set[str] = {ABOUT} if kind == "run" else {LOG}
        self._is_whole = kind != "run"

    @property
    def parts(self) -> frozenset[str]:
        """The parts that were asked for."""
        return frozenset(self._asked)

    def computed(self, what: str, make: Callable[[], Columns]) -> Columns:
        """Give what several pictures make by this name of what was asked for until now."""
        return make() if self._computed is None else self._computed(what, self.parts, make)

    def _once(self, part: str, step: int, read: Callable[[], Columns]) -> Columns:
        return read() if self._kept is None else self._kept(part, step, read)

    def _note(self, part: str) -> None:
        if not self._is_whole:
            self._asked.add(part)

    @property
    def name(self) -> str:
        """What the run is called."""
        return self._run.name

    @property
    def status(self) -> str:
        """Whether it runs."""
        self._note(EVENTS)
        return self._run.status

    @property
    def config(self) -> Mapping[str, Any]:
        """Its settings."""
        self._note(EVENTS)
        return self._run.config

    def scalar_names(self) -> tuple[str, ...]:
        """Names of the recorded scalars."""
        self._note(SCALARS)
        return self._run.scalar_names()

    def scalars(self, name: str, *, rank: int | None = None) -> Any:
        """One scalar by step, or what one rank recorded of it."""
        self._note(SCALARS)
        if rank is None:
            return self._series(name)
        self._note(EVENTS)
        return self._run.scalars(name, rank=rank)

    def long_scalars(self, name: str) -> Any:
        """One scalar to be read piece by piece; None where that cannot be had."""
        self._note(SCALARS)
        find = getattr(self._run, "long_scalars", None)
        return None if find is None else find(name)

    def scalars_all(self, name: str) -> Any:
        """One scalar by step, with the values that were replaced."""
        self._note(SCALARS)
        return self._run.scalars_all(name)

    def scalar_names_by_rank(self) -> Mapping[int, tuple[str, ...]]:
        """Names of the scalars that each rank recorded."""
        self._note(SCALARS)
        self._note(EVENTS)
        return self._run.scalar_names_by_rank()

    def scalars_by_rank(self, name: str, *, keep_all: bool = False) -> Mapping[int, Any]:
        """One scalar as each rank recorded it."""
        self._note(SCALARS)
        self._note(EVENTS)
        return self._run.scalars_by_rank(name, keep_all=keep_all)

    def summaries(self) -> Any:
        """First and last value of every scalar."""
        self._note(SCALARS)
        return self._run.summaries()

    def array_groups(self) -> tuple[str, ...]:
        """Names of the groups of arrays."""
        self._note(ARRAYS)
        return self._run.array_groups()

    def array_steps(self, group: str) -> tuple[int, ...]:
        """Steps at which a group was recorded."""
        self._note(part_of_arrays(group))
        return self._run.array_steps(group)

    def arrays(self, group: str, *, step: int = -1) -> Mapping[str, NDArray[Any]]:
        """Arrays of a group at a step."""
        part = part_of_arrays(group)
        self._note(part)
        return self._once(part, step, lambda: self._run.arrays(group, step=step))

    def table_names(self) -> tuple[str, ...]:
        """Names of the recorded tables."""
        self._note(TABLES)
        return self._run.table_names()

    def table_steps(self, name: str) -> tuple[int, ...]:
        """Steps at which a table was recorded."""
        self._note(part_of_table(name))
        return self._run.table_steps(name)

    def table(self, name: str, *, step: int = -1) -> Mapping[str, NDArray[Any]]:
        """Columns of a table at a step."""
        part = part_of_table(name)
        self._note(part)
        return self._once(part, step, lambda: self._run.table(name, step=step))

    def events(self, kind: str | None = None) -> Sequence[Mapping[str, Any]]:
        """What happened, in order."""
        self._note(EVENTS)
        return self._run.events(kind)

    def resolve_step(self, step: int, steps: Sequence[int], *, what: str) -> int:
        """Find a step among those recorded."""
        return self._run.resolve_step(step, steps, what=what)
