"""Records into a run: every call writes, and what it wrote outlives the process."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Never, Self

from bathyscope._errors import RunError
from bathyscope.runs import status as outcome
from bathyscope.runs.arrays import write_arrays
from bathyscope.runs.background import PART_BYTES, Sealer
from bathyscope.runs.bulk import sort_columns
from bathyscope.runs.claim import check_settings, claim, later_session
from bathyscope.runs.events import VERSION, EventWriter
from bathyscope.runs.files import (
    FinishedError,
    cannot_write,
    closed_error,
    publish_once,
    read_small,
    sync_if_there,
)
from bathyscope.runs.gap import GAP, Gap
from bathyscope.runs.journal import JournalWriter, step_error
from bathyscope.runs.layout import (
    ARRAYS,
    EVENTS,
    MANIFEST,
    SCALARS,
    TABLES,
    new_writer,
)
from bathyscope.runs.liveness import this_process
from bathyscope.runs.manifest import write_manifest
from bathyscope.runs.ranks import this_rank
from bathyscope.runs.sealing import publish_part, seal
from bathyscope.runs.sharded import Shard
from bathyscope.runs.tables import write_table

_LARGEST = 2**63
_DELETED = (
    "The folder of this run was deleted while it was being written. What was recorded until then "
    "is lost; from here on it is recorded in a new folder."
)


class RunWriter:
    """Records into one run folder. Threads may share it; a forked process gets its own files.

    Parameters
    ----------
    path : str or path
        The run's folder. It must not exist, unless ``resume`` is true.
    name : str, optional
        Shown to people; by default the folder's name.
    config : mapping, optional
        Settings of the run. What has no JSON form is kept as its ``repr``.
    tags : sequence of str
    group : str, optional
        What the run is one of, such as the name of a search.
    resume : bool
        Go on with a run that is there. Values of a step that was recorded before replace
        those, which stay readable by `Run.scalars_all`.
    forked_from : str, optional
        The writer of the process that started this one to work for it: what became of the run is
        for that one to say.

    Raises
    ------
    RunError
        If the folder exists and ``resume`` is false, or the disk refuses.

    Examples
    --------
    >>> with RunWriter("runs/a", config={"lr": 1e-3}) as run:  # doctest: +SKIP
    ...     run.log_scalars({"loss": 0.5}, step=1)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        config: Mapping[str, Any] | None = None,
        tags: Sequence[str] = (),
        group: str | None = None,
        resume: bool = False,
        forked_from: str | None = None,
    ) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 (links are kept as they are)
        check_settings(name, config, tags, group)
        claim(self.path, resume=resume)
        self._parts = itertools.count()
        self._lock = threading.RLock()
        self._take(None)
        self._journals: list[Path] = []
        self._sealer: Sealer | None = None
        self._events: EventWriter | None = None
        self._is_finished = False
        self._refusals: list[Exception] = []
        self._parent = forked_from
        self._manifest = b""
        self.writer = new_writer(self.path)
        is_new = not (self.path / MANIFEST).exists()
        if is_new:
            write_manifest(
                self.path,
                name=name or self.path.name,
                config=config or {},
                tags=tags,
                group=group or "",
            )
        if forked_from is not None:
            self._begin(outcome.FORKED, {"parent": forked_from})
        elif is_new:
            self._begin(outcome.STARTED, {})
        else:
            self._begin(outcome.RESUMED, later_session(config, tags))
        with contextlib.suppress(OSError):
            self._manifest = read_small(self.path / MANIFEST)
        _OPEN.add(self)

    @property
    def is_finished(self) -> bool:
        """Whether `finish` was called."""
        return self._is_finished

    def _begin(self, kind: str, extra: Mapping[str, Any]) -> EventWriter:
        """Write the first event of this process: by it others know whether it lives."""
        events = EventWriter(self.path / EVENTS / f"{self.writer}.jsonl")
        about = {"version": VERSION, "process": this_process(), **this_rank()}
        events.append(kind, {**about, **extra})
        self._events = events
        return events

    def _opened_events(self) -> EventWriter:
        with self._lock:
            if self._is_finished:
                raise closed_error()
            if self._events is not None:
                return self._events
            self.writer = new_writer(self.path)
            if self._parent is None:  # after `_begin_again`
                return self._begin(outcome.RESUMED, {})
            return self._begin(outcome.FORKED, {"parent": self._parent})

    def _take(self, journal: JournalWriter | Gap | None) -> None:
        """Go on with a journal; None for none until the next call."""
        self._journal = journal
        #: ``(values, step, None) -> bool``: records them now if that needs no second look, else
        #: is False, or an OSError; then `log_scalars` does it, or says why not.
        self.log_plain: Callable[[Any, Any, Any], bool] = (
            _log_nothing if journal is None else journal.quick
        )

    def _opened_journal(self) -> JournalWriter | Gap:
        with self._lock:
            self._opened_events()
            if self._journal is not None:
                return self._journal
            journal = self._begin_part()
            self._take(journal)
            if self._sealer is None:
                self._sealer = Sealer(self._next_full)
            return journal

    def _begin_part(self) -> JournalWriter:
        name = f"{self.writer}-{len(self._journals)}.journal"
        journal = JournalWriter(self.path / SCALARS / name)
        self._journals.append(journal.path)
        return journal

    def _next_full(self) -> Path | None:
        """End the current journal if it is full, and begin the next; give the full one."""
        with self._lock:
            journal = self._journal
            if isinstance(journal, JournalWriter) and journal.is_deleted():
                self._begin_again(journal)
                return None
            if not isinstance(journal, JournalWriter) or journal.size() < PART_BYTES:
                return None
            if not journal.path.exists():  # the run was moved, and is to stay whole
                return None
            try:
                self._take(self._begin_part())
            except RunError:  # no room for another file; this one may still grow
                return None
        self._try(journal.close)
        return journal.path

    def _begin_again(self, deleted: JournalWriter) -> None:
        """Make the run's folder anew: somebody deleted the one that is written to."""
        events, self._events = self._events, None
        self._take(None)
        self._journals.clear()
        self._try(deleted.close)
        if events is not None:
            self._try(events.close)
        # What the disk refuses now, the next call says.
        with contextlib.suppress(OSError, RunError):
            self.path.mkdir(parents=True, exist_ok=True)
            publish_once(self.path / MANIFEST, self._manifest)
            self.log_event("note", text=_DELETED)
        with contextlib.suppress(Exception):  # as where warnings are made errors
            warnings.warn(f"bathyscope: {self.path}: {_DELETED}", stacklevel=1)

    def log_scalars(
        self, values: Mapping[str, float], *, step: int, time: float | None = None
    ) -> None:
        """Record the values of some metrics at one step.

        Parameters
        ----------
        values : mapping of str to float
            NaN and the infinities are recorded as such. ``/`` in a name makes a hierarchy.
        step : int
            Number of optimizer steps done; steps may come in any order.
        time : float, optional
            Seconds since 1970 (UTC), kept to the microsecond; by default now.

        Raises
        ------
        TypeError, ValueError
            If a name, a value, the step or the time is none.
        RunError
            If the disk refuses, or the run is finished.
        """
        moment = None if time is None else _microseconds(time)
        try:
            (self._journal or self._opened_journal()).append(values, step, moment)
        except FinishedError:  # the run is; or only this part, and there is a new one
            self._opened_journal().append(values, step, moment)
        except RunError as error:
            self._count_lost(step, error)
            raise

    def _count_lost(self, step: int, error: RunError) -> None:
        with self._lock:
            if isinstance(self._journal, JournalWriter):
                self._take(Gap(self._journal, self._end_gap))
            if isinstance(self._journal, Gap):
                self._journal.count(step, error)

    def _end_gap(self, gap: Gap) -> None:
        """Report what was lost, now that there is room again."""
        with self._lock:
            if self._journal is not gap:
                return
            with contextlib.suppress(RunError):  # else the next call tries again
                self.log_event(GAP, **gap.report())
                self._take(gap.journal)

    def log_scalar_columns(self, columns: Mapping[str, Any]) -> None:
        """Record whole series at once, as an import does.

        Each call with many points makes a file of its own: hand over as many as fit into memory.

        Parameters
        ----------
        columns : mapping of str to (steps, values) or (steps, values, times)
            Arrays of shape (n_points,) by the name of the metric; times are seconds since 1970
            (UTC), by default now. Of several values at one step, the last counts.

        Raises
        ------
        TypeError, ValueError
            If a name is none, or something is no column of numbers.
        RunError
            If the disk refuses, or the run is finished; then nothing of it is recorded.
        """
        sorted_columns = sort_columns(columns)
        if sorted_columns.names:
            publish_part(self.path / SCALARS, self._skip_part(), *sorted_columns)

    def _skip_part(self) -> str:
        """End the current journal, so that what is logged later is in a later part; name one."""
        with self._lock:
            self._opened_events()
            journal = self._journal
            if isinstance(journal, Gap):
                self.log_event(GAP, **journal.report())
            self._take(None)
            stem = f"{self.writer}-{len(self._journals)}"
            self._journals.append(self.path / SCALARS / f"{stem}.journal")  # that never will be
            (self.path / SCALARS).mkdir(exist_ok=True)
        if journal is not None:
            journal.close()
        return stem

    def log_arrays(
        self,
        group: str,
        arrays: Mapping[str, Any],
        *,
        step: int,
        shard: Shard | None = None,
    ) -> None:
        """Record named arrays at one step.

        Parameters
        ----------
        group : str
            Any name, such as ``"parameters"``.
        arrays : mapping of str to array
            Of any shape, empty ones too. Boolean, integer, floating (bfloat16 and float16
            too) and complex64.
        step : int
            Number of optimizer steps done, 0 or more. Arrays of the same group, step and
            name replace earlier ones.
        shard : Shard, optional
            Where the arrays are this rank's parts of larger ones. Readers put together what all
            ranks of a launch recorded of the same group at the same step.
        """
        write_arrays(self.path / ARRAYS, group, arrays, self._stem(step), shard=shard)

    def log_table(
        self, name: str, columns: Mapping[str, Any], *, step: int, shard: Shard | None = None
    ) -> None:
        """Record a table at one step.

        Parameters
        ----------
        name : str
            Any name, such as ``"predictions/test"``.
        columns : mapping of str to array or list of shape (n_rows,)
            Numbers, booleans or text. float16 is kept as float32.
        step : int
            Number of optimizer steps done, 0 or more. A table of the same name and step
            replaces the earlier one.
        shard : Shard, optional
            Where it holds histograms of this rank's parts of tensors: columns ``tensor``,
            ``left``, ``right`` and ``count``, the bins as `aligned_edges` gives them. Readers add
            up what all ranks of a launch recorded.
        """
        write_table(self.path / TABLES, name, columns, self._stem(step), shard=shard)

    def log_event(self, kind: str, **fields: Any) -> None:
        """Record that something happened.

        Parameters
        ----------
        kind : str
            Such as ``"note"``.
        **fields
            What is to be said of it. What has no JSON form is kept as its ``repr``.
        """
        self._opened_events().append(kind, fields)

    def _stem(self, step: int) -> str:
        """Name the next file of this writer."""
        fault = step_error(step)
        if fault is not None:
            raise fault
        if step < 0:
            raise ValueError(
                f"`step` must be 0 or more; got {step}. Use the number of optimizer steps done."
            )
        self._opened_events()
        return f"{int(step):012d}-{self.writer}-{next(self._parts)}"

    def finish(self, status: str = "finished") -> None:
        """Say how the run ended, and seal its scalars. Later calls do nothing.

        Parameters
        ----------
        status : {"finished", "failed", "interrupted"}

        Raises
        ------
        RunError
            If the disk refuses; no scalar is lost by that.
        """
        if status not in outcome.ENDINGS:
            raise ValueError(
                f"`status` must be one of {', '.join(outcome.ENDINGS)}; got {status!r}."
            )
        with self._lock:
            if self._is_finished:
                return
            self._is_finished = True
            journal = self._journal
            self._take(None)
            events, self._events = self._events, None
            sealer, self._sealer = self._sealer, None
        # Whatever the disk refuses, the rest is done.
        if journal is not None:
            self._try(journal.close)
        if events is not None and isinstance(journal, Gap):
            self._try(events.append, GAP, journal.report())
        if events is not None:
            self._try(events.append, outcome.FINISHED, {"status": status})
        if sealer is not None:
            sealer.stop()
        for part in self._journals:
            self._try(_seal_or_sync, part)
        if events is not None:
            self._try(events.close)
        if self._refusals:
            raise self._refusals[0]

    def _try(self, act: Callable[..., None], *arguments: Any) -> None:
        """Do it; what goes wrong is raised when the run is finished."""
        try:
            act(*arguments)
        except Exception as error:
            self._refusals.append(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.finish(outcome.ending_of(error))

    def __repr__(self) -> str:
        return f"<RunWriter {self.path}>"

    def __reduce__(self) -> Never:
        raise TypeError(
            f"What writes a run must stay in its process; `{self.path.name}` was to be copied, or "
            "sent to another one. Processes that are forked may use it; others open the run for "
            "themselves: by the same name and folder, with `resume=True`."
        )

    def _leave_to_parent(self) -> None:
        """Start anew in a forked process: the open files are its parent's."""
        if self._journal is not None:
            self._try(self._journal.abandon)
        if self._events is not None:
            self._try(self._events.abandon)
        self._refusals = []
        self._lock = threading.RLock()
        self._parts = itertools.count()
        self._parent, self._events = self.writer, None
        self._take(None)
        self._journals, self._sealer = [], None


def _seal_or_sync(journal: Path) -> None:
    try:
        seal(journal)
    except FileNotFoundError:  # it is sealed already
        return
    except OSError as error:
        raise cannot_write(journal, error) from error
    finally:
        sync_if_there(journal)  # what is not sealed is to outlive a loss of power too


def _log_nothing(values: Any, step: Any, time_us: Any) -> bool:
    """Stand in for a journal that is not open."""
    del values, step, time_us
    return False


def _microseconds(time: float) -> int:
    try:
        moment = round(float(time) * 1e6)
    except (TypeError, ValueError, OverflowError):
        moment = _LARGEST
    if not -_LARGEST <= moment < _LARGEST:
        raise ValueError(
            f"`time` must be a number of seconds since 1970; got {time!r}. Leave it out for now."
        )
    return moment


_OPEN: weakref.WeakSet[RunWriter] = weakref.WeakSet()


def _after_fork() -> None:
    for writer in list(_OPEN):
        writer._leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
