"""The single changes between two sets of inputs, and the inputs as they are when only some of them are made.

Inputs are cut into slots (a measurement, an amount, a factor, the lines of one component, a supplier's record …), each
with a value on both sides. A change is what differs in one slot, or in several that make sense only together: a part
declared per another amount takes all that is counted per it along.

What only one side's lines use (a new supplier's record, the old one's) is at hand all the time: it counts nothing until
the lines move. Figures do not depend on the order of entries, so slots need no places.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum, unique
from typing import Final, NamedTuple, TypeVar

from renkei.battery.footprint.allocation import AllocatedEmission
from renkei.battery.footprint.circular import CircularMaterial
from renkei.battery.footprint.factors import FactorList
from renkei.battery.footprint.inputs import CalculationInputs
from renkei.battery.footprint.inventory import Inventory, OwnEmission, SecondaryUse
from renkei.battery.footprint.record import FootprintRecord, Quality, SecondaryFactor, Stage
from renkei.battery.footprint.rules import RuleSet
from renkei.battery.footprint.transport import Transport
from renkei.battery.parts.bom import Bom, BomLine
from renkei.battery.units import Quantity, Unit
from renkei.battery.versions import newest

T = TypeVar("T")


@unique
class CauseKind(Enum):
    """What kind of thing changed. ROUNDING: only the published figures' last digits."""

    METHOD = "method"
    UNIT = "unit"
    OWN_EMISSION = "own-emission"
    FACTOR = "factor"
    AMOUNT = "amount"
    SUPPLIER = "supplier"
    ROUNDING = "rounding"


class Key(NamedTuple):
    """A slot: what it holds, of which part (or parent), which entry, component or company, and which of that name."""

    holds: str
    part: str = ""
    name: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class _Use:
    """A secondary use without its name and factor."""

    stage: Stage
    amount: Quantity
    quality: Quality[Decimal] | None


Values = Mapping[Key, object]


@dataclass(frozen=True, slots=True)
class Change:
    """What differs in some slots: of what kind, of which thing of which company."""

    kind: CauseKind
    name: str
    company: str
    keys: frozenset[Key]


@dataclass(frozen=True, slots=True)
class Changes:
    """Both sides by slot, the changes in a fixed order, and what is at hand on both sides."""

    part: str
    before: Values
    after: Values
    at_hand: Values
    listed: tuple[Change, ...]

    @classmethod
    def between(cls, before: CalculationInputs, after: CalculationInputs) -> Changes:
        """Cut both into slots and compare."""
        old, new = _slots(before), _slots(after)
        at_hand = _at_hand(old, new)
        left, right = ({key: value for key, value in side.items() if key not in at_hand} for side in (old, new))
        company = next((each.part.company for each in after.inventories), "")
        return cls(after.part, left, right, at_hand, tuple(_merged(left, right, company)))

    def made(self, chosen: Collection[Change]) -> CalculationInputs:
        """The inputs when these changes are made and the others are not."""
        values = {**self.at_hand, **self.before}
        for change in chosen:
            for key in change.keys:
                values.pop(key, None)
                if key in self.after:
                    values[key] = self.after[key]
        lines = [line for found in _held(values, "lines", tuple) for line in found]
        (rules,), (factors,) = _held(values, "rules", RuleSet), _held(values, "factors", FactorList)
        rules = replace(rules, units=tuple(Unit))  # on the way a part may have one side's unit under the other's rules
        records = _held(values, "record", FootprintRecord)
        return CalculationInputs.of(self.part, _inventories(values), Bom(tuple(lines)), records, rules, factors)


def _slots(inputs: CalculationInputs) -> dict[Key, object]:
    slots: dict[Key, object] = {Key("rules"): inputs.rules, Key("factors"): inputs.factors}
    for inventory in inputs.inventories:
        part = inventory.part.id
        slots[Key("frame", part)] = replace(inventory, own=(), secondary=(), transport=(), allocation=(), circular=())
        counted: dict[tuple[str, str], int] = {}
        for holds, entries in (
            ("own", inventory.own),
            ("use", inventory.secondary),
            ("transport", inventory.transport),
            ("allocation", inventory.allocation),
            ("circular", inventory.circular),
        ):
            for entry in entries:
                counted[holds, entry.name] = place = counted.get((holds, entry.name), -1) + 1
                key = Key(holds, part, entry.name, place)
                if isinstance(entry, SecondaryUse):
                    slots[key] = _Use(entry.stage, entry.amount, entry.quality)
                    slots[key._replace(holds="factor")] = entry.factor
                else:
                    slots[key] = entry
    for line in inputs.bom.lines:
        key = Key("lines", line.parent, line.component)
        slots[key] = (*_lines(slots, key), line)
    for (part, company), record in newest(inputs.received).items():
        slots[Key("record", part, company)] = record
    return slots


def _at_hand(old: Values, new: Values) -> dict[Key, object]:
    """Records, and parts of our own, that one side has and no line of the other asks for."""
    found: dict[Key, object] = {}
    for side, other in ((old, new), (new, old)):
        asked = _used(other)
        for key, value in side.items():
            if key.holds == "record":
                missed = key not in other and (key.part, key.name) not in asked
            else:
                ours = key.holds not in ("lines", "rules", "factors")
                missed = ours and Key("frame", key.part) not in other and (key.part, "") not in asked
            if missed:
                found[key] = value
    return found


def _used(values: Values) -> set[tuple[str, str]]:
    """Components with their suppliers; without one, our own."""
    return {(line.component, line.supplier or "") for key in values for line in _lines(values, key)}


def _lines(values: Values, key: Key) -> tuple[BomLine, ...]:
    found = values.get(key)
    return found if isinstance(found, tuple) else ()


def _merged(before: Values, after: Values, company: str) -> Iterator[Change]:
    """The changes, those first that take others along; in an order that does not tell one side from the other."""
    differing = [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]
    taken: set[Key] = set()
    for key in differing:
        old, new = _declared(before.get(key)), _declared(after.get(key))
        if old == new or (key.holds == "record" and old and new and old.unit.dimension is new.unit.dimension):
            continue  # a record's figures are divided by what they are declared for
        along = {other for other in differing if other not in taken and _counted_per(other, key)}
        taken |= along
        kind = CauseKind.UNIT
        if old is None or new is None:
            kind = CauseKind.SUPPLIER if key.holds == "record" else CauseKind.OWN_EMISSION
        yield Change(kind, key.part, key.name if key.holds == "record" else company, frozenset(along))
    for key in differing:
        if key not in taken:
            keys = {key}
            if key.holds in ("use", "factor") and not _convertible(key, before, after):
                keys |= {key._replace(holds="use"), key._replace(holds="factor")}
            taken |= keys
            kind = CauseKind.AMOUNT if len(keys) > 1 else _kind(key, before, after)
            yield Change(kind, *_named(key, before, after, company), frozenset(keys))


def _declared(value: object) -> Quantity | None:
    if isinstance(value, FootprintRecord):
        return value.declared
    return value.part.declared if isinstance(value, Inventory) else None


def _counted_per(other: Key, key: Key) -> bool:
    """Whether a slot's amounts are per what this part is declared for, or count it."""
    if other == key:
        return True
    if other.holds == "lines":
        return other.name == key.part or (key.holds == "frame" and other.part == key.part)
    return key.holds == "frame" and other.holds != "record" and other.part == key.part


def _convertible(key: Key, before: Values, after: Values) -> bool:
    """Whether the amount of one side can be multiplied with the factor of the other."""
    old, new = (side.get(key._replace(holds="use")) for side in (before, after))
    if not isinstance(old, _Use) or not isinstance(new, _Use):
        return False
    return old.amount.unit.dimension is new.amount.unit.dimension


def _kind(key: Key, before: Values, after: Values) -> CauseKind:
    old, new = before.get(key), after.get(key)
    if key.holds == "lines":
        sides = [{line.supplier for line in _lines(side, key)} for side in (before, after)]
        return CauseKind.AMOUNT if sides[0] == sides[1] else CauseKind.SUPPLIER
    if isinstance(old, Transport) and isinstance(new, Transport):
        ways = [replace(each, legs=()) for each in (old, new)], [[leg.way for leg in each.legs] for each in (old, new)]
        return CauseKind.FACTOR if all(one == other for one, other in ways) else CauseKind.AMOUNT
    if isinstance(old, CircularMaterial) and isinstance(new, CircularMaterial):
        return CauseKind.FACTOR if replace(old, factors=new.factors) == new else CauseKind.AMOUNT
    return _KINDS.get(key.holds, CauseKind.AMOUNT)


_KINDS: Final = {
    "rules": CauseKind.METHOD,
    "factors": CauseKind.FACTOR,
    "frame": CauseKind.FACTOR,  # another year: other factors stand in
    "factor": CauseKind.FACTOR,
    "own": CauseKind.OWN_EMISSION,
    "allocation": CauseKind.OWN_EMISSION,
    "record": CauseKind.SUPPLIER,
}


def _named(key: Key, before: Values, after: Values, company: str) -> tuple[str, str]:
    if key.holds == "record":
        return key.part, key.name
    if key.holds == "lines":
        suppliers = [line.supplier for side in (after, before) for line in _lines(side, key)]
        return key.name, suppliers[0] or company
    rules = after.get(key)
    if isinstance(rules, RuleSet):
        return rules.id, company
    return key.name or key.part, company


def _inventories(values: Values) -> Iterator[Inventory]:
    entries: dict[str, dict[str, list[object]]] = {}
    for key, value in values.items():
        if isinstance(value, _Use):
            factor = values[key._replace(holds="factor")]
            assert isinstance(factor, SecondaryFactor)
            entry: object = SecondaryUse(key.name, value.stage, value.amount, factor, value.quality)
        else:
            entry = value
        entries.setdefault(key.part, {}).setdefault(key.holds, []).append(entry)
    for frame in _held(values, "frame", Inventory):
        found = entries[frame.part.id]
        yield replace(
            frame,
            own=tuple(_kept(found.get("own"), OwnEmission)),
            secondary=tuple(_kept(found.get("use"), SecondaryUse)),
            transport=tuple(_kept(found.get("transport"), Transport)),
            allocation=tuple(_kept(found.get("allocation"), AllocatedEmission)),
            circular=tuple(_kept(found.get("circular"), CircularMaterial)),
        )


def _held(values: Values, holds: str, kind: type[T]) -> list[T]:
    return list(_kept([value for key, value in values.items() if key.holds == holds], kind))


def _kept(values: list[object] | None, kind: type[T]) -> Iterator[T]:
    for value in values or ():
        assert isinstance(value, kind)
        yield value
