"""Panels in rows and columns, lined up at the left and top edges of their axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Box:
    """Size of a panel's axes, and how far its texts reach beyond them."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float


class Grid:
    """Where the axes go.

    Parameters
    ----------
    boxes : sequence of Box
        Row by row.
    columns : int
    gap : (float, float)
        Between columns and between rows.
    """

    def __init__(self, boxes: Sequence[Box], columns: int, gap: tuple[float, float]) -> None:
        self.columns, self.gap = min(columns, len(boxes)), gap
        n_rows = -(-len(boxes) // self.columns)
        self.n = len(boxes)
        self.lefts, self.rights = np.zeros(self.columns), np.zeros(self.columns)
        self.tops, self.bottoms = np.zeros(n_rows), np.zeros(n_rows)
        for index, box in enumerate(boxes):
            row, column = divmod(index, self.columns)
            self.lefts[column] = max(self.lefts[column], box.left)
            self.rights[column] = max(self.rights[column], box.width + box.right)
            self.tops[row] = max(self.tops[row], box.top)
            self.bottoms[row] = max(self.bottoms[row], box.height + box.bottom)

    @property
    def width(self) -> float:
        """Width of all panels with their texts."""
        return float(self.lefts.sum() + self.rights.sum() + self.gap[0] * (self.columns - 1))

    @property
    def height(self) -> float:
        """Height of all panels with their texts."""
        return float(self.tops.sum() + self.bottoms.sum() + self.gap[1] * (len(self.tops) - 1))

    def top(self, index: int) -> float:
        """Room above the axes in the row of a panel."""
        return float(self.tops[index // self.columns])

    def corner(self, index: int) -> tuple[float, float]:
        """Left and top edge of a panel's axes, from the top left corner."""
        row, column = divmod(index, self.columns)
        x = self.lefts[: column + 1].sum() + self.rights[:column].sum() + self.gap[0] * column
        y = self.tops[: row + 1].sum() + self.bottoms[:row].sum() + self.gap[1] * row
        return float(x), float(y)
