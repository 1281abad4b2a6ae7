"""Waist 1: every model, whatever made it, answers the same five questions (`protocol.py`)."""

from __future__ import annotations

from bathyscope.models.adapting import adapt as adapt
from bathyscope.models.batches import forward_in_batches as forward_in_batches
from bathyscope.models.description import describe as describe
from bathyscope.models.description import layers_from_description as layers_from_description
from bathyscope.models.loading import load as load
from bathyscope.models.lookup import find_layer as find_layer
from bathyscope.models.lookup import find_parameter as find_parameter
from bathyscope.models.protocol import Batch as Batch
from bathyscope.models.protocol import Forward as Forward
from bathyscope.models.protocol import Gradients as Gradients
from bathyscope.models.protocol import Layer as Layer
from bathyscope.models.protocol import Loss as Loss
from bathyscope.models.protocol import Model as Model
from bathyscope.models.protocol import Parameter as Parameter
from bathyscope.models.protocol import Role as Role
from bathyscope.models.protocol import Score as Score
from bathyscope.models.protocol import Target as Target

__all__ = [
    "Batch",
    "Forward",
    "Gradients",
    "Layer",
    "Loss",
    "Model",
    "Parameter",
    "Role",
    "Score",
    "Target",
    "adapt",
    "describe",
    "find_layer",
    "find_parameter",
    "forward_in_batches",
    "layers_from_description",
    "load",
]
