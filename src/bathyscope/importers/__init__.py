"""Readers of what other tools recorded, and the way from there into our own runs."""

from bathyscope.importers.formats import FORMATS as FORMATS
from bathyscope.importers.formats import Found as Found
from bathyscope.importers.formats import detect as detect
from bathyscope.importers.formats import find_logs as find_logs
from bathyscope.importers.formats import open_log as open_log
from bathyscope.importers.into_runs import import_found as import_found
from bathyscope.importers.into_runs import write_log as write_log
from bathyscope.importers.log import Column as Column
from bathyscope.importers.log import Log as Log
from bathyscope.importers.memory import LogRun as LogRun

__all__ = [
    "FORMATS",
    "Column",
    "Found",
    "Log",
    "LogRun",
    "detect",
    "find_logs",
    "import_found",
    "open_log",
    "write_log",
]
