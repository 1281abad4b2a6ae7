"""One run in the table: where it is, how it looked last, and the versions of its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bathyscope.server.discovery import Place
from bathyscope.server.pulse import Pulse

Row = dict[str, Any]


@dataclass
class Known:
    """A run that the server knows.

    Parameters
    ----------
    id : str
        By which the page asks for it; found in the table of runs, never made into a path.
    place : Place
    pulse : Pulse, optional
        How it looked last; None until it was looked at.
    version : int
        Grows whenever anything of it changes.
    parts : dict of str to int
        Version of each part: the number the run had when that part changed last.
    row : dict
        What the list of runs shows of it; empty until it was read.
    changed : float
        When it was last seen to change, by the clock that only runs forward.
    due : float
        When it is to be looked at again, by the same clock.
    asked : float
        When a page last asked for it, by the same clock.
    readable : float
        Before this its row is not read again, by the same clock.
    has_values : bool
        Whether the row holds the last values of the metrics.
    told : int
        The version at which its small files were read for the row; -1 if they were not.
    fault : str
        Why its files cannot be looked at.
    checked : float
        When it was last looked up whether its process lives, by the same clock.
    """

    id: str
    place: Place
    pulse: Pulse | None = None
    version: int = 0
    parts: dict[str, int] = field(default_factory=dict)
    row: Row = field(default_factory=dict)
    changed: float = float("-inf")
    due: float = 0.0
    asked: float = float("-inf")
    readable: float = float("-inf")
    has_values: bool = False
    told: int = -1
    fault: str = ""
    checked: float = float("-inf")

    def take(self, pulse: Pulse, version: int) -> bool:
        """Compare with the last look; number what changed. Give whether anything did."""
        before = self.pulse.parts if self.pulse else {}
        names = before.keys() | pulse.parts.keys()
        changed = [name for name in names if before.get(name) != pulse.parts.get(name)]
        self.pulse = pulse
        if changed:
            self.version = version
            self.parts.update(dict.fromkeys(changed, version))
        return bool(changed)

    def version_of(self, parts: frozenset[str]) -> int:
        """Version of what depends on these parts."""
        return max((self.parts.get(name, 0) for name in parts), default=0)
