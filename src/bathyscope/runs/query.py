"""SQL over a run: DuckDB in memory, that sees its folder, or its arrays, and nothing else."""

from __future__ import annotations

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


class Query:
    """One question to a run.

    Parameters
    ----------
    folder : pathlib.Path, optional
        The run's folder; by default no file at all is seen.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._connection = parquet.private_database()
        self._folder = folder
        self.names = [SCALARS, SCALARS_ALL]

    def __enter__(self) -> Query:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def offer_scalars(self, sources: Mapping[tuple[int, str, int], Replay | Sealed]) -> None:
        """Make the views of the scalars: what counts, and all that was recorded."""
        selects = [
            _of_sealed(source, order, key[1])
            if isinstance(source, Sealed)
            else self._of_journal(source, order, key[1])
            for order, (key, source) in enumerate(sources.items())
        ]
        everything = " UNION ALL ".join(selects) or _nothing()
        self._connection.execute(f"CREATE VIEW everything AS {everything}")
        every = f"SELECT * EXCLUDE ({', '.join(_PLACE)}) FROM everything"
        self._view(SCALARS_ALL, every)
        self._view(SCALARS, self._latest(every, find_again(s.ends() for s in sources.values())))

    def _latest(self, every: str, again: Again) -> str:
        """Select what counts. To find the latest of all values would take room for all of them."""
        latest = ", ".join(f"{name} DESC" for name in _PLACE)
        of_several = f"row_number() OVER (PARTITION BY metric, step ORDER BY {latest}) = 1"
        within = [f"step BETWEEN {first} AND {last}" for first, last in again.stretches]
        if again.metrics:
            self._register("again", metric=_texts(sorted(again.metrics)))
            within.append("metric IN (SELECT metric FROM again)")
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
        self.names.append(WRITERS)

    def _of_journal(self, replay: Replay, order: int, writer: str) -> str:
        names, counts, points = replay.everything()
        self._register(f"names{order}", number=np.arange(len(names)), metric=_texts(names))
        self._register(
            f"points{order}",
            number=np.repeat(np.arange(len(names)), counts),
            step=points.steps,
            value=points.values,
            time_us=points.times_us,
            record=points.records,
        )
        return (
            "SELECT metric::VARCHAR AS metric, step, coalesce(value, 'nan'::DOUBLE) AS value, "
            f"time_us / 1e6 AS time, {parquet.quote_text(writer)} AS writer, "
            f"{order} AS writer_order, record FROM points{order} JOIN names{order} USING (number)"
        )

    def _register(self, name: str, **columns: NDArray[Any]) -> None:
        self._connection.register(name, columns)

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
        self._register(
            "names", number=np.arange(len(every)), metric=_texts([o.name for o in every])
        )
        self._register(
            "points",
            number=numbers,
            step=steps,
            value=_joined([one.values for one in every], np.float64),
            time=_joined([one.times for one in every], np.float64),
            counts=np.append(is_next_another, True)[: len(steps)],
        )
        select = (
            "SELECT metric::VARCHAR AS metric, step, coalesce(value, 'nan'::DOUBLE) AS value, "
            f"time, {parquet.quote_text(writer)} AS writer FROM points JOIN names USING (number)"
        )
        self._view(SCALARS_ALL, select)
        self._view(SCALARS, f"{select} WHERE counts")

    def offer_columns(
        self, name: str, parts: Iterable[tuple[int, Mapping[str, NDArray[Any]]]]
    ) -> None:
        """Make the view of a table from its columns at each step, with a column of the steps."""
        shown = _shown(name)
        selects: list[str] = []
        for step, columns in parts:
            source = f"table{len(self.names)}_{len(selects)}"
            self._register(source, **{f"c{i}": column for i, column in enumerate(columns.values())})
            labels = [_step_label(columns), *columns]
            values = [f"{step}::BIGINT", *parquet.select_values(columns.values())]
            pairs = zip(values, map(parquet.quote_name, labels), strict=True)
            selects.append(f"SELECT {', '.join(f'{v} AS {n}' for v, n in pairs)} FROM {source}")
        if selects:
            self._view(shown, " UNION ALL BY NAME ".join(selects))
            self.names.append(shown)

    def offer_table(self, name: str, parts: Iterable[Part]) -> None:
        """Make the view of a table: its rows at all steps, with a column that says the step."""
        shown = _shown(name)
        selects = [self._of_table(part) for part in parts]
        if selects:
            self._view(shown, " UNION ALL BY NAME ".join(selects))
            self.names.append(shown)

    def _of_table(self, part: Part) -> str:
        source = _source(part.path)
        columns = self._connection.execute(f"DESCRIBE FROM {source}").fetchall()
        label = _step_label(column[0] for column in columns)
        return f"SELECT {part.step}::BIGINT AS {label}, * FROM {source}"

    def _view(self, name: str, select: str) -> None:
        self._connection.execute(f"CREATE VIEW {parquet.quote_name(name)} AS {select}")

    def answer(self, query: str) -> dict[str, NDArray[Any]]:
        """Run one SELECT.

        Raises
        ------
        ValueError
            If it is none, or DuckDB cannot run it.
        """
        import duckdb

        try:
            self._check(query)
            self._lock()
            self._connection.execute(query)
            return parquet.fetch_columns(self._connection)
        except duckdb.Error as error:
            offered = ", ".join(parquet.quote_name(name) for name in self.names)
            raise ValueError(
                f"`query` must be SQL that DuckDB can run on this run; it says: {error}. "
                f"There are {offered}."
            ) from error

    def _check(self, query: str) -> None:
        import duckdb

        statements = self._connection.extract_statements(query)
        kinds = [statement.type for statement in statements]
        if kinds != [duckdb.StatementType.SELECT]:
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


def _shown(name: str) -> str:
    """Name the view of a table, which may be called as a view of ours."""
    ours = (SCALARS, SCALARS_ALL, WRITERS, "everything")
    return f"tables/{name}" if name.lower() in ours else name


def _whole_number(found: object) -> str:
    return str(found) if type(found) is int else "NULL"


def _step_label(columns: Iterable[str]) -> str:
    """Name the column of steps, which a table may have one of its own of."""
    return "table_step" if "step" in {name.lower() for name in columns} else "step"


def _joined(pieces: list[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(pieces) if pieces else np.empty(0, kind)


def _texts(names: Sequence[str]) -> NDArray[np.object_]:
    return np.array([*names, None], dtype=object)[:-1]
