"""What a company knows about its own part: emissions measured in the plant, and what it took from the literature.

All amounts are per declared amount of the part. What was measured is primary; what comes from a database is secondary
and cannot be stated without the factor's source, version and licence. Shape::

    {"@type": "FootprintInventory", "part": "…", "company": "did:web:…", "plant": "…",
     "declaredUnit": "kilowatt-hour-capacity", "declaredUnitAmount": "1",
     "period": {"start": "2025-01-01", "end": "2025-12-31"},
     "own": [{"name": "coating line", "stage": "mainProductProduction", "kgCO2e": "12.9",
              "quality": {"TeR": "1", "GeR": "1", "TiR": "2"}}],
     "secondary": [{"name": "grid electricity", "stage": "…", "amount": "3", "unit": "kilowatt-hour",
                    "factor": {…}, "quality": {…}}]}

Raises ConfigurationError ``battery-input-…``, ``battery-unit-mismatch``.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Self

from renkei.battery.footprint.record import Quality, SecondaryFactor, Stage, quality_to_json, read_quality
from renkei.battery.parts.part import Part, Period
from renkei.battery.problems import INPUT
from renkei.battery.reading import Members
from renkei.battery.units import Quantity, render_figure


@dataclass(frozen=True, slots=True)
class OwnEmission:
    """Emissions of our own plant, measured: kg CO2e per declared amount. Credits are negative."""

    name: str
    stage: Stage
    emission: Decimal
    quality: Quality[Decimal] | None = None

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {
            "name": self.name,
            "stage": self.stage.value,
            "kgCO2e": render_figure(self.emission),
        }
        return members if self.quality is None else members | {"quality": quality_to_json(self.quality)}

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        emission = cls(
            name=members.text("name"),
            stage=members.choice("stage", Stage),
            emission=members.figure("kgCO2e"),
            quality=_read_optional_quality(members),
        )
        members.close()
        return emission


@dataclass(frozen=True, slots=True)
class SecondaryUse:
    """Something used for which only a factor from the literature is known: amount times factor."""

    name: str
    stage: Stage
    amount: Quantity
    factor: SecondaryFactor
    quality: Quality[Decimal] | None = None

    def emission(self) -> Fraction:
        """Exact kg CO2e per declared amount."""
        return self.amount.count(self.factor.unit, self.name) * Fraction(self.factor.value)

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {
            "name": self.name,
            "stage": self.stage.value,
            "amount": render_figure(self.amount.value),
            "unit": self.amount.unit.code,
            "factor": self.factor.to_json(),
        }
        return members if self.quality is None else members | {"quality": quality_to_json(self.quality)}

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        use = cls(
            name=members.text("name"),
            stage=members.choice("stage", Stage),
            amount=members.quantity("amount", "unit"),
            factor=SecondaryFactor.read(members.inner("factor")),
            quality=_read_optional_quality(members),
        )
        members.close()
        return use


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything but the components: those stand in the bill of materials and in suppliers' records."""

    part: Part
    period: Period
    own: tuple[OwnEmission, ...] = ()
    secondary: tuple[SecondaryUse, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {
            "@type": "FootprintInventory",
            **self.part.members(),
            "period": self.period.to_json(),
            "own": [emission.to_json() for emission in self.own],
            "secondary": [use.to_json() for use in self.secondary],
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read an inventory file."""
        members = Members.typed(value, INPUT, "FootprintInventory")
        inventory = cls(
            part=Part.read(members),
            period=Period.read(members.inner("period")),
            own=tuple(OwnEmission.read(emission) for emission in members.each("own")),
            secondary=tuple(SecondaryUse.read(use) for use in members.each("secondary")),
        )
        members.close()
        return inventory


def _read_optional_quality(members: Members) -> Quality[Decimal] | None:
    quality = members.optional_inner("quality")
    return None if quality is None else read_quality(quality)
