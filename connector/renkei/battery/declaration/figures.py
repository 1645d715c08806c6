"""The figures that a declaration can have, each with the evidence that it leads back to.

Each name of a form's ``value`` is one function here, from what a declaration is made of to a value, or to nothing where
what it needs is not there. The functional unit is one kWh that the battery delivers over its service life; its exact
figures are the record's divided by capacity and cycles (``footprint.functional_unit``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final, TypeAlias

from renkei.battery.declaration.facts import DeclarationFacts
from renkei.battery.declaration.form import FormItem
from renkei.battery.footprint.functional_unit import delivered_energy, footprint_per_delivered
from renkei.battery.footprint.record import FootprintRecord, quality_to_json
from renkei.battery.footprint.rules import RuleSet
from renkei.battery.units import Dimension, Rounding, Unit, render_figure
from renkei.battery.verification.standing import Verification

UNSIGNED_RECORDS: Final = "unsigned-records"
_DELIVERED: Final = f"kgCO2e/{Unit.KILOWATT_HOUR_DELIVERED.code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationBasis:
    """What a declaration is made from.

    ``record_hash``: of what was signed; ``told``: the percent of the footprint, by size, that rests on records which
    suppliers told and did not sign.
    """

    record: FootprintRecord
    record_hash: str
    rules: RuleSet
    facts: DeclarationFacts
    verification: Verification
    told: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a figure comes from: a record or rule set or statement by its hash, or what the company itself says.

    ``percent``: of the whole footprint, where it rests on this only in part.
    """

    kind: str
    name: str
    hash: str = ""
    percent: str = ""

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {"kind": self.kind, "name": self.name}
        return members | {name: text for name, text in (("hash", self.hash), ("percent", self.percent)) if text}


@dataclass(frozen=True, slots=True)
class Value:
    """One value. ``shown``: as it is printed, where that is not the value itself."""

    value: object
    evidence: tuple[Evidence, ...]
    unit: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which item of a form is filled in, from what; ``rounding``: how figures are printed."""

    basis: DeclarationBasis
    item: FormItem
    rounding: Rounding


Figure: TypeAlias = Callable[[Asked], Value | None]


def _text(name: str) -> Figure:
    def figure(asked: Asked) -> Value | None:
        text = asked.basis.facts.texts.get(name)
        return None if text is None else Value(text, (_stated(asked.basis),))

    return figure


def _model(asked: Asked) -> Value:
    return Value(asked.basis.facts.model, (_stated(asked.basis),))


def _per_delivered(asked: Asked) -> Value | None:
    energy = _delivered(asked.basis)
    if energy is None or asked.basis.facts.life is None:
        return None
    whole = footprint_per_delivered(
        asked.basis.record, asked.basis.facts.life, asked.basis.rules, asked.basis.facts.capacity
    )
    exact = _of_stages(asked.basis, asked.item) / energy if asked.item.stages else whole.per_kilowatt_hour
    return _figure(
        asked.basis,
        exact,
        _DELIVERED,
        asked.rounding,
        *_footprint(asked.basis, asked.rounding),
        _rules(asked.basis),
        _stated(asked.basis),
    )


def _per_declared(asked: Asked) -> Value:
    declared = asked.basis.record.declared
    exact = _of_stages(asked.basis, asked.item) if asked.item.stages else Fraction(asked.basis.record.total)
    exact /= Fraction(declared.value)
    return _figure(
        asked.basis, exact, f"kgCO2e/{declared.unit.code}", asked.rounding, *_footprint(asked.basis, asked.rounding)
    )


def _energy(asked: Asked) -> Value | None:
    exact = _delivered(asked.basis)
    unit = Unit.KILOWATT_HOUR_DELIVERED.code
    return (
        None
        if exact is None
        else _figure(asked.basis, exact, unit, asked.rounding, _rules(asked.basis), _stated(asked.basis))
    )


def _primary_share(asked: Asked) -> Value | None:
    share = asked.basis.record.primary_data_share
    return (
        None
        if share is None
        else _figure(asked.basis, Fraction(share), "percent", asked.rounding, _record(asked.basis))
    )


def _quality(asked: Asked) -> Value | None:
    quality = asked.basis.record.quality
    if quality is None:
        return None
    names = ("TeR", "GeR", "TiR")
    rounded = (render_figure(asked.rounding.apply(Fraction(figure))) for figure in quality.figures())
    shown = ", ".join(f"{name} {figure}" for name, figure in zip(names, rounded, strict=True))
    return Value(quality_to_json(quality), (_record(asked.basis),), shown=shown)


def _period(asked: Asked) -> Value:
    period = asked.basis.record.period
    return Value(
        period.to_json(), (_record(asked.basis),), shown=f"{period.start.isoformat()} / {period.end.isoformat()}"
    )


def _secondary(asked: Asked) -> Value:
    named = sorted({f"{factor.source} {factor.version}" for factor in asked.basis.record.secondary})
    return Value(named, (_record(asked.basis),), shown="; ".join(named) or "—")


def _method(asked: Asked) -> Value:
    status = asked.basis.rules.status.value
    return Value(
        {"id": asked.basis.rules.id, "status": status},
        (_rules(asked.basis),),
        shown=f"{asked.basis.rules.id} ({status})",
    )


def _verified(asked: Asked) -> Value:
    found = asked.basis.verification
    statements = tuple(Evidence("statement", one.statement.issuer, one.hash) for one in found.stated)
    said = [f"{one.statement.issuer} ({one.statement.assurance.value})" for one in found.stated[:1]]
    return Value(found.verdict.value, statements, shown=", ".join([found.verdict.value, *said]))


FIGURES: Final[Mapping[str, Figure]] = MappingProxyType(
    {
        **{
            name: _text(name)
            for name in (
                "manufacturerName",
                "manufacturerAddress",
                "manufacturerContact",
                "plantName",
                "plantAddress",
                "batteryCategory",
                "conformityDeclaration",
                "study",
                "performanceClass",
            )
        },
        "model": _model,
        "footprintPerDelivered": _per_delivered,
        "footprintPerDeclared": _per_declared,
        "deliveredEnergy": _energy,
        "primaryDataShare": _primary_share,
        "quality": _quality,
        "period": _period,
        "secondarySources": _secondary,
        "method": _method,
        "verification": _verified,
    }
)


def _delivered(basis: DeclarationBasis) -> Fraction | None:
    """The energy that the declared amount delivers over its life, if both its capacity and its life are known."""
    capacity, life = basis.facts.capacity or basis.record.declared, basis.facts.life
    if life is None or capacity.unit.dimension is not Dimension.CAPACITY:
        return None
    return delivered_energy(capacity, life, basis.rules)


def _of_stages(basis: DeclarationBasis, item: FormItem) -> Fraction:
    return sum((Fraction(basis.record.stages[stage]) for stage in item.stages), Fraction(0))


def _figure(basis: DeclarationBasis, exact: Fraction, unit: str, rounding: Rounding, *evidence: Evidence) -> Value:
    published = render_figure(basis.rules.publication.apply(exact))
    return Value(published, evidence, unit, render_figure(rounding.apply(exact)))


def _record(basis: DeclarationBasis) -> Evidence:
    return Evidence("footprint-record", basis.record.id, basis.record_hash)


def _footprint(basis: DeclarationBasis, rounding: Rounding) -> tuple[Evidence, ...]:
    """The record, and beside it what of it nobody but the company vouches for."""
    if not basis.told:
        return (_record(basis),)
    percent = render_figure(rounding.apply(basis.told))
    return _record(basis), Evidence(UNSIGNED_RECORDS, basis.record.company, percent=percent)


def _rules(basis: DeclarationBasis) -> Evidence:
    return Evidence("rule-set", basis.rules.id, basis.rules.hash)


def _stated(basis: DeclarationBasis) -> Evidence:
    return Evidence("company", basis.record.company)
