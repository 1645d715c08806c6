"""How often a delivery is tried, and how long apart: a partner that is away is asked at longer and longer pauses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often, and how long apart: ``first`` seconds, doubling up to ``longest``, at most ``tries``."""

    first: float = 0.1
    longest: float = 30.0
    tries: int = 12

    def wait(self, tries: int, chance: float) -> timedelta:
        """The pause after the given number of tries; ``chance`` in [0, 1) spreads it over half to all of it."""
        pause = min(self.longest, self.first * 2 ** min(tries, 30))
        return timedelta(seconds=pause * (0.5 + chance / 2))


FOR_MESSAGES: Final = Patience()
"""Messages of the protocol: their partner waits for them, and a process that hears nothing ends."""
FOR_ERRANDS: Final = Patience(first=0.5, longest=900.0, tries=200)
"""Requests and their answers: a partner may be away for a night."""
