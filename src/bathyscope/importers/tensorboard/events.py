"""One event of an event file: when, at which step, and what."""

from __future__ import annotations

from dataclasses import dataclass

from bathyscope.importers.tensorboard import wire

SIMPLE, IMAGE, HISTOGRAM, AUDIO, TENSOR = 2, 4, 5, 6, 8
_VALUES = frozenset({SIMPLE, 3, IMAGE, HISTOGRAM, AUDIO, TENSOR})
_FILE_VERSION, _GRAPH, _SUMMARY, _SESSION, _RUN_METADATA, _META_GRAPH = 3, 4, 5, 7, 8, 9
_SESSION_START = 1


@dataclass(frozen=True)
class Metadata:
    """What a writer says of a tag, once: whose data it is, and how to call it."""

    plugin: str = ""
    content: bytes = b""
    name: str = ""
    description: str = ""


@dataclass(frozen=True)
class Value:
    """A summary's value.

    Parameters
    ----------
    tag : bytes
        As it is written: UTF-8, unless it is damaged.
    kind : int
        The number of the field that holds it, such as `SIMPLE`; 0 if there is none.
    start, stop : int
        Where the value lies in the event, as it is written.
    metadata : bytes or None
        See `read_metadata`, which has taken them.
    """

    tag: bytes
    kind: int
    start: int
    stop: int
    metadata: bytes | None


@dataclass
class Event:
    """An event. At most one of what follows ``step`` is there.

    A graph and what belongs to it may be large: ``graph``, ``meta_graph`` and the second part of
    ``run_metadata`` say where in the event it lies.
    """

    time: float = 0.0
    step: int = 0
    values: list[Value] | None = None
    file_version: str | None = None
    graph: slice | None = None
    meta_graph: slice | None = None
    run_metadata: tuple[str, slice] | None = None
    is_session_start: bool = False
    #: Whether anything but a time, a step and a summary stands there.
    holds_more: bool = False


def read_event(data: bytes) -> Event:
    """Decode an event.

    Raises
    ------
    ValueError
        If the bytes are none.
    """
    event = Event()
    for part in wire.fields(data):
        if part.number == 1:
            event.time = wire.float64(data, part)
        elif part.number == 2:
            event.step = wire.integer(data, part)
        elif part.number == _SUMMARY:
            event.values = [*(event.values or ()), *_read_summary(data, part)]
        else:
            event.holds_more = True
            _read_what(event, data, part)
    return event


def _read_what(event: Event, data: bytes, part: wire.Field) -> None:
    if part.number == _FILE_VERSION:
        event.file_version = wire.text(data, part)
    elif part.number == _GRAPH:
        event.graph = _place(part)
    elif part.number == _META_GRAPH:
        event.meta_graph = _place(part)
    elif part.number == _RUN_METADATA:
        event.run_metadata = _read_run_metadata(data, part)
    elif part.number == _SESSION:
        event.is_session_start = _is_start(wire.content(data, part))


def _read_summary(data: bytes, summary: wire.Field) -> list[Value]:
    wire.content(data, summary)
    inner = wire.fields(data, summary.start, summary.stop)
    return [_read_value(data, part) for part in inner if part.number == 1]


def _read_value(data: bytes, value: wire.Field) -> Value:
    tag, node, kind, place, metadata = b"", b"", 0, slice(0, 0), None
    wire.content(data, value)
    for part in wire.fields(data, value.start, value.stop):
        if part.number in _VALUES:
            kind, place = part.number, slice(part.start, part.stop)
            _check_kind(part)
        elif part.number == 1:
            tag = wire.content(data, part)
        elif part.number == 7:
            node = wire.content(data, part)
        elif part.number == 9:
            metadata = wire.content(data, part)
            read_metadata(metadata)
    # Before there were plugins, a tensor was known by the node of the graph that made it.
    name = node if kind == TENSOR and not tag else tag
    return Value(name, kind, place.start, place.stop, metadata)


def _check_kind(part: wire.Field) -> None:
    wanted = wire.FIXED32 if part.number == SIMPLE else wire.BYTES
    if part.kind != wanted:
        raise ValueError(f"a value in field {part.number} of kind {part.kind}")


def read_metadata(data: bytes) -> Metadata:
    """Decode what a writer says of a tag.

    Raises
    ------
    ValueError
        If the bytes are no such thing.
    """
    plugin, inner, name, description = "", b"", "", ""
    for part in wire.fields(data):
        if part.number == 1:
            plugin, inner = _read_plugin(wire.content(data, part))
        elif part.number == 2:
            name = wire.text(data, part)
        elif part.number == 3:
            description = wire.text(data, part)
    return Metadata(plugin, inner, name, description)


def _read_plugin(data: bytes) -> tuple[str, bytes]:
    name, inner = "", b""
    for part in wire.fields(data):
        if part.number == 1:
            name = wire.text(data, part)
        elif part.number == 2:
            inner = wire.content(data, part)
    return name, inner


def _read_run_metadata(data: bytes, whole: wire.Field) -> tuple[str, slice]:
    wire.content(data, whole)
    tag, place = "", slice(0, 0)
    for part in wire.fields(data, whole.start, whole.stop):
        if part.number == 1:
            tag = wire.text(data, part)
        elif part.number == 2:
            place = _place(part)
    return tag, place


def _place(part: wire.Field) -> slice:
    if part.kind != wire.BYTES:
        raise ValueError(f"field {part.number} of kind {part.kind}")
    return slice(part.start, part.stop)


def _is_start(data: bytes) -> bool:
    status = 0
    for part in wire.fields(data):
        if part.number == 1:
            status = wire.integer(data, part)
    return status == _SESSION_START
