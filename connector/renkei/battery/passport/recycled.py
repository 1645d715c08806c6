"""Recycled content against the minima of the law (Article 8), under each rule set that has some, one beside the other.

The minima are thresholds of the rule sets (``vocab/battery/rules``, topic ``recycled-content``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from renkei.battery.footprint.rules import RuleSet
from renkei.battery.units import render_figure

TOPIC: Final = "recycled-content"
METALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "recycledCobalt": "cobalt",
        "recycledLithium": "lithium",
        "recycledNickel": "nickel",
        "recycledLead": "lead",
    }
)
"""The data points that a minimum is about, and the metal of each."""


def against(rules: Iterable[RuleSet], point: str, percent: Decimal) -> list[dict[str, object]]:
    """How a share stands against each minimum for its data point; empty for points that have none."""
    metal = METALS.get(point, "")
    return [
        {
            "rules": one.id,
            "from": threshold.start.isoformat(),
            "percent": render_figure(threshold.percent[metal]),
            "met": percent >= threshold.percent[metal],
        }
        for one in rules
        for threshold in sorted(one.thresholds, key=lambda each: each.start)
        if threshold.topic == TOPIC and metal in threshold.percent
    ]
