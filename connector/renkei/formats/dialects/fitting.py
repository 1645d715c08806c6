"""Units and declared amounts: in which unit a dialect can say what a record says of another one.

A record declares so much of a unit; its emissions are of that amount. A dialect has fewer units, and some state every
figure per one unit. Counting in another unit of the same dimension is exact (rationals); it is done only when allowed,
and told. kWh of capacity, kWh delivered and kWh of energy are three dimensions: none stands in for another. From
capacity a way leads to pieces, where the product details say how many kWh one piece holds.

Raises ConfigurationError ``formats-unit-not-there``, ``formats-not-exact``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from renkei.battery.units import UNITS, Dimension, Rounding, Unit, render_figure
from renkei.formats.dialects.dialect_problems import NOT_EXACT, UNIT_NOT_THERE
from renkei.formats.dialects.leaves import EMISSIONS, Leaves, figure, written
from renkei.formats.dialects.loss import Change, Loss, Why
from renkei.formats.dialects.table import Table

_AMOUNT: Final = "declaredUnitAmount"
_UNIT: Final = "declaredUnit"
_MASS: Final = "details.massPerUnit"
_CAPACITY: Final = "details.capacityPerPiece"


@dataclass(frozen=True, slots=True)
class Leeway:
    """What may be done so that a record fits: count in another unit; round as the format's rules say."""

    rescale: bool = False
    rounding: bool = False


STRICT: Final = Leeway()


@dataclass(frozen=True, slots=True)
class Fitted:
    """The leaves, counted so that the dialect has a word for the unit; and what was done."""

    leaves: Leaves
    losses: tuple[Loss, ...]


def fits(table: Table, leaves: Leaves, leeway: Leeway) -> Iterator[Fitted]:
    """The record as it is, if the dialect has its unit; when rescaling is allowed, then in every other unit."""
    unit = UNITS[str(leaves[_UNIT])]
    tried = False
    if unit.code in table.units:
        tried = True
        yield _counted(table, leaves, unit, Fraction(1), leeway)
    for other, size in _others(table, leaves, unit) if leeway.rescale else ():
        tried = True
        yield _counted(table, leaves, other, size, leeway)
    if not tried:
        raise UNIT_NOT_THERE(format=table.id, unit=unit.code)


def _others(table: Table, leaves: Leaves, unit: Unit) -> Iterator[tuple[Unit, Fraction]]:
    """Other units of the table, and how much of ours one of them is."""
    for code in table.units:
        other = UNITS[code]
        if other is not unit and other.dimension is unit.dimension:
            yield other, other.size / unit.size
    capacity = figure(leaves, _CAPACITY)
    if unit.dimension is Dimension.CAPACITY and Unit.PIECE.code in table.units and capacity > 0:
        yield Unit.PIECE, capacity / unit.size


def _counted(table: Table, leaves: Leaves, unit: Unit, size: Fraction, leeway: Leeway) -> Fitted:
    """``size``: how much of the record's unit one of ``unit`` is."""
    amount, scale = figure(leaves, _AMOUNT) / size, Fraction(1)
    other = unit.code != leaves[_UNIT]
    if table.per_one or written(amount) is None or (other and unit is Unit.PIECE):
        amount, scale = Fraction(1), 1 / amount
    counting = _Counting(table, leaves, leeway, dict(leaves), [])
    if other:
        counting.put(_UNIT, unit.code, Why.UNIT)
        counting.scale(_MASS, size, Why.UNIT)
    if amount != figure(leaves, _AMOUNT):
        counting.put(_AMOUNT, written(amount) or "1", Why.PER_ONE if amount == 1 else Why.UNIT)
    if scale != 1:
        for name in EMISSIONS:
            counting.scale(name, scale, Why.PER_ONE)
    return Fitted(counting.changed, tuple(counting.losses))


@dataclass(frozen=True, slots=True)
class _Counting:
    """A record while it is counted anew."""

    table: Table
    leaves: Leaves
    leeway: Leeway
    changed: Leaves
    losses: list[Loss]

    def put(self, name: str, value: str, why: Why) -> None:
        """Another value for a leaf."""
        self.losses.append(Loss(Change.RESCALED, why, name, value=str(self.leaves[name])))
        self.changed[name] = value

    def scale(self, name: str, factor: Fraction, why: Why) -> None:
        """So many times as much, if it is there and not 0."""
        exact = figure(self.leaves, name) * factor
        if not exact:
            return
        found = written(exact)
        if found is not None:
            self.put(name, found, why)
        elif self.leeway.rounding:
            self.losses.append(Loss(Change.ROUNDED, Why.ENDLESS, name, value=str(self.leaves[name])))
            self.changed[name] = render_figure(Rounding(34).apply(exact))
        else:
            raise NOT_EXACT(leaf=name, format=self.table.id)
