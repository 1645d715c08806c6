"""A company's own list of secondary factors, and the one that stands in for a supplier who has not answered.

The list is the company's: factors it has licensed or published ones, each with source, version, region, year and
licence terms. Shape::

    {"@type": "SecondaryFactorList", "within": {"DE": "RER"},
     "factors": [{"material": "nickel sulfate", "quality": {"TeR": "2", "GeR": "3", "TiR": "2"},
                  "factor": {"name": "…", "value": "4.9", "unit": "kgCO2e/kilogram", "source": "…", "version": "…",
                             "licence": "…", "region": "GLO", "year": 2023, "personal": true}},
                 {"sector": "chemicals", "factor": {… "unit": "kgCO2e/euro" …}}]}

``within`` names the next larger region of a region; ``CN-SC`` is in ``CN`` without saying, and every region is in the
world, ``GLO``. The same as CSV: a line a factor, the columns of ``factor`` with ``material``, ``sector``, ``TeR``,
``GeR``, ``TiR``; ``personal`` is ``yes`` or empty. Raises ConfigurationError ``battery-input-…``,
``battery-factors-csv-broken``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, unique
from fractions import Fraction
from typing import Final, Self

from renkei.battery.footprint.record import Quality, SecondaryFactor, quality_to_json, read_quality
from renkei.battery.parts.bom import BomLine
from renkei.battery.parts.table import Table
from renkei.battery.problems import FACTORS_BROKEN, INPUT
from renkei.battery.reading import Members
from renkei.battery.units import Quantity

WORLD: Final = "GLO"
_RATINGS = ("TeR", "GeR", "TiR")
_TABLE = Table(
    needed=("name", "value", "unit", "source", "version", "licence"),
    optional=("material", "sector", "region", "year", "personal", *_RATINGS),
    broken=FACTORS_BROKEN,
)
_LARGEST_DEPTH = 16  # regions within regions; more is a circle


@unique
class Basis(Enum):
    """How well a stand-in fits, best first."""

    EXACT = "material, region and year"
    OTHER_YEAR = "material and region, of another year"
    LARGER_REGION = "material, of a larger region"
    WORLD = "material, of the world"
    SECTOR_SPEND = "money spent in the sector"


@dataclass(frozen=True, slots=True)
class ListedFactor:
    """A factor with what it can stand in for: a material per amount of it, or a sector per money spent there."""

    factor: SecondaryFactor
    material: str | None = None
    sector: str | None = None
    quality: Quality[Decimal] | None = None

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {"factor": self.factor.to_json()}
        if self.material is not None:
            members["material"] = self.material
        if self.sector is not None:
            members["sector"] = self.sector
        return members if self.quality is None else members | {"quality": quality_to_json(self.quality)}

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object; neither material nor sector: ``missing``."""
        quality = members.optional_inner("quality")
        listed = cls(
            SecondaryFactor.read(members.inner("factor")),
            members.optional_text("material"),
            members.optional_text("sector"),
            None if quality is None else read_quality(quality),
        )
        if listed.material is None and listed.sector is None:
            raise INPUT.missing(at=members.at, name="material")
        members.close()
        return listed


@dataclass(frozen=True, slots=True)
class Proxy:
    """The stand-in for one line of a bill of materials: kg CO2e for the line, scrap included."""

    listed: ListedFactor
    basis: Basis
    emission: Fraction


@dataclass(frozen=True, slots=True)
class FactorList:
    """All secondary factors that a company has registered."""

    listed: tuple[ListedFactor, ...] = ()
    within: Mapping[str, str] = field(default_factory=dict)

    def stand_in(self, line: BomLine, year: int) -> Proxy | None:
        """The best factor for a line whose supplier has not answered; None where the list knows nothing of it.

        By material: the smallest region around the line's, in it the nearest year (the earlier of two); by money spent
        in the sector only where no factor for the material is known.
        """
        regions = tuple(self._around(line.region))
        fitting = [
            (regions.index(each.factor.region or WORLD), _distance(each.factor.year, year), i, each)
            for i, each in enumerate(self.listed)
            if each.material is not None
            and each.material == line.material
            and each.factor.unit.dimension is line.amount.unit.dimension
            and (each.factor.region or WORLD) in regions
        ]
        if fitting:
            place, distance, _, best = min(fitting, key=lambda found: found[:3])
            return Proxy(best, _basis(regions, place, distance), _emission(line, line.amount, best))
        spent = line.spend
        if spent is None or line.sector is None:
            return None
        paid = [
            (_distance(each.factor.year, year), i, each)
            for i, each in enumerate(self.listed)
            if each.sector == line.sector and each.factor.unit is spent.unit
        ]
        if not paid:
            return None
        best = min(paid, key=lambda found: found[:2])[2]
        return Proxy(best, Basis.SECTOR_SPEND, _emission(line, spent, best))

    def about(self, lines: Iterable[BomLine]) -> FactorList:
        """Only what can stand in for one of these lines: a record is made of this much of the list, and of no more."""
        held = tuple(lines)
        materials, sectors = {line.material for line in held}, {line.sector for line in held}
        chosen = tuple(
            each
            for each in self.listed
            if (each.material is not None and each.material in materials)
            or (each.sector is not None and each.sector in sectors)
        )
        return FactorList(chosen, self.within if chosen else {})

    def _around(self, region: str | None) -> Iterator[str]:
        """A region and those it lies in, up to the world, each once."""
        seen: set[str] = set()
        while region is not None and region not in seen and len(seen) < _LARGEST_DEPTH:
            seen.add(region)
            yield region
            region = self.within.get(region) or region.rpartition("-")[0] or None
        if WORLD not in seen:
            yield WORLD

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {
            "@type": "SecondaryFactorList",
            "within": dict(self.within),
            "factors": [each.to_json() for each in self.listed],
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read a list as JSON."""
        members = Members.typed(value, INPUT, "SecondaryFactorList")
        within = members.optional_inner("within")
        found = cls(
            tuple(ListedFactor.read(each) for each in members.each("factors")),
            {} if within is None else {name: within.text(name) for name in within.names()},
        )
        members.close()
        return found

    @classmethod
    def from_csv(cls, text: str) -> Self:
        """Read a list as CSV."""
        return cls(tuple(_read_line(Members(row.cells, INPUT, row.at)) for row in _TABLE.read(text)))


NO_FACTORS: Final = FactorList()


def _read_line(line: Members) -> ListedFactor:
    factor: dict[str, object] = {name: line.text(name) for name in _TABLE.needed}
    if line.has("region"):
        factor["region"] = line.text("region")
    year = line.optional_text("year")
    if year is not None:
        if not year.isascii() or not year.isdecimal():
            raise line.malformed("year", year, "a year such as 2024")
        factor["year"] = int(year[:9])
    personal = line.optional_text("personal")
    if personal not in {None, "yes", "no"}:
        raise line.malformed("personal", personal, "yes or no")
    factor["personal"] = personal == "yes"
    members: dict[str, object] = {"factor": factor}
    members |= {name: line.text(name) for name in ("material", "sector") if line.has(name)}
    if any(line.has(name) for name in _RATINGS):
        members["quality"] = {name: line.text(name) for name in _RATINGS}
    return ListedFactor.read(Members(members, INPUT, line.at))


def _distance(found: int | None, wanted: int) -> tuple[int, int]:
    """Years apart, the earlier of two first; a factor without a year comes last."""
    if found is None:
        return 10_000, 1
    return abs(found - wanted), int(found > wanted)


def _basis(regions: tuple[str, ...], place: int, distance: tuple[int, int]) -> Basis:
    if place == 0 and regions[0] != WORLD:
        return Basis.EXACT if distance[0] == 0 else Basis.OTHER_YEAR
    return Basis.WORLD if regions[place] == WORLD else Basis.LARGER_REGION


def _emission(line: BomLine, amount: Quantity, listed: ListedFactor) -> Fraction:
    factor = listed.factor
    return amount.count(factor.unit, line.component) / Fraction(line.process_yield) * Fraction(factor.value)
