"""The footprint per functional unit: one kWh that the battery delivers over its service life.

``CFP_FU = (kg CO2e per kWh of capacity) / (full equivalent cycles per year × years)``: the capacity cancels. Source:
draft delegated act Ares(2024)3131389 and JRC CFB-EV; cycles per year come from the rule set, and only for a category
that it does not know may the manufacturer choose them, with a reason.

Raises ConfigurationError ``battery-capacity-missing``, ``battery-unit-mismatch``, ``battery-rule-unknown``,
``battery-input-…``.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from renkei.battery.footprint.record import FootprintRecord
from renkei.battery.footprint.rules import RuleSet
from renkei.battery.problems import INPUT, NOT_PER_CAPACITY
from renkei.battery.units import Dimension, Quantity, Rounding, Unit, render_figure


@dataclass(frozen=True, slots=True)
class ServiceLife:
    """How long and how hard a battery works. ``years`` is the commercial warranty."""

    category: str
    years: Decimal
    chosen_cycles_per_year: Decimal | None = None
    justification: str | None = None

    def cycles(self, rules: RuleSet) -> Fraction:
        """Full equivalent cycles over the whole life."""
        if self.years <= 0:
            raise INPUT.out_of_range(at="years", found=self.years, expected="more than 0")
        chosen = self.chosen_cycles_per_year
        if chosen is None:
            return Fraction(rules.cycles_per_year(self.category)) * Fraction(self.years)
        if self.category in rules.equivalent_cycles:
            raise INPUT.inconsistent(
                at="cyclesPerYear", found=chosen, expected=f"the rule set's figure for {self.category}"
            )
        if chosen <= 0:
            raise INPUT.out_of_range(at="cyclesPerYear", found=chosen, expected="more than 0")
        if not self.justification:
            raise INPUT.missing(at="cyclesPerYear", name="justification")
        return Fraction(chosen) * Fraction(self.years)


@dataclass(frozen=True, slots=True)
class DeliveredFootprint:
    """Exact kg CO2e per kWh delivered, with what it was derived from. Never to be mixed with kWh of capacity."""

    record: str
    per_kilowatt_hour: Fraction
    life: ServiceLife
    cycles: Fraction
    rule_set: str

    def rounded(self, rounding: Rounding) -> Decimal:
        """The published figure."""
        return rounding.apply(self.per_kilowatt_hour)

    def to_json(self, rounding: Rounding) -> dict[str, object]:
        """The plain JSON form."""
        return {
            "@type": "DeliveredFootprint",
            "record": self.record,
            "value": render_figure(self.rounded(rounding)),
            "unit": f"kgCO2e/{Unit.KILOWATT_HOUR_DELIVERED.code}",
            "category": self.life.category,
            "years": render_figure(self.life.years),
            "fullEquivalentCycles": render_figure(rounding.apply(self.cycles)),
            "ruleSet": self.rule_set,
        }


def footprint_per_capacity(record: FootprintRecord, capacity: Quantity | None = None) -> Fraction:
    """Exact kg CO2e per kWh of capacity; ``capacity`` is that of the declared amount when it is declared otherwise."""
    declared = record.declared
    if capacity is None:
        if declared.unit.dimension is not Dimension.CAPACITY:
            raise NOT_PER_CAPACITY(part=record.part, unit=declared.unit.code)
        capacity = declared
    elif declared.unit.dimension is Dimension.CAPACITY:
        raise INPUT.inconsistent(at="capacity", found=capacity.value, expected="a record that is declared per capacity")
    kilowatt_hours = capacity.count(Unit.KILOWATT_HOUR_CAPACITY, record.part)
    if kilowatt_hours <= 0:
        raise INPUT.out_of_range(at="capacity", found=capacity.value, expected="more than 0")
    return Fraction(record.total) / kilowatt_hours


def footprint_per_delivered(
    record: FootprintRecord, life: ServiceLife, rules: RuleSet, capacity: Quantity | None = None
) -> DeliveredFootprint:
    """Kg CO2e per kWh delivered of a battery's record."""
    cycles = life.cycles(rules)
    return DeliveredFootprint(record.id, footprint_per_capacity(record, capacity) / cycles, life, cycles, rules.id)


def delivered_energy(capacity: Quantity, life: ServiceLife, rules: RuleSet) -> Fraction:
    """``E_total`` in kWh delivered: usable capacity × cycles."""
    return capacity.count(Unit.KILOWATT_HOUR_CAPACITY, "capacity") * life.cycles(rules)
