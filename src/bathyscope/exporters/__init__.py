"""The way out: a run as files that other tools read."""

from bathyscope.exporters.export import FORMATS as FORMATS
from bathyscope.exporters.export import export as export

__all__ = ["FORMATS", "export"]
