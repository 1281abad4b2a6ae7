"""A request that is not answered, and why."""

from __future__ import annotations


class Refusal(Exception):
    """Says what must hold, what was given and what to do.

    Parameters
    ----------
    status : int
        Of the HTTP answer.
    reason : str
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
