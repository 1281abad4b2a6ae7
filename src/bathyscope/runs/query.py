"""SQL over a run: DuckDB in memory, that sees its folder, or its arrays, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bathyscope.runs import parquet
from bathyscope.runs.again import Again, find_again
from bathyscope.runs.layout import Part
from bathyscope.runs.replay import Replay
from bathyscope.runs.sealed import Sealed
from bathyscope.runs.series import Series

SCALARS = "scalars"
SCALARS_ALL = "scalars_all"
WRITERS = "writers"
_KINDS = "metric VARCHAR, step BIGINT, value DOUBLE, time DOUBLE, writer VARCHAR"
_PLACE = ("writer_order", "record")
#: What is there for the views alone stands in a schema of its own, that is not listed.
_EVERYTHING = "kept.everything"
_LISTS_TABLES = re.compile(r"\bshow\b|information_schema|duckdb_(views|tables)", re.IGNORECASE)
#: At most so many tables are named where there is none of that name.
_MOST_NAMED = 12


class Query:
    """One question to a run.

    Parameters
    ----------
    text : str
        One SELECT.
    tables : sequence of str
        The names of all tables there are.
    folder : pathlib.Path, optional
        The run's folder; by default no file at all is seen.

    Raises
    ------
    TypeError
        If the question is no text.
    """

    def __init__(self, text: str, tables: Sequence[str], folder: Path | None = None) -> None:
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"`query` must be SQL, as text; got {type(text).__name__}.")
        self._text = text
        self._shown = _shown_names(tables)
        #: Views of tables that were recorded, and are damaged at all steps.
        self._damaged: list[str] = []
        #: Arrays that are there for the views alone. DuckDB lists them, whatever schema is theirs.
        self._own: set[str] = set()
        self._views = [SCALARS, SCALARS_ALL]
        self._folder = folder
        self._connection = parquet.private_database()

    def __enter__(self) -> Query:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def tables(self) -> list[str]:
        """Give the tables that may be meant: those whose name is there, or all to be listed."""
        if _LISTS_TABLES.search(self._text):
            return list(self._shown)
        text = self._text.lower()
        return [
            name
            for name in self._shown
            if any(
                spelling.lower() in text
                for spelling in (
                    name, parquet.quote_name(name)[1:-1], parquet.quote_text(name)[1:-1],
                )
            )
        ]  # fmt: skip

    def offer_scalars(self, sources: Mapping[tuple[int, str, int], Replay | Sealed]) -> None:
        """Make the views of the scalars: what counts, and all that was recorded."""
        selects = [
            _of_sealed(source, order, key[1])
            if isinstance(source, Sealed)
            else self._of_journal(source, order, key[1])
            for order, (key, source) in enumerate(sources.items())
        ]
        everything = " UNION ALL ".join(selects) or _nothing()
        self._connection.execute("CREATE SCHEMA kept")
        self._connection.execute(f"CREATE VIEW {_EVERYTHING} AS {everything}")
        every = f"SELECT * EXCLUDE ({', '.join(_PLACE)}) FROM {_EVERYTHING}"
        self._view(SCALARS_ALL, every)
        self._view(SCALARS, self._latest(every, find_again(s.ends() for s in sources.values())))

    def _latest(self, every: str, again: Again) -> str:
        """Select what counts. To find the latest of all values would take room for all of them."""
        latest = ", ".join(f"{name} DESC" for name in _PLACE)
        of_several = f"row_number() OVER (PARTITION BY metric, step ORDER BY {latest}) = 1"
        within = [f"step BETWEEN {first} AND {last}" for first, last in again.stretches]
        if again.metrics:
            known = self._register("again", metric=_texts(sorted(again.metrics)))
            within.append(f"metric IN (SELECT metric FROM {known})")
        if not within:
            return every
        where = f"({' OR '.join(within)})"
        return f"{every} WHERE NOT {where} UNION ALL {every} WHERE {where} QUALIFY {of_several}"

    def offer_writers(self, firsts: Iterable[Mapping[str, Any]]) -> None:
        """Make the view of who wrote the run, from the first event of each."""
        rows = [
            f"SELECT {parquet.quote_text(str(event['writer']))} AS writer, "
            f"{_whole_number(event.get('rank'))}::INTEGER AS rank, "
            f"{parquet.quote_text(str((event.get('process') or {}).get('host', '')))} AS host"
            for event in firsts
        ]
        nobody = "SELECT NULL::VARCHAR AS writer, NULL::INTEGER AS rank, '' AS host WHERE false"
        self._view(WRITERS, " UNION ALL ".join(rows) or nobody)
        self._views.append(WRITERS)

    def _of_journal(self, replay: Replay, order: int, writer: str) -> str:
        names, counts, points = replay.everything()
        metrics = self._register(
            f"names {order}", number=np.arange(len(names)), metric=_texts(names)
        )
        rows = self._register(
            f"points {order}",
            number=np.repeat(np.arange(len(names)), counts),
            step=points.steps,
            value=points.values,
            time_us=points.times_us,
            record=points.records,
        )
        return (
            "SELECT metric::VARCHAR AS metric, step, coalesce(value, 'nan'::DOUBLE) AS value, "
            f"time_us / 1e6 AS time, {parquet.quote_text(writer)} AS writer, "
            f"{order} AS writer_order, record FROM {rows} JOIN {metrics} USING (number)"
        )

    def _register(self, name: str, **columns: NDArray[Any]) -> str:
        """Let arrays be read; give what they are called, which is the name of no table."""
        called = f"kept: {name}"
        self._connection.register(called, columns)
        self._own.add(called)
        return parquet.quote_name(called)

    def offer_series(self, every: Sequence[Series], writer: str) -> None:
        """Make the views of the scalars from all that was recorded of each metric.

        Parameters
        ----------
        every : sequence of Series
            As `Run.scalars_all` gives them: what counts at a step is its last value.
        writer : str
            Who wrote them.
        """
        steps = _joined([one.steps for one in every], np.int64)
        numbers = np.repeat(np.arange(len(every)), np.array([len(one) for one in every], np.int64))
        is_next_another = (steps[1:] != steps[:-1]) | (numbers[1:] != numbers[:-1])
        metrics = self._register(
            "names", number=np.arange(len(every)), metric=_texts([o.name for o in every])
        )
        rows = self._register(
            "points",
            number=numbers,
            step=steps,
            value=_joined([one.values for one in every], np.float64),
            time=_joined([one.times for one in every], np.float64),
            counts=np.append(is_next_another, True)[: len(steps)],
        )
        select = (
            "SELECT metric::VARCHAR AS metric, step, coalesce(value, 'nan'::DOUBLE) AS value, "
            f"time, {parquet.quote_text(writer)} AS writer "
            f"FROM {rows} JOIN {metrics} USING (number)"
        )
        self._view(SCALARS_ALL, select)
        self._view(SCALARS, f"{select} WHERE counts")

    def offer_columns(
        self, name: str, parts: Iterable[tuple[int, Mapping[str, NDArray[Any]]]]
    ) -> None:
        """Make the view of a table from its columns at each step, with a column of the steps."""
        selects: list[str] = []
        for step, columns in parts:
            source = self._register(
                f"{name} {step}", **{f"c{i}": column for i, column in enumerate(columns.values())}
            )
            labels = [_step_label(columns), *columns]
            values = [f"{step}::BIGINT", *parquet.select_values(columns.values())]
            pairs = zip(values, map(parquet.quote_name, labels), strict=True)
            selects.append(f"SELECT {', '.join(f'{v} AS {n}' for v, n in pairs)} FROM {source}")
        self._offer_union(name, selects)

    def offer_table(self, name: str, parts: Iterable[Part]) -> None:
        """Make the view of a table: its rows at all steps, with a column that says the step."""
        self._offer_union(name, [self._of_table(part) for part in parts])

    def _offer_union(self, name: str, selects: Sequence[str]) -> None:
        if selects:
            self._view(self._shown[name], " UNION ALL BY NAME ".join(selects))
        else:
            self._damaged.append(self._shown[name])

    def _of_table(self, part: Part) -> str:
        source = _source(part.path)
        columns = self._connection.execute(f"DESCRIBE FROM {source}").fetchall()
        label = _step_label(column[0] for column in columns)
        return f"SELECT {part.step}::BIGINT AS {label}, * FROM {source}"

    def _view(self, name: str, select: str) -> None:
        self._connection.execute(f"CREATE VIEW {parquet.quote_name(name)} AS {select}")

    def answer(self) -> dict[str, NDArray[Any]]:
        """Run it.

        Raises
        ------
        ValueError
            If it is no SELECT, or DuckDB cannot run it.
        """
        import duckdb

        try:
            self._check()
            self._lock()
            self._connection.execute(self._text)
            return self._without_own(parquet.fetch_columns(self._connection))
        except duckdb.Error as error:
            raise ValueError(
                "`query` must be SQL that DuckDB can run on this run; it says: "
                f"{_said(error)} {self._offered()}"
            ) from error

    def _without_own(self, columns: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Leave arrays that are there for the views alone out of a list of tables."""
        listed = [c for c in columns.values() if c.dtype == object]
        if not self._own or not listed or not _LISTS_TABLES.search(self._text):
            return columns
        own = [[isinstance(v, str) and v in self._own for v in column] for column in listed]
        kept = ~np.any(own, axis=0)
        return {name: column[kept] for name, column in columns.items()}

    def _offered(self) -> str:
        """Say what can be asked for."""
        whole = [name for name in self._shown.values() if name not in self._damaged]
        named = ", ".join(map(parquet.quote_name, [*self._views, *whole[:_MOST_NAMED]]))
        more = f" and {len(whole) - _MOST_NAMED} more tables" if len(whole) > _MOST_NAMED else ""
        damaged = ", ".join(map(parquet.quote_name, self._damaged))
        lost = f" Damaged at all steps: {damaged}; `faults` says how." if damaged else ""
        return f"There are {named}{more}.{lost}"

    def _check(self) -> None:
        import duckdb

        statements = self._connection.extract_statements(self._text)
        kinds = [statement.type for statement in statements]
        # A PIVOT is several: it makes a type of the names of its columns before it selects.
        if kinds not in ([duckdb.StatementType.SELECT], [duckdb.StatementType.MULTI]):
            found = ", ".join(kind.name for kind in kinds) or "nothing"
            raise ValueError(f"`query` must be one SELECT, since a run is only read; got {found}.")

    def _lock(self) -> None:
        """Let nothing be read from now on that lies outside the run's folder."""
        if self._folder is not None:
            # As it is, and as it is written where a pattern could stand.
            spellings = (str(self._folder), parquet.literal_path(self._folder))
            folders = ", ".join(parquet.quote_text(spelling) for spelling in spellings)
            self._connection.execute(f"SET allowed_directories = [{folders}]")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")


def _said(error: Exception) -> str:
    """Give what DuckDB says of a question, without a picture of the line, or guesses of its own."""
    text, _, place = str(error).partition("\n\nLINE ")
    line = place.partition(":")[0]
    text = " ".join(re.sub(r'\nDid you mean "pg_.*', "", text).split())
    text += "" if text.endswith((".", "!", "?")) else "."
    return text if line in {"", "1"} else f"{text} (line {line})"


def _of_sealed(sealed: Sealed, order: int, writer: str) -> str:
    return (
        "SELECT metric, step, value, time_us / 1e6 AS time, "
        f"{parquet.quote_text(writer)} AS writer, {order} AS writer_order, record "
        f"FROM {_source(sealed.path)}"
    )


def _source(path: Path) -> str:
    return f"read_parquet({parquet.quote_text(parquet.literal_path(path))})"


def _nothing() -> str:
    nulls = ", ".join(
        f"NULL::{kind} AS {name}"
        for name, kind in (column.split() for column in _KINDS.split(", "))
    )
    return f"SELECT {nulls}, 0 AS writer_order, 0 AS record WHERE false"


def _shown_names(tables: Sequence[str]) -> dict[str, str]:
    """Name the views of tables by their names, but each otherwise than ours and than all others.

    SQL does not tell ``a`` from ``A``: of such names each gets a number, so that none is taken for
    the other.
    """
    ours = (SCALARS, SCALARS_ALL, WRITERS)
    shown = {name: f"tables/{name}" if name.lower() in ours else name for name in tables}
    alike = Counter(view.lower() for view in shown.values())
    number: Counter[str] = Counter()
    for name, view in shown.items():
        if alike[view.lower()] > 1:
            number[view.lower()] += 1
            shown[name] = f"{view} ({number[view.lower()]})"
    return shown


def _whole_number(found: object) -> str:
    return str(found) if type(found) is int else "NULL"


def _step_label(columns: Iterable[str]) -> str:
    """Name the column of steps, which a table may have one of its own of."""
    taken, label = {name.lower() for name in columns}, "step"
    while label in taken:
        label = f"table_{label}"
    return label


def _joined(pieces: list[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(pieces) if pieces else np.empty(0, kind)


def _texts(names: Sequence[str]) -> NDArray[np.object_]:
    return np.array([*names, None], dtype=object)[:-1]
