"""Events: one JSON object a line, each ending in the CRC32 of what stands before it."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bathyscope.runs import plain
from bathyscope.runs.files import (
    AppendedFile,
    cannot_read,
    identity,
    is_amid_a_write,
    read_beginning,
    sync_and_close,
)
from bathyscope.runs.naming import check_name
from bathyscope.runs.secrets import settings_without_secrets

VERSION = 1
_OWN_FIELDS = ("kind", "time", "writer", "crc32", "represented")
_CHECK = b',"crc32":"'
_CHECK_BYTES = len(_CHECK) + 8 + len(b'"}')


class EventWriter:
    """Appends events to one new file.

    Parameters
    ----------
    path : pathlib.Path
        Must not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._file = AppendedFile(path)

    def append(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Append an event; it outlives the process once this returns."""
        check_name(kind, what="The kind of an event")
        for name in _OWN_FIELDS:
            if name in fields:
                raise ValueError(f"An event has its own `{name}`; name this field differently.")
        self._file.append(_line(kind, fields))

    def close(self) -> None:
        """Close; later events are refused."""
        sync_and_close(self._file.path, self._file.detach())

    def abandon(self) -> None:
        """Let go of the file in a forked child: it is its parent's."""
        self._file.close()


def _line(kind: str, fields: Mapping[str, Any]) -> bytes:
    form = plain.Plain()
    event = {"kind": kind, "time": time.time(), **settings_without_secrets(form.convert(fields))}
    if form.represented:
        event["represented"] = form.represented
    body = plain.dump(event).encode()[:-1]
    return body + _CHECK + f'{zlib.crc32(body):08x}"}}\n'.encode()


def event_from_line(line: bytes) -> dict[str, Any]:
    """Read one line.

    Raises
    ------
    ValueError
        If it is damaged, or no event.
    """
    body, check = line[:-_CHECK_BYTES], line[-_CHECK_BYTES:]
    if check != _CHECK + f'{zlib.crc32(body):08x}"}}'.encode():
        raise ValueError("is damaged and was skipped")
    event = plain.load(body + b"}")
    if not (isinstance(event.get("kind"), str) and isinstance(event.get("time"), int | float)):
        raise ValueError("is no event and was skipped: it has no `kind` or no `time`")
    return event


def is_newer(first: Mapping[str, Any]) -> bool:
    """Say by the first event of a writer whether a later bathyscope wrote its events."""
    version = first.get("version")
    return isinstance(version, int) and version > VERSION


class EventLog:
    """The events of one writer. `refresh` reads the file again if it changed."""

    def __init__(self, path: Path, writer: str) -> None:
        self.path = path
        self.writer = writer
        self.events: list[dict[str, Any]] = []
        self.faults: list[str] = []
        self._identity: tuple[int, ...] = ()

    def refresh(self) -> None:
        """Read what is new."""
        now = identity(self.path)
        if now == self._identity:
            return
        self.events, self.faults = [], []
        try:
            lines = _whole_if_it_can_be(self.path).split(b"\n")
        except OSError as error:
            self.faults.append(cannot_read(error))
            return
        for number, line in enumerate(lines, 1):
            if line:
                self._take(number, line, is_whole=number < len(lines))
        self._refuse_newer()
        self._identity = now

    def _refuse_newer(self) -> None:
        if self.events and is_newer(self.events[0]):
            version = self.events[0]["version"]
            self.events = []
            self.faults.append(
                f"it has format version {version}, and this bathyscope reads up to {VERSION}; "
                "use a newer one"
            )

    def _take(self, number: int, line: bytes, *, is_whole: bool) -> None:
        try:
            self.events.append({"writer": self.writer, **event_from_line(line)})
        except ValueError as error:
            torn = "is not whole: still being written, or cut off"
            self.faults.append(f"line {number} {error if is_whole else torn}")


def _whole_if_it_can_be(path: Path) -> bytes:
    """Read a file of lines, again if its last line was being written."""
    while True:
        data = path.read_bytes()
        if data.endswith(b"\n") or not data or not is_amid_a_write(path, len(data)):
            return data


def first_and_last(path: str | Path) -> Iterator[dict[str, Any]]:
    """Give the first event of a file, and the last if it is short, not reading all of it."""
    try:
        lines = _end_lines(path)
    except OSError:
        return
    for line in lines:
        try:
            yield event_from_line(line)
        except ValueError:
            continue


def _end_lines(path: str | Path, *, block: int = 4096) -> tuple[bytes, ...]:
    data = read_beginning(path, block)
    if len(data) < block:
        lines = data.rstrip(b"\n").split(b"\n")
        return (lines[0], lines[-1]) if len(lines) > 1 else (lines[0],)
    with open(path, "rb") as file:  # noqa: PTH123 (the path may be text)
        head = file.readline()
        file.seek(max(0, file.seek(0, 2) - block))
        return head.rstrip(b"\n"), file.read().rstrip(b"\n").split(b"\n")[-1]
