"""A model spread over processes: each records its part, and rank 0 adds up what all have read.

No process asks another, and none waits for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bathyscope.integrations.budget import listing
from bathyscope.integrations.session import Session
from bathyscope.integrations.shards import PATIENCE, Parts
from bathyscope.integrations.torch_distributed import rank
from bathyscope.integrations.torch_optimizers import tree_of_module
from bathyscope.integrations.torch_readings import StepReader
from bathyscope.integrations.torch_shards import ShardedParameters, shares_of
from bathyscope.runs.sharded import Shard

IS_SHARDED = (
    "The model is sharded over processes: parameters, and what is read of gradients, weights and "
    "updates, are put together from what each records; what the model makes of the probe and the "
    "gradient noise scale are not recorded."
)


class ShardedModel:
    """What this process records of a model that it holds a part of.

    Parameters
    ----------
    session : Session
    model : torch.nn.Module
    parameter_names : mapping of int to str
        Name by `id` of the parameter.
    shard : Shard
        Which of the processes that hold the model this is.

    Attributes
    ----------
    reader : StepReader
        Reads this process's parts.
    parameters : ShardedParameters
        Writes them at snapshots.
    """

    def __init__(
        self, session: Session, model: Any, parameter_names: Mapping[int, str], shard: Shard
    ) -> None:
        self._session = session
        self.shard = shard
        shares = shares_of(model, parameter_names)
        self.reader = StepReader(shares.names, shares.counts)
        self.parameters = ShardedParameters(session, tree_of_module(model).tensors, shard)
        self._parts = Parts(session.writer.path, shares.sizes) if rank() == 0 else None
        if rank() == 0:  # said of all of them
            session.note(IS_SHARDED)

    def put_together(self, *, wait: bool) -> None:
        """On rank 0, record statistics of the parameters all of whose parts are there by now.

        Parameters
        ----------
        wait : bool
            Wait a moment for the last step, and say what is missing.
        """
        if self._parts is None:
            return
        for step, values in self._parts.take(patience=PATIENCE if wait else 0.0):
            self._session.writer.log_scalars(values, step=step)
        if wait and self._parts.missing:
            self._session.note(
                f"Of parameters {listing(self._parts.missing)} no statistics could be put "
                "together: parts that other processes hold are missing. Call `record` and `watch` "
                "on all of them."
            )
