"""Rule sets: what law and method prescribe, as dated data that is passed in, never as constants in code.

The delegated act on battery footprints is not in force, so several rule sets live side by side; a record names the
one it was made under. Shape (``vocab/battery/rules/*.json``)::

    {"@type": "BatteryRuleSet", "id": "…", "asOf": "2026-11-21", "status": "…", "sources": ["…"],
     "publication": {"digits": 34, "counting": "significant"},
     "stageMaps": {"component": {<stage>: <stage>, … all four}},
     "equivalentCyclesPerYear": {"M1": "60", …}}

Raises ConfigurationError ``battery-input-…``, ``battery-rule-unknown``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self, TypeVar

from renkei.battery.footprint.record import Stage, read_rounding
from renkei.battery.problems import INPUT, RULE_UNKNOWN
from renkei.battery.reading import POSITIVE, Members
from renkei.battery.units import Rounding

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """One version of the rules for footprints."""

    id: str
    as_of: date
    status: str
    sources: tuple[str, ...]
    publication: Rounding
    stage_maps: Mapping[str, Mapping[Stage, Stage]]
    equivalent_cycles: Mapping[str, Decimal]

    def stage_map(self, name: str) -> Mapping[Stage, Stage]:
        """Where a component's stages fall."""
        return _look_up(self.stage_maps, name, self.id)

    def cycles_per_year(self, category: str) -> Decimal:
        """Full equivalent cycles a year (FEqC/yr) of a vehicle category."""
        return _look_up(self.equivalent_cycles, category, self.id)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read a rule set file."""
        members = Members.typed(value, INPUT, "BatteryRuleSet")
        maps = members.inner("stageMaps")
        cycles = members.inner("equivalentCyclesPerYear")
        rules = cls(
            id=members.text("id"),
            as_of=members.day("asOf"),
            status=members.text("status"),
            sources=members.texts("sources"),
            publication=read_rounding(members.inner("publication")),
            stage_maps={name: _read_map(maps.inner(name)) for name in maps.names()},
            equivalent_cycles={name: cycles.figure(name, POSITIVE) for name in cycles.names()},
        )
        members.close()
        return rules


def _read_map(members: Members) -> Mapping[Stage, Stage]:
    stage_map = {stage: members.choice(stage.value, Stage) for stage in Stage}
    members.close()
    return stage_map


def _look_up(table: Mapping[str, T], name: str, rules: str) -> T:
    if name not in table:
        raise RULE_UNKNOWN(rules=rules, name=name, known=", ".join(table))
    return table[name]
