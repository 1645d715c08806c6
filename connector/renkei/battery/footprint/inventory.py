"""What a company knows about its own part: emissions measured in the plant, and what it took from the literature.

All amounts are per declared amount of the part. What was measured is primary; what comes from a database is secondary
and cannot be stated without the factor's source, version and licence. Shape::

    {"@type": "FootprintInventory", "part": "…", "company": "did:web:…", "plant": "…",
     "declaredUnit": "kilowatt-hour-capacity", "declaredUnitAmount": "1",
     "period": {"start": "2025-01-01", "end": "2025-12-31"},
     "own": [{"name": "coating line", "stage": "mainProductProduction", "kgCO2e": "12.9",
              "quality": {"TeR": "1", "GeR": "1", "TiR": "2"}}],
     "secondary": [{"name": "grid electricity", "stage": "…", "amount": "3", "unit": "kilowatt-hour",
                    "factor": {…}, "quality": {…}}],
     "transport": [{…}], "allocation": [{…}], "circular": [{…}]}

The last three may be absent: freight (``transport``), processes with several products (``allocation``), materials with
recycled content or an end of life (``circular``).

Raises ConfigurationError ``battery-input-…``, ``battery-unit-mismatch``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Self

from renkei.battery.footprint.allocation import AllocatedEmission
from renkei.battery.footprint.circular import CircularMaterial
from renkei.battery.footprint.emission import Emission
from renkei.battery.footprint.methods import Methods
from renkei.battery.footprint.record import Quality, SecondaryFactor, Stage, quality_to_json, read_quality
from renkei.battery.footprint.transport import Transport
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
    transport: tuple[Transport, ...] = ()
    allocation: tuple[AllocatedEmission, ...] = ()
    circular: tuple[CircularMaterial, ...] = ()

    def emissions(self, methods: Methods) -> Iterator[Emission]:
        """What all entries come to; ``methods``: how the rule set divides and credits."""
        for own in self.own:
            yield Emission(own.name, own.stage, Fraction(own.emission), measured=True, quality=own.quality)
        for use in self.secondary:
            yield Emission(use.name, use.stage, use.emission(), measured=False, quality=use.quality)
        for made in self.allocation:
            yield from made.emissions(methods)
        for moved in self.transport:
            yield from moved.emissions()
        for material in self.circular:
            yield from material.emissions(methods)

    def factors(self) -> Iterator[SecondaryFactor]:
        """All factors of others that the entries rest on."""
        yield from (use.factor for use in self.secondary)
        for moved in self.transport:
            yield from moved.factors()
        for material in self.circular:
            yield from material.factors.values()

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {
            "@type": "FootprintInventory",
            **self.part.members(),
            "period": self.period.to_json(),
            "own": [emission.to_json() for emission in self.own],
            "secondary": [use.to_json() for use in self.secondary],
        }
        if self.transport:
            members["transport"] = [moved.to_json() for moved in self.transport]
        if self.allocation:
            members["allocation"] = [made.to_json() for made in self.allocation]
        if self.circular:
            members["circular"] = [material.to_json() for material in self.circular]
        return members

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read an inventory file."""
        members = Members.typed(value, INPUT, "FootprintInventory")
        inventory = cls(
            part=Part.read(members),
            period=Period.read(members.inner("period")),
            own=tuple(OwnEmission.read(emission) for emission in members.each("own")),
            secondary=tuple(SecondaryUse.read(use) for use in members.each("secondary")),
            transport=tuple(map(Transport.read, _optional(members, "transport"))),
            allocation=tuple(map(AllocatedEmission.read, _optional(members, "allocation"))),
            circular=tuple(map(CircularMaterial.read, _optional(members, "circular"))),
        )
        members.close()
        return inventory


def _optional(members: Members, name: str) -> list[Members]:
    return members.each(name) if members.has(name) else []


def _read_optional_quality(members: Members) -> Quality[Decimal] | None:
    quality = members.optional_inner("quality")
    return None if quality is None else read_quality(quality)
