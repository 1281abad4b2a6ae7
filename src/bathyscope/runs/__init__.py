"""Runs: a folder of plain files that everything recorded goes into, and is read from.

`RunWriter` records, `Run` reads; neither knows what a model or a view is. The format is
described in ``docs/run-format.md``.
"""

from bathyscope.runs.compact import Compaction as Compaction
from bathyscope.runs.compact import compact as compact
from bathyscope.runs.listing import RunSummary as RunSummary
from bathyscope.runs.listing import list_runs as list_runs
from bathyscope.runs.news import NewScalars as NewScalars
from bathyscope.runs.reader import Run as Run
from bathyscope.runs.series import Series as Series
from bathyscope.runs.steps import resolve_step as resolve_step
from bathyscope.runs.summaries import ScalarSummary as ScalarSummary
from bathyscope.runs.system import SystemMetrics as SystemMetrics
from bathyscope.runs.writer import RunWriter as RunWriter

__all__ = [
    "Compaction",
    "NewScalars",
    "Run",
    "RunSummary",
    "RunWriter",
    "ScalarSummary",
    "Series",
    "SystemMetrics",
    "compact",
    "list_runs",
    "resolve_step",
]
