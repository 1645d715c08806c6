"""A single comparison made ready to be asked: a function of the request and the facts that gives one code.

A code is a truth value (``truth``: four bits) and, above it, why it is so (a ``ReasonCode``). Everything that does not
depend on the request is settled beforehand, so that asking costs less than a microsecond.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final, TypeAlias

from renkei.policy.deciding.meaning import Atom, Flaw
from renkei.policy.deciding.truth import DEFERRED, FALSE, TRUE, UNKNOWN
from renkei.policy.deciding.wording import ReasonCode
from renkei.policy.model import Operator
from renkei.policy.operands.declaration import Datatype, Operand, Source
from renkei.policy.values import FIRST, LAST, TICK, Duration, Span, duration, number, span
from renkei.policy.world import Fact, Facts, Phase, Request

Leaf: TypeAlias = Callable[[Request, Facts], int]
"""Asked with the request and the facts, it gives a code."""

BITS: Final = 4
REASONS: Final = tuple(ReasonCode)
_NEGATIVE: Final = frozenset({Operator.NEQ, Operator.IS_NONE_OF})
_FLAWS: Final = {
    Flaw.OPERAND: ReasonCode.OPERAND,
    Flaw.OPERATOR: ReasonCode.OPERATOR,
    Flaw.RIGHT: ReasonCode.RIGHT,
    Flaw.EXTENSION: ReasonCode.EXTENSION,
}


def code_of(reason: ReasonCode, value: int) -> int:
    """A value and why."""
    return REASONS.index(reason) << BITS | value


YES: Final = code_of(ReasonCode.CONSTRAINT, TRUE)
NO: Final = code_of(ReasonCode.CONSTRAINT, FALSE)
PARTLY: Final = code_of(ReasonCode.CONSTRAINT, UNKNOWN)
NOT_YET: Final = code_of(ReasonCode.DEFERRED, DEFERRED)
_ABSENT: Final = code_of(ReasonCode.ABSENT, UNKNOWN)
_EXPIRED: Final = code_of(ReasonCode.EXPIRED, UNKNOWN)
_UNIT: Final = code_of(ReasonCode.UNIT, UNKNOWN)
_UNREADABLE: Final = code_of(ReasonCode.FOUND, UNKNOWN)
_AGREED: Final = code_of(ReasonCode.AGREED, TRUE)
_NOT_DONE: Final = code_of(ReasonCode.CONDUCT, FALSE)
_BEGINS: Final = code_of(ReasonCode.BEGINS, DEFERRED)


def always(code: int) -> Leaf:
    """A leaf whose answer is settled."""

    def ask(_request: Request, _facts: Facts) -> int:
        return code

    return ask


def leaf(atom: Atom, phase: Phase) -> Leaf:
    """The leaf that makes one comparison in one phase."""
    operand, right = atom.operand, atom.right
    if atom.flaw is not None or operand is None or right is None:
        return always(code_of(_FLAWS[atom.flaw or Flaw.RIGHT], UNKNOWN))
    if atom.source is Source.AGREED:
        return always(_AGREED)
    if phase not in operand.phases:
        return always(NOT_YET if operand.comes_later(phase) else _ABSENT)
    if isinstance(right, Span) and atom.source is Source.CLOCK:
        return _clock(right, atom.operator, phase)
    if isinstance(right, Duration) and atom.source is Source.ELAPSED:
        return _elapsed(right, atom.operator)
    if not isinstance(right, frozenset):
        return _amount(atom, operand, right)
    if operand.source is Source.PURPOSES:
        return _purposes(atom, operand, right)
    return _held(atom, operand, right)


# --- time -------------------------------------------------------------------------------------------------------------


def _clock(right: Span, operator: Operator, phase: Phase) -> Leaf:
    """A day lasts to its last microsecond. What begins later is not refused before the use begins, but left open."""
    holds = _relation(right, operator)
    opening = operator in {Operator.GT, Operator.GTEQ, Operator.EQ} and phase.before_use
    low = right.low

    def ask(_request: Request, facts: Facts) -> int:
        now = facts.now
        if holds(now):
            return YES
        return _BEGINS if opening and now <= low else NO

    return ask


def _relation(right: Span, operator: Operator) -> Callable[[datetime], bool]:
    """How a moment stands to an instant or a day."""
    low, high = right.low, right.high
    match operator:
        case Operator.LT:
            return low.__gt__
        case Operator.LTEQ:
            return high.__ge__
        case Operator.GT:
            return high.__lt__
        case Operator.GTEQ:
            return low.__le__
        case Operator.EQ:
            return lambda moment: low <= moment <= high
        case _:
            return lambda moment: not low <= moment <= high


def turns(right: Span, operator: Operator) -> tuple[datetime, ...]:
    """The instants from which a comparison with the clock may have another answer than before."""
    after = right.high + TICK if right.high < LAST else None
    match operator:
        case Operator.LT | Operator.GTEQ:
            found: tuple[datetime | None, ...] = (right.low,)
        case Operator.LTEQ | Operator.GT:
            found = (after,)
        case _:
            found = (right.low, after)
    return tuple(instant for instant in found if instant is not None)


def begins(atom: Atom) -> datetime:
    """Since when a comparison with the clock holds, if it does."""
    right = atom.right
    if isinstance(right, Span) and atom.operator in {Operator.GT, Operator.GTEQ, Operator.EQ}:
        return right.high if atom.operator is Operator.GT else right.low
    return FIRST


def _elapsed(right: Duration, operator: Operator) -> Leaf:
    """So much time has passed since the agreement: the clock against the instant at which it will have."""
    compare = _ORDERS[operator]
    known: tuple[datetime, datetime] = (LAST, LAST)

    def ask(_request: Request, facts: Facts) -> int:
        nonlocal known
        if facts.began is None:
            return _ABSENT
        began, end = known
        if began is not facts.began:
            end = right.after(facts.began)
            known = facts.began, end
        return YES if compare(facts.now, end) else NO

    return ask


# --- values -----------------------------------------------------------------------------------------------------------

_ORDERS: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    Operator.EQ: eq,
    Operator.NEQ: ne,
    Operator.LT: lt,
    Operator.LTEQ: le,
    Operator.GT: gt,
    Operator.GTEQ: ge,
}


def found(operand: Operand, source: Source, request: Request, facts: Facts) -> Fact | None:
    """The left value. What an operand's own function raises counts as not known."""
    match source:
        case Source.FACT:
            return facts.values.get(operand.iri)
        case Source.MANNER | Source.CONDUCT:
            return request.parameters.get(operand.iri) or facts.values.get(operand.iri)
        case Source.PURPOSES:
            return Fact(request.purposes, source.value) if request.purposes else None
        case Source.PARTY:
            return Fact(frozenset((request.party,)), source.value) if request.party else None
        case _:
            if operand.find is None:
                return None
            try:
                fact = operand.find(request, facts)
            except Exception:  # noqa: BLE001 - a stranger's function may raise anything; it must not decide by that
                return None
            return fact if isinstance(fact, Fact) else None


def _amount(atom: Atom, operand: Operand, right: Span | Duration | Decimal) -> Leaf:
    """A single value that is held, against a single one."""
    compare, unit, source = _comparison(atom, operand, right), atom.unit, atom.source
    iri = operand.iri if source is Source.FACT else ""

    def ask(request: Request, facts: Facts) -> int:
        fact = facts.values.get(iri) if iri else found(operand, source, request, facts)
        if fact is None:
            return _ABSENT
        expires = fact.expires_at
        if expires is not None and expires <= facts.now:
            return _EXPIRED
        if unit and fact.unit != unit:
            return _UNIT
        if len(fact.values) != 1:
            return _UNREADABLE
        (text,) = fact.values
        verdict = compare(text)
        return _UNREADABLE if verdict is None else YES if verdict else NO

    return ask


def _comparison(atom: Atom, operand: Operand, right: Span | Duration | Decimal) -> Callable[[str], bool | None]:
    """A left value's text against the right one; ``None``: it cannot be read."""
    order = _ORDERS[atom.operator]
    if isinstance(right, Span):
        holds = _relation(right, atom.operator)

        def moment(text: str) -> bool | None:
            left = span(text)
            return None if left is None or left.low != left.high else holds(left.low)

        return moment
    if isinstance(right, Duration):

        def lasting(text: str) -> bool | None:
            left = duration(text)
            return None if left is None or left.months or right.months else order(left.time, right.time)

        return lasting
    if operand.datatype is Datatype.SCALE:
        return {name: order(Decimal(place), right) for place, name in enumerate(operand.scale)}.get

    def amount(text: str) -> bool | None:
        left = number(text)
        return None if left is None else order(left, right)

    return amount


def _purposes(atom: Atom, operand: Operand, right: frozenset[str]) -> Leaf:
    """Purposes are intended uses, and every one of them must be covered; some covered and some not: neither."""
    negative, within = atom.operator in _NEGATIVE, operand.within
    inside, outside = (NO, YES) if negative else (YES, NO)
    parts = operand.datatype is Datatype.PART and atom.operator in {Operator.IS_A, Operator.IS_PART_OF}

    def ask(request: Request, facts: Facts) -> int:
        purposes = request.purposes
        if not purposes:
            return _ABSENT
        if parts:
            covered = {text for text in purposes if not _around(text, within, facts).isdisjoint(right)}
            return inside if len(covered) == len(purposes) else PARTLY if covered else outside
        if purposes <= right:
            return inside
        return outside if purposes.isdisjoint(right) else PARTLY

    return ask


def _held(atom: Atom, operand: Operand, right: frozenset[str]) -> Leaf:
    """What is held: one value of it is enough, but for ``isAllOf``, which asks for all."""
    source, test = atom.source, _TESTS[atom.operator](right, operand.within)
    missing = _NOT_DONE if source is Source.CONDUCT else _ABSENT
    iri = operand.iri if source is Source.FACT else ""
    if iri and atom.operator in _MEETING:
        return _meeting(iri, right, *((NO, YES) if atom.operator in _NEGATIVE else (YES, NO)))

    def ask(request: Request, facts: Facts) -> int:
        fact = facts.values.get(iri) if iri else found(operand, source, request, facts)
        if fact is None:
            return missing
        expires = fact.expires_at
        if expires is not None and expires <= facts.now:
            return _EXPIRED
        return test(fact.values, facts)

    return ask


_MEETING: Final = frozenset({Operator.EQ, Operator.NEQ, Operator.IS_ANY_OF, Operator.IS_NONE_OF})


def _meeting(iri: str, right: frozenset[str], meeting: int, apart: int) -> Leaf:
    """By far the most of all comparisons: a fact that shares a value with the right operand, or none."""

    def ask(_request: Request, facts: Facts) -> int:
        fact = facts.values.get(iri)
        if fact is None:
            return _ABSENT
        expires = fact.expires_at
        if expires is not None and expires <= facts.now:
            return _EXPIRED
        return apart if fact.values.isdisjoint(right) else meeting

    return ask


_Within: TypeAlias = Mapping[str, frozenset[str]]
_Test: TypeAlias = Callable[[frozenset[str], Facts], int]


def _around(text: str, within: _Within, facts: Facts) -> frozenset[str]:
    """A value and everything it lies in."""
    outer = within.get(text, frozenset()) | facts.part_of.get(text, frozenset())
    return outer | {text}


def _any(right: frozenset[str], within: _Within) -> _Test:  # noqa: ARG001 - the shape of a test
    return lambda left, _facts: NO if left.isdisjoint(right) else YES


def _none(right: frozenset[str], within: _Within) -> _Test:  # noqa: ARG001 - the shape of a test
    return lambda left, _facts: YES if left.isdisjoint(right) else NO


def _all(right: frozenset[str], within: _Within) -> _Test:  # noqa: ARG001 - the shape of a test
    return lambda left, _facts: YES if left >= right else NO


def _inside(right: frozenset[str], within: _Within) -> _Test:
    def test(left: frozenset[str], facts: Facts) -> int:
        if not left.isdisjoint(right):
            return YES
        return YES if any(not _around(text, within, facts).isdisjoint(right) for text in left) else NO

    return test


def _containing(right: frozenset[str], within: _Within) -> _Test:
    def test(left: frozenset[str], facts: Facts) -> int:
        if not left.isdisjoint(right):
            return YES
        return YES if any(not _around(text, within, facts).isdisjoint(left) for text in right) else NO

    return test


_TESTS: Final[Mapping[Operator, Callable[[frozenset[str], _Within], _Test]]] = {
    Operator.EQ: _any,
    Operator.NEQ: _none,
    Operator.IS_ANY_OF: _any,
    Operator.IS_NONE_OF: _none,
    Operator.IS_ALL_OF: _all,
    Operator.IS_A: _inside,
    Operator.IS_PART_OF: _inside,
    Operator.HAS_PART: _containing,
}
