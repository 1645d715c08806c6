"""Recycled content against the minima of the law, under each rule set beside the other (Article 8).

Shape (``vocab/battery/passport/recycled-content.json``)::

    {"@type": "RecycledContentRules", "id": "…", "asOf": "…", "sources": ["…"],
     "minima": [{"rules": "eu-2023-1542", "from": "2031-08-18", "point": "recycledCobalt", "percent": "16"}]}

Raises ConfigurationError ``battery-input-…``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from renkei.battery.problems import INPUT
from renkei.battery.reading import PERCENT, Members
from renkei.battery.units import render_figure


@dataclass(frozen=True, slots=True)
class Minimum:
    """From a day on, a data point must be so many percent at least."""

    rules: str
    start: date
    point: str
    percent: Decimal

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        minimum = cls(
            members.text("rules"), members.day("from"), members.text("point"), members.figure("percent", PERCENT)
        )
        members.close()
        return minimum

    def against(self, percent: Decimal) -> dict[str, object]:
        """How a share stands against it."""
        return {
            "rules": self.rules,
            "from": self.start.isoformat(),
            "percent": render_figure(self.percent),
            "met": percent >= self.percent,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RecycledContentRules:
    """All minima, of every rule set."""

    id: str
    as_of: date
    sources: tuple[str, ...]
    minima: tuple[Minimum, ...]

    def against(self, point: str, percent: Decimal) -> list[dict[str, object]]:
        """How a share stands against each minimum for its data point; empty for points that have none."""
        return [minimum.against(percent) for minimum in self.minima if minimum.point == point]

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the minima."""
        members = Members.typed(value, INPUT, "RecycledContentRules")
        rules = cls(
            id=members.text("id"),
            as_of=members.day("asOf"),
            sources=members.texts("sources"),
            minima=tuple(Minimum.read(minimum) for minimum in members.each("minima")),
        )
        members.close()
        return rules
