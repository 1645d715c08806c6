"""The two sides of a single comparison: where it certainly holds and where it certainly fails, as boxes.

This says again, for all values at once, what ``leaves`` says for one: held facts need one value in common, declared
purposes must all be covered, an unknown fact lies on neither side, a conduct that nobody declares is not done.

What cannot be drawn is an *oracle*: its sides are a coin that falls alike for the same text, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil, floor
from typing import Final

from renkei.policy.comparing.boxes import NOWHERE, Axis, Box, Boxes, Kind
from renkei.policy.comparing.domains import (
    ABSENT,
    ANY,
    HELD,
    HIGHEST,
    LINE,
    LOWEST,
    MOST_HITS,
    Among,
    Cut,
    Domain,
    Line,
    Token,
    held,
    single,
)
from renkei.policy.deciding.meaning import Atom
from renkei.policy.model import Operator
from renkei.policy.normal_form import constraint_text
from renkei.policy.operands import COUNT
from renkei.policy.operands.declaration import Datatype, Operand, Source
from renkei.policy.values import FIRST, LAST, TICK, Duration, Right, Span
from renkei.policy.world import Phase

PARTY: Final = "party"
ASKER: Final = "asker"
PURPOSES: Final = "purposes"
CLOCK: Final = "clock"
ELAPSED: Final = "elapsed"
MONTHS: Final = "months"
AXES: Final = {
    PARTY: Axis(Kind.PARTY, HELD, lacks=False),
    ASKER: Axis(Kind.ASKER, ANY, lacks=False),
    PURPOSES: Axis(Kind.PURPOSES, held((ANY,)) or HELD),
    ELAPSED: Axis(Kind.ELAPSED, LINE),
    MONTHS: Axis(Kind.MONTHS, LINE),
}
YES: Final = Among(frozenset(("yes",)))
NO: Final = Among(frozenset(("no",)))
_ORACLE: Final = Axis(Kind.ORACLE, ANY)
_RANK: Final = Axis(Kind.AMOUNT, LINE)
_NEGATIVE: Final = frozenset({Operator.NEQ, Operator.IS_NONE_OF})
_PARTS: Final = frozenset({Operator.IS_A, Operator.IS_PART_OF})
_KEPT: Final = frozenset({Source.FACT, Source.MANNER, Source.CONDUCT, Source.FUNCTION})
_MOST_MONTHS: Final = 12_000
_LONGEST: Final = timedelta(days=365_000)
"""Durations beyond these may all end where the calendar does."""
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Sides:
    """Where something certainly holds, where it certainly fails, and the axes on which that is told."""

    holds: Boxes
    fails: Boxes
    axes: Mapping[str, Axis]


def ticks(moment: datetime) -> int:
    """An instant as microseconds since the first one there is."""
    return (moment - FIRST) // TICK


_CALENDAR: Final = Line((((0, 0), (ticks(LAST) + 1, 0)),))
_AWHILE: Final = Line((((0, 0), HIGHEST),))
_CLOCK: Final = Axis(Kind.CLOCK, _CALENDAR, lacks=False)


def oracle(text: str) -> Sides:
    """The sides of something that is not looked into."""
    name = f"oracle {text}"
    return Sides(({name: YES},), ({name: NO},), {name: _ORACLE})


def sides_of(atom: Atom) -> Sides:
    """The sides of a comparison."""
    operand, right = atom.operand, atom.right
    drawn = None
    if operand is not None and right is not None and not operand.opaque and Phase.ACCESS in operand.phases:
        drawn = _sides(atom, operand, right)
    return drawn or oracle(f"{atom.source.value} {constraint_text(atom.written)}")


def _sides(atom: Atom, operand: Operand, right: Right) -> Sides | None:
    """``None``: it cannot be drawn."""
    source = atom.source
    if source in _KEPT:
        if isinstance(right, frozenset):
            return _held(atom, right, operand)
        if isinstance(right, Decimal) and operand.datatype is Datatype.SCALE:
            return _rank(atom.operator, right, operand)
        return _amount(atom, right, operand)
    if isinstance(right, frozenset):
        if source is Source.PURPOSES:
            return _purposes(atom.operator, right)
        return _party(atom.operator, right, operand) if source is Source.PARTY else None
    if isinstance(right, Span) and source is Source.CLOCK:
        return _line(CLOCK, _CLOCK, atom.operator, *_ends(right))
    return _elapsed(atom.operator, right) if isinstance(right, Duration) and source is Source.ELAPSED else None


# --- on a line --------------------------------------------------------------------------------------------------------


def _line(name: str, axis: Axis, operator: Operator, before: Cut, after: Cut) -> Sides:
    """``before`` and ``after``: the places around the right operand."""
    span = {
        Operator.LT: (LOWEST, before),
        Operator.LTEQ: (LOWEST, after),
        Operator.GT: (after, HIGHEST),
        Operator.GTEQ: (before, HIGHEST),
    }.get(operator, (before, after))
    inside = axis.whole.meet(Line((span,))) if span[0] < span[1] else None
    holds = _each(name, inside)
    fails = _each(name, *(axis.whole.minus(inside) if inside else (axis.whole,)))
    return Sides(*((fails, holds) if operator is Operator.NEQ else (holds, fails)), {name: axis})


def _ends(right: Span) -> tuple[Cut, Cut]:
    return (ticks(right.low), 0), (ticks(right.high) + 1, 0)


def _elapsed(operator: Operator, right: Duration) -> Sides | None:
    """Months and time pass each at their own pace: what has both cannot be put in order."""
    if (right.months and right.time) or right.months > _MOST_MONTHS or right.time > _LONGEST:
        return None
    if right.months:
        return _line(MONTHS, AXES[MONTHS], operator, (right.months, 0), (right.months, 1))
    passed = right.time // TICK
    return _line(ELAPSED, AXES[ELAPSED], operator, (passed, 0), (passed + 1, 0))


def _amount(atom: Atom, right: Span | Duration | Decimal, operand: Operand) -> Sides | None:
    """Uses are counted in whole numbers, durations in whole seconds. A unit that is asked for must be the fact's."""
    whole: Domain = LINE
    match right:
        case Span():
            whole, (before, after) = _CALENDAR, _ends(right)
        case Duration():
            if right.months:
                return None
            whole = _AWHILE
            before, after = (right.time // _SECOND, 0), (right.time // _SECOND + 1, 0)
        case _ if operand.iri == COUNT:
            before, after = (ceil(right), 0), (floor(right) + 1, 0)
        case _:
            before, after = (right, 0), (right, 1)
    drawn = _line(operand.iri, Axis(Kind.AMOUNT, whole, operand=operand), atom.operator, before, after)
    if not atom.unit:
        return drawn
    name, unit = f"unit {operand.iri}", Among(frozenset((atom.unit,)))
    holds, fails = ([{**box, name: unit} for box in side] for side in (drawn.holds, drawn.fails))
    return Sides(holds, fails, {**drawn.axes, name: Axis(Kind.UNIT, ANY, lacks=False, operand=operand)})


# --- among values -----------------------------------------------------------------------------------------------------


def _purposes(operator: Operator, right: frozenset[str]) -> Sides | None:
    if operator in _PARTS:
        return None
    listed = Among(frozenset(right))
    covered = _each(PURPOSES, held((ANY,), listed.opposite()))
    strange = _each(PURPOSES, held((ANY,), listed))
    axes = {PURPOSES: AXES[PURPOSES]}
    return Sides(strange, covered, axes) if operator in _NEGATIVE else Sides(covered, strange, axes)


def _party(operator: Operator, right: frozenset[str], operand: Operand) -> Sides | None:
    """One party, and all that it lies in: who is one of some lies in one of them."""
    listed = Among(frozenset(right))
    axes = {PARTY: AXES[PARTY], ASKER: AXES[ASKER]}
    lying = held((listed,)) or HELD
    if operator in _PARTS and not operand.within:
        return Sides(({PARTY: lying},), outside_of(listed), axes)
    if operator in {Operator.IS_ALL_OF, Operator.HAS_PART} or operator in _PARTS:
        return None
    one: Boxes = ({ASKER: listed, PARTY: lying},)
    other: Boxes = ({ASKER: listed.opposite()},)
    return Sides(other, one, axes) if operator in _NEGATIVE else Sides(one, other, axes)


def outside_of(parties: Among) -> Boxes:
    """Where the asker neither is nor lies in one of these."""
    return ({PARTY: held((), parties) or HELD, ASKER: parties.opposite()},)


def _held(atom: Atom, right: frozenset[str], operand: Operand) -> Sides | None:
    """What lies within one of some also has something in common with them, so that ``isA`` lists both."""
    tokens: frozenset[Token] = right
    if atom.operator in _PARTS:
        if operand.datatype is Datatype.SCALE:
            return None
        tokens = right | {("within", outer) for outer in right}
        tokens |= {inner for inner, outer in operand.within.items() if not outer.isdisjoint(right)}
    name, axis = operand.iri, Axis(Kind.HELD, HELD, operand=operand)
    without = _each(name, held((), Among(tokens)))
    match atom.operator:
        case Operator.HAS_PART:
            return None
        case Operator.IS_ALL_OF if len(right) > MOST_HITS:
            return None
        case Operator.IS_ALL_OF:
            listed = [Among(frozenset((text,))) for text in right]
            having, without = _each(name, held(tuple(listed))), _each(name, *(held((), item) for item in listed))
        case _:
            having = _each(name, held((Among(tokens),)))
    undone: Boxes = ({name: ABSENT},) if atom.source is Source.CONDUCT else NOWHERE
    if atom.operator in _NEGATIVE:
        return Sides(without, (*having, *undone), {name: axis})
    return Sides(having, (*without, *undone), {name: axis})


def _rank(operator: Operator, right: Decimal, operand: Operand) -> Sides:
    """A single value of a scale; with another one beside it there is nothing to compare."""
    drawn = _line("", _RANK, operator, (right, 0), (right, 1))
    above = [box[""] for box in drawn.holds]
    holding = {
        text
        for place, text in enumerate(operand.scale)
        if any(Line((((place, 0), (place, 1)),)).inside(domain) for domain in above)
    }
    holds, fails = (
        _each(operand.iri, single(Among(frozenset(texts)))) for texts in (holding, set(operand.scale) - holding)
    )
    return Sides(holds, fails, {operand.iri: Axis(Kind.HELD, HELD, operand=operand)})


def _each(name: str, *domains: Domain | None) -> Boxes:
    """A box for each domain that is not empty."""
    boxes: list[Box] = [{name: domain} for domain in domains if domain is not None]
    return boxes
