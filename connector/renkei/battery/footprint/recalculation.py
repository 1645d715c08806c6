"""Making a record again from its inputs, and naming the first thing that differs; why one version follows another.

What must hold for a record to be what it says (``recalculate``), in this order, so that the first difference is a cause
and not a consequence:

1. engine: the inputs name the engine that runs here;
2. rule: the rule set is the one whose hash the record names, and the one that is in use under this id today;
3. input: the inputs are those that were kept when the record was made and that it is committed to; where others are
   at hand, entry by entry;
4. figure: every figure of the record comes out again, to the last digit; ratings as they are, or all in coarse steps.

Raises what the roll-up raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, unique
from itertools import chain

from renkei.battery.footprint.calculation import Calculation
from renkei.battery.footprint.coarse_ratings import coarsened
from renkei.battery.footprint.inputs import ENGINE, CalculationInputs
from renkei.battery.footprint.inventory import Inventory
from renkei.battery.footprint.record import Stage
from renkei.battery.footprint.rules import RuleSet
from renkei.battery.units import Dimension
from renkei.battery.versions import ChangeCause
from renkei.kernel import jcs

_FIGURES = (
    *(f"stages/{stage.value}" for stage in Stage),
    *(f"own/{stage.value}" for stage in Stage),
    "total",
    "primaryDataShare",
    "quality/TeR",
    "quality/GeR",
    "quality/TiR",
    "secondary",
    "withheldFactors",
    "gaps",
    "declaredUnitAmount",
    "declaredUnit",
    "period",
    "ruleSet",
    "rounding",
)


@unique
class Matter(Enum):
    """What differs."""

    ENGINE = "engine"
    RULE = "rule"
    INPUT = "input"
    FIGURE = "figure"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the record says. ``at``: a JSON pointer into the inputs or the record."""

    matter: Matter
    at: str
    stated: object
    found: object

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {"matter": self.matter.value, "at": self.at, "stated": self.stated, "found": self.found}


@dataclass(frozen=True, slots=True)
class Recalculation:
    """What came out, and the first difference from what was stated; none: the record is reproduced."""

    record: str
    inputs: str
    calculation: Calculation
    first: Difference | None

    @property
    def reproduced(self) -> bool:
        """Whether everything came out as stated."""
        return self.first is None

    def to_json(self) -> dict[str, object]:
        """The plain JSON form, for the company's own eyes."""
        return {
            "@type": "FootprintRecalculation",
            "record": self.record,
            "inputs": self.inputs,
            "engine": ENGINE,
            "reproduced": self.reproduced,
            "difference": None if self.first is None else self.first.to_json(),
            "calculation": self.calculation.to_json(),
        }


def recalculate(
    stated: Mapping[str, object],
    inputs: CalculationInputs,
    *,
    kept: str,
    root: str | None = None,
    rules: RuleSet | None = None,
    current: CalculationInputs | None = None,
) -> Recalculation:
    """Make a record again.

    ``stated``: its plain JSON, of which any member may have been left out when it was given; ``kept``: the hash of the
    inputs noted when it was made; ``root``: the commitment to them; ``rules``: what is in use under the rule set's id
    today; ``current``: the inputs as they are today, to be compared with the kept ones.
    """
    found = inputs.perform()
    causes = _causes(stated, inputs, kept=kept, root=root, rules=rules)
    entries = () if current is None else input_differences(inputs, current)
    first = next(chain(causes, entries, _figures(stated, found)), None)
    return Recalculation(str(stated.get("id", "")), inputs.hash, found, first)


def _causes(
    stated: Mapping[str, object], inputs: CalculationInputs, *, kept: str, root: str | None, rules: RuleSet | None
) -> Iterator[Difference]:
    if inputs.engine != ENGINE:  # 1
        yield Difference(Matter.ENGINE, "/calculation/engine", inputs.engine, ENGINE)
    named = _at(stated, "calculation/ruleSet")
    for hash_ in (inputs.rules.hash, *(() if rules is None else (rules.hash,))):  # 2
        if named is not None and hash_ != named:
            yield Difference(Matter.RULE, "/calculation/ruleSet", named, hash_)
    if inputs.hash != kept:  # 3
        yield Difference(Matter.INPUT, "", kept, inputs.hash)
    committed = _at(stated, "calculation/inputs")
    if root is not None and committed is not None and committed != root:  # 3
        yield Difference(Matter.INPUT, "/calculation/inputs", committed, root)


def _figures(stated: Mapping[str, object], found: Calculation) -> Iterator[Difference]:
    again = found.publish(str(stated.get("id", "")), split=True)
    fine, coarse = (list(_unlike(stated, record.to_json())) for record in (again, coarsened(again)))
    yield from fine if coarse else ()


def _unlike(stated: Mapping[str, object], again: Mapping[str, object]) -> Iterator[Difference]:
    for path in _FIGURES:  # 4
        value = _at(stated, path)
        if value is not None and value != _at(again, path):
            yield Difference(Matter.FIGURE, f"/{path}", value, _at(again, path))


def input_differences(before: CalculationInputs, after: CalculationInputs) -> Iterator[Difference]:
    """Every entry of the inputs that changed, came (stated: None) or went (found: None), by its name."""
    old, new = ({leaf.name: leaf.value for leaf in inputs.leaves()} for inputs in (before, after))
    for name in (*old, *(name for name in new if name not in old)):
        if jcs.canonical(old.get(name)) != jcs.canonical(new.get(name)):
            yield Difference(Matter.INPUT, name, old.get(name), new.get(name))


def _at(document: Mapping[str, object], path: str) -> object:
    value: object = document
    for step in path.split("/"):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def cause_of(before: CalculationInputs, after: CalculationInputs) -> ChangeCause:
    """Why the later figures are others: the first of the causes, in the order in which law asks for them.

    Rules and engine are the method; then the period, the bill of materials, energy (what is counted in kWh or MJ), our
    own figures, the suppliers' records, and stand-ins from the literature.
    """
    if (before.rules, before.engine) != (after.rules, after.engine):
        return ChangeCause.METHOD
    old, new = _main(before), _main(after)
    if old is None or new is None or old.period != new.period:
        return ChangeCause.PERIOD
    if before.bom != after.bom:
        return ChangeCause.BILL_OF_MATERIALS
    if _energy(before) != _energy(after):
        return ChangeCause.ENERGY_MIX
    if before.inventories != after.inventories:
        return ChangeCause.OWN_FIGURES
    if before.received != after.received:
        return ChangeCause.SUPPLIER_UPDATE
    return ChangeCause.CORRECTION


def _main(inputs: CalculationInputs) -> Inventory | None:
    return next((each for each in inputs.inventories if each.part.id == inputs.part), None)


def _energy(inputs: CalculationInputs) -> list[object]:
    return [
        (inventory.part.id, use)
        for inventory in inputs.inventories
        for use in inventory.secondary
        if use.amount.unit.dimension is Dimension.ENERGY
    ]
