"""Freight: mass times distance, leg by leg, and the distances that are assumed where nobody knows better.

Freight is allocated by mass: so many tonne-kilometres, each with the factor of its mode. An entry of an inventory::

    {"name": "cathode from overseas", "stage": "distribution", "mass": "450", "unit": "kilogram",
     "legs": [{"mode": "ship", "distance": "18000", "unit": "kilometer", "factor": {… per ton-kilometer}}],
     "quality": {…}}

Scenarios are dated data (``vocab/battery/transport.json``)::

    {"@type": "TransportScenarios", "asOf": "2026-11-22", "sources": ["…"], "utilisation": "64",
     "scenarios": {"supplier-outside-europe": [{"mode": "truck", "distance": "1000", "unit": "kilometer"}, …]}}

Source: Battery Pass, Carbon Footprint Rules (2023), 4.1.4 and 4.2.2. Raises ConfigurationError ``battery-input-…``,
``battery-unit-mismatch``, ``battery-rule-unknown``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Self

from renkei.battery.footprint.emission import Emission
from renkei.battery.footprint.record import Quality, SecondaryFactor, Stage, quality_to_json, read_quality
from renkei.battery.problems import INPUT, RULE_UNKNOWN
from renkei.battery.reading import PERCENT, POSITIVE, Members
from renkei.battery.units import Quantity, Unit, render_figure


@dataclass(frozen=True, slots=True)
class Distance:
    """So far by this mode (truck, train, barge, ship, plane)."""

    mode: str
    distance: Quantity

    def freight(self, mass: Quantity) -> Fraction:
        """Tonne-kilometres of so much mass."""
        return mass.count(Unit.TONNE, self.mode) * self.distance.count(Unit.KILOMETRE, self.mode)


@dataclass(frozen=True, slots=True)
class Leg:
    """A distance with the factor of its mode."""

    way: Distance
    factor: SecondaryFactor

    def emission(self, mass: Quantity) -> Fraction:
        """Exact kg CO2e of so much mass."""
        tonne_kilometres = self.way.freight(mass)
        one = Quantity(Decimal(1), Unit.TONNE_KILOMETRE)
        return tonne_kilometres * one.count(self.factor.unit, self.way.mode) * Fraction(self.factor.value)

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return _distance_to_json(self.way) | {"factor": self.factor.to_json()}


@dataclass(frozen=True, slots=True)
class Transport:
    """What is moved for one declared amount of a part, and how."""

    name: str
    stage: Stage
    mass: Quantity
    legs: tuple[Leg, ...]
    quality: Quality[Decimal] | None = None

    def emissions(self) -> Iterator[Emission]:
        """All legs as one emission."""
        exact = sum((leg.emission(self.mass) for leg in self.legs), Fraction(0))
        yield Emission(self.name, self.stage, exact, measured=False, quality=self.quality)

    def factors(self) -> Iterator[SecondaryFactor]:
        """The factors it rests on."""
        return (leg.factor for leg in self.legs)

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {
            "name": self.name,
            "stage": self.stage.value,
            "mass": render_figure(self.mass.value),
            "unit": self.mass.unit.code,
            "legs": [leg.to_json() for leg in self.legs],
        }
        return members if self.quality is None else members | {"quality": quality_to_json(self.quality)}

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        quality = members.optional_inner("quality")
        transport = cls(
            name=members.text("name"),
            stage=members.choice("stage", Stage),
            mass=members.quantity("mass", "unit"),
            legs=tuple(_read_leg(leg) for leg in members.each("legs")),
            quality=None if quality is None else read_quality(quality),
        )
        members.close()
        return transport


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportScenarios:
    """What is assumed where the way is not known; ``utilisation``: percent of the payload that a vehicle carries."""

    as_of: date
    sources: tuple[str, ...]
    utilisation: Decimal
    scenarios: Mapping[str, tuple[Distance, ...]]

    def ways(self, name: str) -> tuple[Distance, ...]:
        """The distances of one scenario."""
        if name not in self.scenarios:
            raise RULE_UNKNOWN(rules="transport", name=name, known=", ".join(self.scenarios))
        return self.scenarios[name]

    def legs(self, name: str, factors: Mapping[str, SecondaryFactor]) -> tuple[Leg, ...]:
        """The legs of one scenario, with a factor for each of its modes."""
        for way in self.ways(name):
            if way.mode not in factors:
                raise RULE_UNKNOWN(rules=name, name=way.mode, known=", ".join(factors))
        return tuple(Leg(way, factors[way.mode]) for way in self.ways(name))

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the file of scenarios."""
        members = Members.typed(value, INPUT, "TransportScenarios")
        named = members.inner("scenarios")
        found = cls(
            as_of=members.day("asOf"),
            sources=members.texts("sources"),
            utilisation=members.figure("utilisation", PERCENT),
            scenarios={name: tuple(map(_read_way, named.each(name))) for name in named.names()},
        )
        members.close()
        return found


def vehicle_share(mass: Quantity, payload: Quantity) -> Fraction:
    """How much of a vehicle's journey a load answers for: its part of the payload."""
    return mass.count(Unit.TONNE, "load") / payload.count(Unit.TONNE, "payload")


def utilisation(loads: Iterable[Quantity], payload: Quantity) -> Fraction:
    """The mean load of equally long journeys (out and back), as a part of the payload."""
    shares = [vehicle_share(load, payload) for load in loads]
    return sum(shares, Fraction(0)) / len(shares)


def _distance_to_json(way: Distance) -> dict[str, object]:
    return {"mode": way.mode, "distance": render_figure(way.distance.value), "unit": way.distance.unit.code}


def _read_distance(members: Members) -> Distance:
    mode = members.text("mode")
    return Distance(mode, Quantity(members.figure("distance", POSITIVE), members.unit("unit")))


def _read_way(members: Members) -> Distance:
    way = _read_distance(members)
    members.close()
    return way


def _read_leg(members: Members) -> Leg:
    leg = Leg(_read_distance(members), SecondaryFactor.read(members.inner("factor")))
    members.close()
    return leg
