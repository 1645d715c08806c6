"""Rule sets: what law and method prescribe, as dated data that is passed in, never as constants in code.

The delegated act on battery footprints is not in force, so several rule sets live side by side; a record names the
one it was made under, and the same evidence can be calculated again under another. Shape
(``vocab/battery/rules/*.json``; may be absent: ``note``, ``cutOff``, ``thresholds``, ``milestones``)::

    {"@type": "BatteryRuleSet", "id": "…", "title": {"en": "…", "ja": "…"}, "asOf": "2026-11-21",
     "status": "draft", "note": "…", "sources": ["…"],
     "publication": {"digits": 34, "counting": "significant"},
     "units": ["kilogram", …], "stages": [<stage>, …], "functionalUnit": "declared-unit",
     "recycling": "cut-off", "missingRating": "unrated", "cutOff": {"percent": "1", "of": "mass"},
     "largestPriceRatio": "4", "allocationFactors": {"metals": "0.2", …},
     "stageMaps": {"component": {<stage>: <stage>, … all four}},
     "equivalentCyclesPerYear": {"M1": "60", …},
     "thresholds": [{"topic": "recycled-content", "from": "2031-08-18", "percent": {"cobalt": "16", …}}],
     "milestones": [{"topic": "footprint-declaration", "from": "2025-02-18"}]}

Raises ConfigurationError ``battery-input-…``, ``battery-rule-unknown``, ``battery-rule-unit``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, unique
from typing import Self, TypeVar

from renkei.battery.footprint.methods import Methods, Recycling
from renkei.battery.footprint.record import Stage, read_rounding, rounding_to_json
from renkei.battery.problems import INPUT, RULE_UNIT, RULE_UNKNOWN
from renkei.battery.reading import PERCENT, POSITIVE, SHARE, Members
from renkei.battery.units import UNITS, Quantity, Rounding, Unit, render_figure
from renkei.kernel import jcs

T = TypeVar("T")


@unique
class RuleStatus(Enum):
    """How binding a rule set is on its day."""

    DRAFT = "draft"
    IN_FORCE = "in-force"
    SUPERSEDED = "superseded"


@unique
class FunctionalUnit(Enum):
    """What the final figure of a battery is given per."""

    DECLARED_UNIT = "declared-unit"
    DELIVERED = "kilowatt-hour-delivered"


@unique
class MissingRating(Enum):
    """What a contribution without a data quality rating does to the mean: leaves it unknown, or counts as 0."""

    UNRATED = "unrated"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Threshold:
    """What law demands of a battery from a day on, in percent by name (of a metal, say)."""

    topic: str
    start: date
    percent: Mapping[str, Decimal]

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        figures = {name: render_figure(figure) for name, figure in self.percent.items()}
        return {"topic": self.topic, "from": self.start.isoformat(), "percent": figures}


@dataclass(frozen=True, slots=True)
class CutOff:
    """Which inputs may be left out: those below so many percent of something (mass, emissions)."""

    percent: Decimal
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """One version of the rules for footprints."""

    id: str
    as_of: date
    status: RuleStatus
    sources: tuple[str, ...]
    publication: Rounding
    stage_maps: Mapping[str, Mapping[Stage, Stage]]
    equivalent_cycles: Mapping[str, Decimal]
    title: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None
    units: tuple[Unit, ...] = tuple(Unit)
    stages: tuple[Stage, ...] = tuple(Stage)
    functional_unit: FunctionalUnit = FunctionalUnit.DECLARED_UNIT
    recycling: Recycling = Recycling.CUT_OFF
    largest_price_ratio: Decimal | None = None
    allocation_factors: Mapping[str, Decimal] = field(default_factory=dict)
    missing_rating: MissingRating = MissingRating.UNRATED
    cut_off: CutOff | None = None
    thresholds: tuple[Threshold, ...] = ()
    milestones: Mapping[str, date] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """The hash of the whole rule set: the same id with other content is another rule set."""
        return jcs.sha256(self.to_json())

    @property
    def methods(self) -> Methods:
        """How it divides and credits."""
        return Methods(
            rules=self.id,
            recycling=self.recycling,
            largest_price_ratio=self.largest_price_ratio,
            allocation_factors=self.allocation_factors,
        )

    def stage_map(self, name: str) -> Mapping[Stage, Stage]:
        """Where a component's stages fall."""
        return _look_up(self.stage_maps, name, self.id)

    def cycles_per_year(self, category: str) -> Decimal:
        """Full equivalent cycles a year (FEqC/yr) of a vehicle category."""
        return _look_up(self.equivalent_cycles, category, self.id)

    def demand_unit(self, declared: Quantity, part: str) -> None:
        """That figures of a part may be given per this unit. Raises ConfigurationError ``battery-rule-unit``."""
        if declared.unit not in self.units:
            known = ", ".join(unit.code for unit in self.units)
            raise RULE_UNIT(rules=self.id, part=part, unit=declared.unit.code, known=known)

    def threshold(self, topic: str, on: date) -> Threshold | None:
        """What is demanded on a day: the newest that has begun."""
        begun = [each for each in self.thresholds if each.topic == topic and each.start <= on]
        return max(begun, key=lambda each: each.start, default=None)

    def to_json(self) -> dict[str, object]:
        """The plain JSON form, all members said."""
        members: dict[str, object] = {
            "@type": "BatteryRuleSet",
            "id": self.id,
            "title": dict(self.title),
            "asOf": self.as_of.isoformat(),
            "status": self.status.value,
            "sources": list(self.sources),
            "publication": rounding_to_json(self.publication),
            "units": [unit.code for unit in self.units],
            "stages": [stage.value for stage in self.stages],
            "functionalUnit": self.functional_unit.value,
            "recycling": self.recycling.value,
            "missingRating": self.missing_rating.value,
            "stageMaps": {
                name: {source.value: target.value for source, target in stage_map.items()}
                for name, stage_map in self.stage_maps.items()
            },
            "equivalentCyclesPerYear": {name: render_figure(cycles) for name, cycles in self.equivalent_cycles.items()},
        }
        if self.note is not None:
            members["note"] = self.note
        if self.largest_price_ratio is not None:
            members["largestPriceRatio"] = render_figure(self.largest_price_ratio)
        if self.allocation_factors:
            members["allocationFactors"] = {kind: render_figure(a) for kind, a in self.allocation_factors.items()}
        if self.cut_off is not None:
            members["cutOff"] = {"percent": render_figure(self.cut_off.percent), "of": self.cut_off.of}
        if self.thresholds:
            members["thresholds"] = [each.to_json() for each in self.thresholds]
        if self.milestones:
            members["milestones"] = [
                {"topic": topic, "from": day.isoformat()} for topic, day in self.milestones.items()
            ]
        return members

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read a rule set file."""
        members = Members.typed(value, INPUT, "BatteryRuleSet")
        title, maps = members.inner("title"), members.inner("stageMaps")
        cycles, cut_off = members.inner("equivalentCyclesPerYear"), members.optional_inner("cutOff")
        kinds = members.optional_inner("allocationFactors")
        rules = cls(
            id=members.text("id"),
            title={language: title.text(language) for language in ("en", "ja")},
            as_of=members.day("asOf"),
            status=members.choice("status", RuleStatus),
            note=members.optional_text("note"),
            sources=members.texts("sources"),
            publication=read_rounding(members.inner("publication")),
            units=_read_units(members),
            stages=_read_scope(members),
            functional_unit=members.choice("functionalUnit", FunctionalUnit),
            recycling=members.choice("recycling", Recycling),
            largest_price_ratio=members.optional_figure("largestPriceRatio", POSITIVE),
            allocation_factors={} if kinds is None else {kind: kinds.figure(kind, SHARE) for kind in kinds.names()},
            missing_rating=members.choice("missingRating", MissingRating),
            cut_off=None if cut_off is None else _read_cut_off(cut_off),
            stage_maps={name: _read_map(maps.inner(name)) for name in maps.names()},
            equivalent_cycles={name: cycles.figure(name, POSITIVE) for name in cycles.names()},
            thresholds=_read_thresholds(members),
            milestones=_read_milestones(members),
        )
        title.close()
        members.close()
        return rules


def _read_map(members: Members) -> Mapping[Stage, Stage]:
    stage_map = {stage: members.choice(stage.value, Stage) for stage in Stage}
    members.close()
    return stage_map


def _read_units(members: Members) -> tuple[Unit, ...]:
    codes = members.texts("units")
    for code in codes:
        if code not in UNITS:
            raise members.malformed("units", code, "one of " + ", ".join(UNITS))
    return tuple(UNITS[code] for code in codes)


def _read_scope(members: Members) -> tuple[Stage, ...]:
    named = members.texts("stages")
    known = {stage.value: stage for stage in Stage}
    for name in named:
        if name not in known:
            raise members.malformed("stages", name, "one of " + ", ".join(known))
    return tuple(known[name] for name in named)


def _read_cut_off(members: Members) -> CutOff:
    cut_off = CutOff(members.figure("percent", PERCENT), members.text("of"))
    members.close()
    return cut_off


def _read_thresholds(members: Members) -> tuple[Threshold, ...]:
    found = []
    for each in members.each("thresholds") if members.has("thresholds") else ():
        figures = each.inner("percent")
        percent = {name: figures.figure(name, PERCENT) for name in figures.names()}
        found.append(Threshold(each.text("topic"), each.day("from"), percent))
        each.close()
    return tuple(found)


def _read_milestones(members: Members) -> Mapping[str, date]:
    found: dict[str, date] = {}
    for each in members.each("milestones") if members.has("milestones") else ():
        topic = each.text("topic")
        if topic in found:
            raise each.inconsistent("topic", topic, "the other milestones: each topic has one day")
        found[topic] = each.day("from")
        each.close()
    return found


def _look_up(table: Mapping[str, T], name: str, rules: str) -> T:
    if name not in table:
        raise RULE_UNKNOWN(rules=rules, name=name, known=", ".join(table))
    return table[name]
