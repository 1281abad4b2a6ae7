"""TensorBoard's event files: read whole, without TensorBoard, and made into our own runs."""

from bathyscope.importers.tensorboard.log import ItemColumn as ItemColumn
from bathyscope.importers.tensorboard.log import RunLog as RunLog
from bathyscope.importers.tensorboard.log import ScalarColumn as ScalarColumn
from bathyscope.importers.tensorboard.read import read as read
from bathyscope.importers.tensorboard.to_runs import import_logs as import_logs
from bathyscope.importers.tensorboard.values import Audio as Audio
from bathyscope.importers.tensorboard.values import Histogram as Histogram
from bathyscope.importers.tensorboard.values import Image as Image

__all__ = [
    "Audio",
    "Histogram",
    "Image",
    "ItemColumn",
    "RunLog",
    "ScalarColumn",
    "import_logs",
    "read",
]
