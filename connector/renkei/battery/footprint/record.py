"""The carbon footprint record that one company gives another, and its strict reader.

One record speaks of one part (of one plant, if named) over one period: kg CO2e of the declared amount, split into
the four life-cycle stages of Regulation (EU) 2023/1542 Annex II(4). Figures are per ``declared`` amount, which need
not be 1: divide before multiplying. They were rounded once, as ``rounding`` says, so that the rounded stages need
not add up to the rounded total to the last digit.

Shape (figures as strings; may be absent: ``plant``, ``supersedes``, ``cause``, ``primaryDataShare``, ``quality``,
``own``, ``validity``, ``withheldFactors``, ``calculation``, ``region``, ``year``, ``mode``, ``estimated``)::

    {"@type": "FootprintRecord", "id": "urn:uuid:…", "version": 1, "part": "…", "company": "did:web:…",
     "declaredUnit": "kilogram", "declaredUnitAmount": "1", "unit": "kgCO2e",
     "stages": {"rawMaterialAcquisitionAndPreProcessing": "…", "mainProductProduction": "…",
                "distribution": "…", "endOfLifeAndRecycling": "…"}, "own": {…the same four…},
     "total": "…", "primaryDataShare": "80", "quality": {"TeR": "1", "GeR": "2", "TiR": "1"},
     "period": {"start": "2025-01-01", "end": "2025-12-31"}, "validity": {"start": "…", "end": "…"},
     "secondary": [{"name": "…", "value": "…", "unit": "kgCO2e/kilogram", "source": "…", "version": "…",
                    "licence": "…", "region": "JP", "year": 2024}], "withheldFactors": 1,
     "gaps": [{"part": "**", "company": "**", "count": 1, "estimated": true}], "ruleSet": "…",
     "rounding": {"digits": 34, "counting": "significant", "mode": "half-even"},
     "supersedes": "urn:uuid:…", "cause": "supplier-update",
     "calculation": {"ruleSet": "sha-256:…", "engine": "…", "inputs": "…"}}

``own`` is how much of each stage arose in the company's own plants, with what they took from the literature; the rest
was supplied. ``withheldFactors`` counts secondary factors that may not be passed on. ``calculation`` lets an auditor
check later what the record was made of, and tells a customer nothing.

Raises PeerError ``battery-record-…``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, unique
from fractions import Fraction
from typing import Generic, Self, TypeVar

from renkei.battery.parts.gaps import Gap
from renkei.battery.parts.part import Period
from renkei.battery.problems import RECORD
from renkei.battery.reading import PERCENT, RATING, Members
from renkei.battery.units import Counting, Mode, Quantity, Rounding, Unit, render_figure
from renkei.battery.versions import ChangeCause

N = TypeVar("N", Decimal, Fraction)
FACTOR_PREFIX = "kgCO2e/"
_MOST_DIGITS = 34  # IEEE 754 decimal128
_YEARS = (1900, 2200)


@unique
class Stage(Enum):
    """The life-cycle stages of Annex II(4); the use stage is excluded by law."""

    RAW_MATERIAL = "rawMaterialAcquisitionAndPreProcessing"
    PRODUCTION = "mainProductProduction"
    DISTRIBUTION = "distribution"
    END_OF_LIFE = "endOfLifeAndRecycling"


@dataclass(frozen=True, slots=True)
class Stages(Generic[N]):
    """One figure for each stage. Any of them may be negative: recycling credits are."""

    raw_material: N
    production: N
    distribution: N
    end_of_life: N

    @classmethod
    def of(cls, figures: Mapping[Stage, N]) -> Self:
        """From a mapping that has all four."""
        return cls(*(figures[stage] for stage in Stage))

    def __getitem__(self, stage: Stage) -> N:
        return self.items()[list(Stage).index(stage)][1]

    def items(self) -> tuple[tuple[Stage, N], ...]:
        """The figures in the law's order."""
        figures = (self.raw_material, self.production, self.distribution, self.end_of_life)
        return tuple(zip(Stage, figures, strict=True))

    def exact_total(self) -> Fraction:
        """Their sum, without rounding."""
        return sum((Fraction(figure) for _, figure in self.items()), Fraction(0))


@dataclass(frozen=True, slots=True)
class Quality(Generic[N]):
    """Data quality rating, 1 (best) to 5 (worst): technological, geographical, time-related representativeness."""

    technological: N
    geographical: N
    temporal: N

    def figures(self) -> tuple[N, N, N]:
        """TeR, GeR, TiR."""
        return (self.technological, self.geographical, self.temporal)

    def exact_rating(self) -> Fraction:
        """DQR, the mean of the three."""
        return sum((Fraction(figure) for figure in self.figures()), Fraction(0)) / 3


@dataclass(frozen=True, slots=True)
class SecondaryFactor:
    """A figure from a database or a publication: kg CO2e per ``unit``, with what a reader needs to find it again.

    ``region`` as the source names it (a country's code, GLO for the world), ``year`` the one it speaks of.
    ``personal``: the licence is the company's alone, so that the factor never leaves it.
    """

    name: str
    value: Decimal
    unit: Unit
    source: str
    version: str
    licence: str
    region: str | None = None
    year: int | None = None
    personal: bool = False

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {
            "name": self.name,
            "value": render_figure(self.value),
            "unit": FACTOR_PREFIX + self.unit.code,
            "source": self.source,
            "version": self.version,
            "licence": self.licence,
        }
        if self.region is not None:
            members["region"] = self.region
        if self.year is not None:
            members["year"] = self.year
        return members | {"personal": True} if self.personal else members

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        factor = cls(
            name=members.text("name"),
            value=members.figure("value"),
            unit=members.unit("unit", FACTOR_PREFIX),
            source=members.text("source"),
            version=members.text("version"),
            licence=members.text("licence"),
            region=members.optional_text("region"),
            year=members.whole("year", *_YEARS) if members.has("year") else None,
            personal=members.flag("personal"),
        )
        members.close()
        return factor


@dataclass(frozen=True, slots=True)
class Provenance:
    """By what a record can be made again: the hash of the rule set, the engine, and a commitment to the inputs."""

    rule_set: str
    engine: str
    inputs: str

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {"ruleSet": self.rule_set, "engine": self.engine, "inputs": self.inputs}

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        provenance = cls(members.text("ruleSet"), members.text("engine"), members.text("inputs"))
        members.close()
        return provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class FootprintRecord:
    """What a company states about one of its parts. See the module for the units and the JSON form."""

    id: str
    version: int
    part: str
    company: str
    declared: Quantity
    stages: Stages[Decimal]
    total: Decimal
    period: Period
    rule_set: str
    rounding: Rounding
    primary_data_share: Decimal | None = None
    quality: Quality[Decimal] | None = None
    secondary: tuple[SecondaryFactor, ...] = ()
    gaps: tuple[Gap, ...] = ()
    plant: str | None = None
    supersedes: str | None = None
    cause: ChangeCause | None = None
    own: Stages[Decimal] | None = None
    validity: Period | None = None
    withheld_factors: int = 0
    calculation: Provenance | None = None

    @property
    def complete(self) -> bool:
        """Whether every supplier's share is in the total."""
        return not self.gaps

    def to_json(self) -> dict[str, object]:
        """The plain JSON form, ready to be canonicalised and signed."""
        members: dict[str, object] = {
            "@type": "FootprintRecord",
            "id": self.id,
            "version": self.version,
            "part": self.part,
            "company": self.company,
            "declaredUnit": self.declared.unit.code,
            "declaredUnitAmount": render_figure(self.declared.value),
            "unit": "kgCO2e",
            "stages": _stages_to_json(self.stages),
            "total": render_figure(self.total),
            "period": self.period.to_json(),
            "secondary": [factor.to_json() for factor in self.secondary],
            "gaps": [gap.to_json() for gap in self.gaps],
            "ruleSet": self.rule_set,
            "rounding": rounding_to_json(self.rounding),
        }
        return members | self._optional_members()

    def _optional_members(self) -> dict[str, object]:
        members: dict[str, object] = {}
        if self.primary_data_share is not None:
            members["primaryDataShare"] = render_figure(self.primary_data_share)
        if self.quality is not None:
            members["quality"] = quality_to_json(self.quality)
        if self.plant is not None:
            members["plant"] = self.plant
        if self.supersedes is not None:
            members["supersedes"] = self.supersedes
        if self.cause is not None:
            members["cause"] = self.cause.value
        if self.own is not None:
            members["own"] = _stages_to_json(self.own)
        if self.validity is not None:
            members["validity"] = self.validity.to_json()
        if self.withheld_factors:
            members["withheldFactors"] = self.withheld_factors
        if self.calculation is not None:
            members["calculation"] = self.calculation.to_json()
        return members

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read a record that a partner gave.

        What must hold:
        1. every member is known, present where it must be, and of its type; figures are strings;
        2. the declared amount is positive; ratings lie in 1 to 5, the primary data share in 0 to 100;
        3. the period ends after it starts; the record does not supersede itself, and names a cause only where it
           supersedes another;
        4. every figure has been rounded as the record says;
        5. the total is the sum of the stages, as closely as that rounding allows;
        6. no secondary factor is one that may not be passed on.
        """
        members = Members.typed(value, RECORD, "FootprintRecord")  # (1), and (2) by the ranges below
        quality, own = members.optional_inner("quality"), members.optional_inner("own")
        validity, provenance = members.optional_inner("validity"), members.optional_inner("calculation")
        record = cls(
            id=members.text("id"),
            version=members.whole("version", 1),
            part=members.text("part"),
            company=members.text("company"),
            declared=members.quantity("declaredUnitAmount", "declaredUnit"),
            stages=_read_stages(members.inner("stages")),
            total=members.figure("total"),
            period=Period.read(members.inner("period")),
            rule_set=members.text("ruleSet"),
            rounding=read_rounding(members.inner("rounding")),
            primary_data_share=members.optional_figure("primaryDataShare", PERCENT),
            quality=None if quality is None else read_quality(quality),
            secondary=tuple(SecondaryFactor.read(factor) for factor in members.each("secondary")),
            gaps=tuple(Gap.read(gap) for gap in members.each("gaps")),
            plant=members.optional_text("plant"),
            supersedes=members.optional_text("supersedes"),
            cause=members.choice("cause", ChangeCause) if members.has("cause") else None,
            own=None if own is None else _read_stages(own),
            validity=None if validity is None else Period.read(validity),
            withheld_factors=members.whole("withheldFactors", 1) if members.has("withheldFactors") else 0,
            calculation=None if provenance is None else Provenance.read(provenance),
        )
        unit = members.text("unit")
        if unit != "kgCO2e":
            raise members.malformed("unit", unit, "kgCO2e")
        members.close()
        if record.supersedes == record.id:  # (3)
            raise members.inconsistent("supersedes", record.supersedes, "an earlier record's id")
        if record.cause is not None and record.supersedes is None:  # (3)
            raise members.inconsistent("cause", record.cause.value, "a record that supersedes another")
        _check_figures(record, members)  # (4), (5)
        for i, factor in enumerate(record.secondary):
            if factor.personal:  # (6)
                raise members.inconsistent(f"secondary/{i}", factor.name, "a licence that lets it be passed on")
        return record


def _check_figures(record: FootprintRecord, members: Members) -> None:
    rounding = record.rounding
    figures = [(f"stages/{stage.value}", figure) for stage, figure in record.stages.items()]
    figures.append(("total", record.total))
    own = () if record.own is None else record.own.items()
    for name, figure in (*figures, *((f"own/{stage.value}", figure) for stage, figure in own)):
        if rounding.apply(Fraction(figure)) != figure:  # (4)
            raise members.inconsistent(name, figure, f"a rounding to {rounding.digits} digits")
    difference = abs(record.stages.exact_total() - Fraction(record.total))
    if difference > sum(rounding.slack(figure) for _, figure in figures):  # (5)
        raise members.inconsistent("total", record.total, "the sum of the stages")


def _stages_to_json(stages: Stages[Decimal]) -> dict[str, object]:
    return {stage.value: render_figure(figure) for stage, figure in stages.items()}


def _read_stages(members: Members) -> Stages[Decimal]:
    stages = Stages(*(members.figure(stage.value) for stage in Stage))
    members.close()
    return stages


def read_quality(members: Members) -> Quality[Decimal]:
    """From an open JSON object with TeR, GeR and TiR."""
    quality = Quality(*(members.figure(name, RATING) for name in ("TeR", "GeR", "TiR")))
    members.close()
    return quality


def quality_to_json(quality: Quality[Decimal]) -> dict[str, object]:
    """The plain JSON form."""
    return dict(zip(("TeR", "GeR", "TiR"), map(render_figure, quality.figures()), strict=True))


def read_rounding(members: Members) -> Rounding:
    """From an open JSON object with ``digits``, ``counting`` and, where it is not half to even, ``mode``."""
    counting = members.choice("counting", Counting)
    lowest = 1 if counting is Counting.SIGNIFICANT else 0
    mode = members.choice("mode", Mode) if members.has("mode") else Mode.HALF_EVEN
    rounding = Rounding(members.whole("digits", lowest, _MOST_DIGITS), counting, mode)
    members.close()
    return rounding


def rounding_to_json(rounding: Rounding) -> dict[str, object]:
    """The plain JSON form."""
    members: dict[str, object] = {"digits": rounding.digits, "counting": rounding.counting.value}
    return members if rounding.mode is Mode.HALF_EVEN else members | {"mode": rounding.mode.value}
