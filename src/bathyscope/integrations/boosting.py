"""What is recorded of boosting, whatever library boosts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bathyscope import _names as names
from bathyscope.integrations.session import Session


class BoostingRecorder:
    """Records metrics of each boosting round, and what the features were worth at the end.

    A step is a boosting round done, those of a model that is trained further included.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def round(self, rounds: int, metrics: Mapping[str, float]) -> None:
        """Record the metrics after so many rounds."""
        self._session.steps.follow(rounds)
        if metrics:
            self._session.writer.log_scalars(metrics, step=rounds)

    def importance(self, rounds: int, columns: Mapping[str, Any]) -> None:
        """Record a table with one row per feature."""
        self._session.writer.log_table(names.FEATURE_IMPORTANCE, columns, step=rounds)

    def stopped_early(self, best_round: int) -> None:
        """Say which round was the best."""
        self._session.note(f"Early stopping found round {best_round} to be the best.")

    def cross_validated(self) -> None:
        """Say what is not recorded of several models at once."""
        self._session.note(
            "Feature importance is not recorded: cross validation trains several models."
        )
