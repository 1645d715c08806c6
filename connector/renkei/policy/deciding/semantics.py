"""Under which reading of ODRL a decision is made: named and versioned, because the standard leaves it open.

Source: ODRL Formal Semantics draft (2026): a condition is fulfilled beforehand; SolidLab's test suite: eventually.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from renkei.policy.terms import ODRL, canonical_action


class DutyReading(Enum):
    """When the duty on a permission must be done.

    Before the use; some time, so that only a violation counts; or as it lies in the nature of the action: a payment
    beforehand, a deletion afterwards.
    """

    BEFORE = "before"
    EVENTUALLY = "eventually"
    BY_ACTION = "by-action"


@dataclass(frozen=True, slots=True)
class Semantics:
    """One reading. ``zone``: the offset (``Z``, ``+09:00``) of times that have none; empty: those are not read."""

    name: str
    version: int
    duties: DutyReading
    zone: str = ""

    @property
    def label(self) -> str:
        """Name and version, as decisions and reports show them."""
        return f"{self.name}/{self.version}"


PRE: Final = Semantics("pre", 1, DutyReading.BEFORE)
EVENTUAL: Final = Semantics("eventual", 1, DutyReading.EVENTUALLY)
BY_ACTION: Final = Semantics("by-action", 1, DutyReading.BY_ACTION)
"""Ours: what is done afterwards by its nature does not stand in the way of the use."""

_AFTERWARDS: Final = frozenset(ODRL + name for name in ("attribute", "delete", "inform", "nextPolicy", "uninstall"))


def due_before(action: str | None, semantics: Semantics) -> bool:
    """Whether a duty to this action must be fulfilled before the use; an unknown action must."""
    if semantics.duties is DutyReading.BY_ACTION:
        return action is None or canonical_action(action) not in _AFTERWARDS
    return semantics.duties is DutyReading.BEFORE
