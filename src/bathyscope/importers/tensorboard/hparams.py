"""Hyperparameters and the layout of custom scalars, as TensorBoard's plugins keep them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bathyscope.importers.tensorboard import wire
from bathyscope.importers.tensorboard.events import Metadata

_SESSION_START, _SESSION_END = 3, 4
#: What a session says of its end.
_STATUS = {1: "finished", 2: "failed", 3: "running"}


def hyperparameters(contents: Iterable[bytes]) -> dict[str, Any]:
    """Give the hyperparameters a run was started with, by name.

    Parameters
    ----------
    contents : iterable of bytes
        What the plugin "hparams" keeps with its tags.

    Raises
    ------
    ValueError
        If their bytes are none.
    """
    found: dict[str, Any] = {}
    for data in contents:
        for part in wire.fields(data):
            if part.number == _SESSION_START:
                found.update(_session(wire.content(data, part)))
    return found


def session_status(contents: Iterable[bytes]) -> str:
    """Give how a run ended, if its session says so: finished, failed, running, or ""."""
    found = ""
    for data in contents:
        for part in wire.fields(data):
            if part.number == _SESSION_END:
                inner = wire.content(data, part)
                codes = [wire.integer(inner, p) for p in wire.fields(inner) if p.number == 1]
                found = _STATUS.get(codes[-1], "") if codes else ""
    return found


def contents_of(metadata: Mapping[str, Metadata]) -> list[bytes]:
    """Give what the plugin keeps with its tags."""
    return [item.content for item in metadata.values() if item.plugin == "hparams"]


def _session(data: bytes) -> dict[str, Any]:
    pairs = (_pair(wire.content(data, p)) for p in wire.fields(data) if p.number == 1)
    return dict(pairs)


def _pair(data: bytes) -> tuple[str, Any]:
    name, value = "", None
    for part in wire.fields(data):
        if part.number == 1:
            name = wire.text(data, part)
        elif part.number == 2:
            value = _value(wire.content(data, part))
    return name, value


def _value(data: bytes) -> Any:
    """Decode a google.protobuf.Value: a number, a text or a truth; None for anything else."""
    value = None
    for part in wire.fields(data):
        if part.number == 2:
            value = wire.float64(data, part)
        elif part.number == 3:
            value = wire.text(data, part)
        elif part.number == 4:
            value = bool(wire.integer(data, part))
    return value


def layout(data: bytes) -> list[dict[str, Any]]:
    """Decode the layout of custom scalars.

    Returns
    -------
    list of dict
        Each category's ``title`` and ``charts``; each chart's ``title`` and either ``tags``
        (patterns) or ``margins`` (tags of value, lower and upper bound).

    Raises
    ------
    ValueError
        If the bytes are none.
    """
    return [_category(wire.content(data, p)) for p in wire.fields(data) if p.number == 2]


def _category(data: bytes) -> dict[str, Any]:
    parts = list(wire.fields(data))
    charts = [_chart(wire.content(data, part)) for part in parts if part.number == 2]
    return {"title": _last_text(data, 1), "charts": charts}


def _chart(data: bytes) -> dict[str, Any]:
    chart: dict[str, Any] = {"title": _last_text(data, 1)}
    for part in wire.fields(data):
        inner = wire.content(data, part)
        if part.number == 2:
            chart["tags"] = [wire.text(inner, p) for p in wire.fields(inner) if p.number == 1]
        elif part.number == 3:
            series = [wire.content(inner, p) for p in wire.fields(inner) if p.number == 1]
            chart["margins"] = [[_last_text(one, n) for n in (1, 2, 3)] for one in series]
    return chart


def _last_text(data: bytes, number: int) -> str:
    found = [wire.text(data, part) for part in wire.fields(data) if part.number == number]
    return found[-1] if found else ""
