"""W&B's offline logs, ``run-<id>.wandb``: read without the wandb package."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bathyscope._errors import DamagedFile
from bathyscope.importers.log import BySteps, Faults, Log, shortened, table_of_values, text_column
from bathyscope.importers.reading import head, is_number, modified, read_bytes
from bathyscope.importers.tensorboard import wire
from bathyscope.importers.wandb import messages
from bathyscope.importers.wandb.history import History
from bathyscope.importers.wandb.records import records
from bathyscope.runs.status import Status

TITLE = "W&B"
FILES = ("*.wandb",)
_STREAMS = ("stderr", "stdout")
_OWN_CONFIG = "_wandb"
#: What colours the letters of a terminal, and is none itself.
_COLORS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def sniff(path: Path) -> bool:
    """Say whether a file begins as W&B's do."""
    return path.is_file() and head(path, 4) == b":W&B"


def read(path: Path) -> Log:
    """Read a file.

    Raises
    ------
    DamagedFile
        If it is none.
    """
    reader = _Reader()
    try:
        for record in records(read_bytes(path), reader.faults):
            reader.take(record)
    except DamagedFile as error:
        raise DamagedFile(f"`{path}` must be a log of W&B to be read: {error}.") from None
    return reader.log(path)


class _Reader:
    """Takes record after record."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._history = History(self.faults)
        self._about: dict[str, str] = {}
        self._tags: list[str] = []
        self._config: dict[str, Any] = {}
        self._summary: dict[str, Any] = {}
        self._console: list[tuple[float, str, str]] = []
        self._files: list[str] = []
        self._events: list[dict[str, Any]] = []
        self._n_stats = 0
        self._exit: int | None = None
        self._takes = {
            messages.HISTORY: self._history.take,
            messages.SUMMARY: self._take_summary,
            messages.OUTPUT: self._take_output,
            messages.OUTPUT_RAW: self._take_output,
            messages.CONFIG: self._take_config,
            messages.FILES: self._take_files,
            messages.STATS: self._take_stats,
            messages.ALERT: self._take_alert,
            messages.RUN: self._take_run,
            messages.EXIT: self._take_exit,
        }
        self._count = 0

    def take(self, record: bytes) -> None:
        """Take a record; what cannot be read of it is told."""
        self._count += 1
        try:
            for number, field in messages.parts(record):
                take = self._takes.get(number)
                if take is not None:
                    take(wire.content(record, field))
        except ValueError as error:
            self.faults.add(f"record {self._count}: {shortened(str(error))}")

    def _take_run(self, data: bytes) -> None:
        fields = {"run_id": 1, "entity": 2, "project": 3, "group": 6, "job_type": 7,
                  "display_name": 8, "notes": 9, "sweep_id": 12, "host": 13}  # fmt: skip
        said = {name: messages.text(data, number) for name, number in fields.items()}
        self._about.update({name: value for name, value in said.items() if value})
        self._tags += [tag for tag in messages.texts(data, 10) if tag]
        self._take_config(messages.inner(data, 4))
        self._take_summary(messages.inner(data, 5))
        start = messages.seconds(messages.inner(data, 17))
        if not math.isnan(start):
            self._history.start = start

    def _take_config(self, data: bytes) -> None:
        self._update(self._config, data, "config")

    def _take_summary(self, data: bytes) -> None:
        self._update(self._summary, data, "summary")

    def _update(self, target: dict[str, Any], data: bytes, what: str) -> None:
        for item in messages.items(data, 1):
            if isinstance(item, messages.Item):
                messages.put(target, item)
            else:
                self.faults.add(f"{what}: {item}")
        for item in messages.items(data, 2):
            if isinstance(item, messages.Item):
                target.pop(item.name, None)

    def _take_output(self, data: bytes) -> None:
        stream = _STREAMS[min(max(messages.integer(data, 1) or 0, 0), 1)]
        time = messages.seconds(messages.inner(data, 2))
        self._console.append((time, stream, _COLORS.sub("", messages.text(data, 3))))

    def _take_files(self, data: bytes) -> None:
        for number, field in messages.parts(data):
            if number == 1:
                self._files.append(messages.text(wire.content(data, field), 1))

    def _take_stats(self, data: bytes) -> None:
        """Add a sample of the system: W&B ties them to no step, so they are counted."""
        time = messages.seconds(messages.inner(data, 2))
        for item in messages.items(data, 3):
            if isinstance(item, messages.Item) and is_number(item.value):
                name = f"system/{item.name}"
                self._history.scalars.add(name, self._n_stats, float(item.value), time)
            else:
                self.faults.add(f"system: {shortened(str(item))}")
        self._n_stats += 1

    def _take_alert(self, data: bytes) -> None:
        said = {"title": 1, "text": 2, "level": 3}
        texts = {name: messages.text(data, number) for name, number in said.items()}
        self._events.append({"kind": "alert", **texts})

    def _take_exit(self, data: bytes) -> None:
        self._exit = messages.integer(data, 1) or 0

    def log(self, path: Path) -> Log:
        """Put together what was read."""
        config = {name: value for name, value in self._config.items() if name != _OWN_CONFIG}
        start = self._history.start
        return Log(
            self._about.get("display_name") or self._about.get("run_id") or path.stem,
            path,
            TITLE,
            self._history.scalars.columns(),
            config=config,
            tags=("wandb", *dict.fromkeys(self._tags)),
            group=self._about.get("group", ""),
            created=modified(path) if math.isnan(start) else start,
            status=self._status(),
            tables=self._tables(),
            arrays=self._history.arrays(),
            events=tuple(self._events),
            notes=self._notes(),
            faults=self.faults.told(),
            files=(path,),
        )

    def _status(self) -> Status:
        if self._exit is None:
            return "unknown"
        return "failed" if self._exit else "finished"

    def _tables(self) -> Mapping[str, BySteps]:
        tables = self._history.tables()
        if self._about:
            tables["about"] = table_of_values(self._about)
        if self._summary:
            tables["summary"] = table_of_values(self._summary)
        if self._console:
            times, streams, lines = zip(*self._console, strict=True)
            tables["console"] = {
                0: {
                    "time (UTC)": text_column([_clock(time) for time in times]),
                    "stream": text_column(list(streams)),
                    "line": text_column(list(lines)),
                }
            }
        if self._files:
            tables["files"] = {0: {"path": text_column(self._files)}}
        return tables

    def _notes(self) -> tuple[str, ...]:
        if not self._n_stats:
            return ()
        return (
            f"The step of a metric `system/...` is the number of its sample, of {self._n_stats}: "
            "W&B ties them to times, not to steps.",
        )


def _clock(time: float) -> str:
    try:
        return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return ""
