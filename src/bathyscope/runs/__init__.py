"""Runs: a folder of plain files that everything recorded goes into, and is read from.

`RunWriter` records, `Run` reads; neither knows what a model or a view is. The format is
described in ``docs/run-format.md``.
"""

from bathyscope.runs.about import About as About
from bathyscope.runs.about import read_about as read_about
from bathyscope.runs.compact import Compaction as Compaction
from bathyscope.runs.compact import compact as compact
from bathyscope.runs.curate import describe_run as describe_run
from bathyscope.runs.deleting import delete_run as delete_run
from bathyscope.runs.deleting import erase_run as erase_run
from bathyscope.runs.deleting import restore_run as restore_run
from bathyscope.runs.environment import record_environment as record_environment
from bathyscope.runs.listing import RunSummary as RunSummary
from bathyscope.runs.listing import list_runs as list_runs
from bathyscope.runs.news import NewScalars as NewScalars
from bathyscope.runs.reader import Run as Run
from bathyscope.runs.series import Series as Series
from bathyscope.runs.steps import resolve_step as resolve_step
from bathyscope.runs.summaries import ScalarSummary as ScalarSummary
from bathyscope.runs.system import SystemMetrics as SystemMetrics
from bathyscope.runs.trash import Trashed as Trashed
from bathyscope.runs.trash import list_trash as list_trash
from bathyscope.runs.writer import RunWriter as RunWriter

__all__ = [
    "About",
    "Compaction",
    "NewScalars",
    "Run",
    "RunSummary",
    "RunWriter",
    "ScalarSummary",
    "Series",
    "SystemMetrics",
    "Trashed",
    "compact",
    "delete_run",
    "describe_run",
    "erase_run",
    "list_runs",
    "list_trash",
    "read_about",
    "record_environment",
    "resolve_step",
    "restore_run",
]
