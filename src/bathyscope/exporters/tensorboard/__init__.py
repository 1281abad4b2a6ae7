"""A run as an event file that TensorBoard itself shows."""

from bathyscope.exporters.tensorboard.write import write as write
